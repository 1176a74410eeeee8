// Whether a flip is a proof: the handshake is sent once more as it was, and only where there was a flip.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, diagnosed, HUNG_UP, named, opens, SILENCE } from '../driver.js';

const NO = answered('403 Forbidden');
const REFUSED = { baseline: NO, 'origin-none': opens(), 'origin-portless': NO };

test('what is refused all three times is refused for the Origin', () => {
  const { result } = diagnosed({ ...REFUSED, control: NO, 'control-2': NO });
  assert.deepEqual(named(result.causes), ['ORIGIN_REJECTED proven']);
});

test('what opens unchanged was not refused for anything that was said', () => {
  for (const table of [
    { ...REFUSED, control: opens() },
    { ...REFUSED, control: NO, 'control-2': opens() },
  ]) {
    const { result } = diagnosed(table);
    assert.deepEqual(named(result.causes), ['ROUTE_UNSTEADY proven']);
    const [before, after] = result.causes[0]!.steps;
    assert.deepEqual([before!.answered, after!.answered], ['403', '101']);
  }
});

test('who asks to be left alone is asked no more', () => {
  const { result } = diagnosed({ ...REFUSED, control: answered('429 Too Many Requests') });
  assert.deepEqual(named(result.causes), ['ORIGIN_REJECTED proven']);
});

test('an answer where there was none is another one, whatever it says', () => {
  const table = { baseline: HUNG_UP, 'no-upgrade': answered('200 OK') };
  const steady = diagnosed({ ...table, control: HUNG_UP, 'control-2': HUNG_UP });
  assert.deepEqual(named(steady.result.causes), ['HTTP_EMPTY_REPLY proven']);
  const unsteady = diagnosed({ ...table, control: answered('426 Upgrade Required') });
  assert.deepEqual(named(unsteady.result.causes), ['ROUTE_UNSTEADY proven']);
});

test('silence is waited for once more, and not as long', () => {
  const table = { baseline: SILENCE, 'no-upgrade': answered('200 OK'), control: SILENCE };
  const { result, seen } = diagnosed(table);
  assert.deepEqual(named(result.causes), ['HTTP_NO_RESPONSE proven']);
  const { probe } = seen.at(-1)!;
  assert.ok(probe.kind === 'exchange' && probe.headMs! < 10_000);
});

test('what was found by asking again is not asked a third time', () => {
  const limit = answered(
    '503 Service Temporarily Unavailable\nServer: nginx',
    '<center><h1>503</h1></center><hr><center>nginx</center>\r\n</body>',
  );
  const table = { baseline: limit, 'no-upgrade': limit, 'page-root': answered('200 OK'), again: opens() };
  assert.deepEqual(named(diagnosed(table).result.causes), ['ROUTE_RATE_LIMIT proven']);
});

test('without a flip nothing is asked twice', () => {
  const gone = diagnosed({ baseline: answered('410 Gone') });
  assert.deepEqual(named(gone.result.causes), ['ROUTE_GONE strong']);
});
