// Which pages may open the socket: what is asked, what is concluded, and what is not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { origins } from '../../../src/doctor/inquiries/origins.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import {
  answered,
  begun,
  drive,
  HUNG_UP,
  named,
  opens,
  skipped,
  type Table,
  target,
  troubled,
} from '../driver.js';

const MERIT = 'foreign origins refused with 403';
const NO = answered('403 Forbidden');
const REFUSED = { 'origin-foreign': NO, 'origin-null': NO, 'origin-alike': NO };

function ask(table: Table, options: DiagnoseOptions = {}) {
  const { own } = begun(opens(), target(options));
  drive(origins(own), table);
  return own;
}

test('refused all three times with 403', () => {
  const own = ask(REFUSED);
  assert.deepEqual(own.findings, []);
  assert.equal(own.merits.get(MERIT), true);
  assert.ok(own.ran.has('origin'));
  assert.match(own.stages[0]!.text, /are refused with 403$/);
});

test('refused with another status is refused, and no merit', () => {
  for (const other of [answered('401 Unauthorized'), HUNG_UP]) {
    const own = ask({ ...REFUSED, 'origin-null': other });
    assert.deepEqual(own.findings, []);
    assert.equal(own.merits.get(MERIT), false);
    assert.match(own.stages[0]!.text, /are refused$/);
  }
});

test('refused all three times without a word', () => {
  const own = ask({ 'origin-foreign': HUNG_UP, 'origin-null': HUNG_UP, 'origin-alike': HUNG_UP });
  assert.match(own.stages[0]!.text, /are refused with HTTP_EMPTY_REPLY$/);
  assert.equal(own.merits.get(MERIT), false);
});

describe('what nobody refused', () => {
  const untold: Readonly<Record<string, Table>> = {
    'the first one is left out': { 'origin-foreign': skipped() },
    'the first one finds no line': { 'origin-foreign': troubled('TCP_TIMEOUT') },
    'the first one is answered with 429': { 'origin-foreign': answered('429 Too Many Requests') },
    'the second one is left out': { ...REFUSED, 'origin-null': skipped() },
    'the third one finds no line': { ...REFUSED, 'origin-alike': troubled('TLS_TIMEOUT') },
    'the third one is told to come later': {
      ...REFUSED,
      'origin-alike': answered('503 Service Unavailable\nRetry-After: 5'),
    },
  };
  for (const [name, table] of Object.entries(untold)) {
    test(name, () => {
      const own = ask(table);
      assert.deepEqual(own.findings, []);
      assert.equal(own.ran.has('origin'), false, 'without an answer there is no grade');
      assert.equal(own.merits.get(MERIT), undefined);
    });
  }
});

describe('a foreign origin gets in', () => {
  const cookie = 'session=4f3c2b1a';
  const bare = (parts: Table[string]): Table => ({ 'origin-foreign': opens(), 'origin-foreign-bare': parts });
  const takenOver = {
    ...bare(answered('401 Unauthorized')),
    'origin-foreign-again': opens(),
    'origin-foreign-2': opens(),
  };

  test('no cookie is known: unchecked, and the others are not asked', () => {
    const own = ask({ 'origin-foreign': opens() });
    assert.deepEqual(named(own.findings), ['SEC_ORIGIN_UNCHECKED proven']);
    assert.equal(own.findings[0]!.cap, 'B');
    assert.equal(own.findings[0]!.severity, 'warn');
    assert.match(own.findings[0]!.detail, /give --cookie/);
    assert.ok(own.ran.has('origin'));
  });

  test('any page may read: a note that costs nothing', () => {
    const own = ask({ 'origin-foreign': opens() }, { public: true });
    assert.deepEqual(named(own.findings), ['SEC_ORIGIN_UNCHECKED proven']);
    assert.equal(own.findings[0]!.cap, undefined);
    assert.equal(own.findings[0]!.severity, 'note');
  });

  test('without the cookie it is refused: the session can be taken over', () => {
    for (const options of [
      { cookie },
      { headers: [['cookie', cookie]] as const },
      { cookie, public: true },
    ]) {
      const own = ask(takenOver, options);
      assert.deepEqual(named(own.findings), ['SEC_CSWSH proven']);
      assert.equal(own.findings[0]!.cap, 'F');
      assert.equal(own.stages[0]!.mark, 'bad');
    }
  });

  test('the control has no cookie, and the same origin', () => {
    const { own } = begun(opens(), target({ cookie }));
    const { seen } = drive(origins(own), takenOver);
    const [foreign, control] = seen.map(({ probe }) => (probe.kind === 'exchange' ? probe.request : ''));
    assert.match(foreign!, /\r\nCookie: session=/);
    assert.doesNotMatch(control!, /\r\nCookie:/i);
    const origin = /\r\nOrigin: (\S+)/;
    assert.equal(origin.exec(control!)?.[1], origin.exec(foreign!)?.[1]);
  });

  test('refused when nothing was changed: by chance, and not for want of the cookie', () => {
    const { 'origin-foreign-2': _, ...sooner } = { ...takenOver, 'origin-foreign-again': NO };
    for (const table of [sooner, { ...takenOver, 'origin-foreign-2': NO }]) {
      const own = ask(table, { cookie });
      assert.deepEqual(named(own.findings), ['ROUTE_UNSTEADY proven']);
      assert.equal(own.ran.has('origin'), false, 'nothing is known of origins');
    }
  });

  test('without the cookie it breaks down: that refuses nobody', () => {
    const own = ask(bare(answered('502 Bad Gateway')), { cookie });
    assert.deepEqual(named(own.findings), ['SEC_ORIGIN_UNCHECKED proven']);
  });

  test('without the cookie it opens as well: open to all, not taken over', () => {
    const own = ask(bare(opens()), { cookie });
    assert.deepEqual(named(own.findings), ['SEC_ORIGIN_UNCHECKED proven']);
    assert.match(own.findings[0]!.detail, /Without your cookie it opens just the same/);
  });

  test('whether it opens without the cookie is not known: no accusation', () => {
    for (const parts of [skipped(), troubled('TCP_TIMEOUT'), answered('429 Too Many Requests')]) {
      const own = ask(bare(parts), { cookie });
      assert.deepEqual(named(own.findings), ['SEC_ORIGIN_UNCHECKED proven']);
      assert.match(own.findings[0]!.detail, /is not known/);
    }
  });
});

describe('a foreign origin is refused, and one like it is not', () => {
  const again = { 'origin-foreign-again': NO };
  const bypass: Table = { ...REFUSED, 'origin-alike': opens(), ...again };

  test('told, and capped at B', () => {
    for (const table of [bypass, { ...REFUSED, 'origin-null': opens(), ...again }]) {
      const own = ask(table);
      assert.deepEqual(named(own.findings), ['SEC_ORIGIN_BYPASS proven']);
      assert.equal(own.findings[0]!.cap, 'B');
      assert.equal(own.merits.get(MERIT), undefined);
      assert.ok(own.ran.has('origin'));
    }
  });

  test('both are named', () => {
    const own = ask({ ...bypass, 'origin-null': opens() });
    assert.match(own.findings[0]!.detail, /Origin: null and Origin: http:\/\/127\.0\.0\.1\.zz-/);
  });

  test('the foreign one gets in the second time: by chance', () => {
    const own = ask({ ...bypass, 'origin-foreign-again': opens() });
    assert.deepEqual(named(own.findings), ['ROUTE_UNSTEADY proven']);
    assert.equal(own.ran.has('origin'), false);
  });

  test('with a cookie that opens the door it is as bad as no check', () => {
    const cookie = 'session=4f3c2b1a';
    const with401 = ask({ ...bypass, 'origin-alike-bare': answered('401 Unauthorized') }, { cookie });
    assert.equal(with401.findings[0]!.cap, 'F');
    assert.equal(with401.findings[0]!.severity, 'error');
    for (const parts of [opens(), skipped()]) {
      const own = ask({ ...bypass, 'origin-alike-bare': parts }, { cookie });
      assert.equal(own.findings[0]!.cap, 'B');
      assert.equal(own.findings[0]!.severity, 'warn');
    }
  });
});
