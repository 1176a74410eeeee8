// The same handshake past everything that stands in front: what flips with the way is the fault of what stands in it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { finding } from '../../../src/doctor/findings.js';
import { comparedWithDirect } from '../../../src/doctor/inquiries/direct.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import type { Confidence } from '../../../src/doctor/report.js';
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

const NO = answered('404 Not Found\nServer: nginx', 'no');
const cause = (code: string, confidence: Confidence = 'likely') =>
  finding(code, { confidence, decide: 'something that decides' });

function compared(
  { baseline = NO, ...table }: Table,
  causes: readonly ReturnType<typeof cause>[],
  options: DiagnoseOptions = {},
) {
  const begin = begun(baseline, target({ direct: '10.0.0.7:3000', ...options }));
  const { result, seen } = drive(comparedWithDirect(begin.own, begin.baseline, causes), table);
  return { result, seen, names: named(result) };
}

const STRIPPED = cause('PROXY_UPGRADE_STRIPPED');
const MISSING = cause('ROUTE_NOT_FOUND');

test('without a direct way, or without a cause, nothing is asked', () => {
  const { own, baseline } = begun(NO);
  assert.deepEqual(drive(comparedWithDirect(own, baseline, [MISSING]), {}).result, [MISSING]);
  assert.deepEqual(compared({}, []).result, []);
});

test('the direct way goes to that place, without TLS and without a forward proxy', () => {
  const { seen } = compared({ direct: HUNG_UP }, [MISSING]);
  const { probe } = seen[0]!;
  assert.deepEqual(probe.kind === 'exchange' && probe.route, { secure: false, host: '10.0.0.7', port: 3000 });
});

describe('directly it opens', () => {
  test('and a plain request is answered as here: the Upgrade is lost between', () => {
    const { names } = compared({ direct: opens(), 'direct-plain': NO }, [STRIPPED, MISSING]);
    assert.deepEqual(names, ['PROXY_UPGRADE_STRIPPED proven']);
  });

  test('and a plain request is answered otherwise: it is another server', () => {
    const { names } = compared({ direct: opens(), 'direct-plain': answered('426 Upgrade Required') }, [
      STRIPPED,
      MISSING,
    ]);
    assert.deepEqual(names, ['PROXY_UPGRADE_STRIPPED likely', 'ROUTE_NOT_FOUND likely']);
    const alone = compared({ direct: opens(), 'direct-plain': HUNG_UP }, [cause('HTTP_NO_UPGRADE_LISTENER')]);
    assert.deepEqual(alone.names, ['ROUTE_PROXY_NOT_FOUND likely']);
    assert.match(alone.result[0]!.decide!, /--reflect/);
  });

  test('and whether a plain request is answered otherwise is not known: the causes stay', () => {
    for (const parts of [skipped(), troubled('TCP_TIMEOUT'), answered('429 Too Many Requests')]) {
      const { names, result } = compared({ direct: opens(), 'direct-plain': parts }, [STRIPPED, MISSING]);
      assert.deepEqual(names, ['PROXY_UPGRADE_STRIPPED likely', 'ROUTE_NOT_FOUND likely']);
      assert.equal(result[0]!.steps[0]!.note, 'directly it opens');
    }
  });

  test('what was proved already needs no second request', () => {
    for (const code of ['PROXY_CONNECTION_LOST', 'PROXY_HEADER_DROPPED', 'ROUTE_PREFIX'])
      assert.deepEqual(compared({ direct: opens() }, [cause(code)]).names, [`${code} proven`]);
    assert.deepEqual(compared({ direct: opens() }, [cause('PROXY_UPGRADE_STRIPPED', 'proven')]).names, [
      'PROXY_UPGRADE_STRIPPED proven',
    ]);
  });

  test('so its own origin is compared with another Host', () => {
    for (const code of ['ORIGIN_REJECTED', 'ORIGIN_HOST_MISMATCH'])
      assert.deepEqual(compared({ direct: opens() }, [cause(code)]).names, ['ORIGIN_HOST_MISMATCH proven']);
    const foreign = compared({ direct: opens() }, [cause('ORIGIN_REJECTED')], {
      origin: 'https://b.example',
    });
    assert.deepEqual(foreign.names, ['ORIGIN_REJECTED likely']);
  });

  test('so a wrong 101 was made wrong on the way', () => {
    const lost = { baseline: opens({ accept: null }), direct: opens() };
    assert.deepEqual(compared(lost, [cause('RESP_ACCEPT_MISSING', 'proven')]).names, [
      'PROXY_HEADER_DROPPED proven',
    ]);
    assert.deepEqual(compared(lost, [cause('HTTP_INTERIM', 'proven')]).names, ['HTTP_INTERIM proven']);
  });

  test('and what that does not explain gets one more line', () => {
    const { names, result } = compared({ direct: opens() }, [cause('AUTH_FORBIDDEN')]);
    assert.deepEqual(names, ['AUTH_FORBIDDEN likely']);
    assert.equal(result[0]!.steps.at(-1)!.note, 'directly it opens');
  });
});

describe('directly the 101 is wrong', () => {
  const wrong = opens({ accept: null });
  test('which a proxy need not take', () => {
    const { names, result } = compared({ direct: wrong }, [cause('PROXY_UPSTREAM_RESET')]);
    assert.deepEqual(names, ['PROXY_BAD_101 proven']);
    assert.match(result[0]!.detail, /RESP_ACCEPT_MISSING/);
  });

  test('which the proxy passes on', () => {
    const { names, result } = compared({ baseline: wrong, direct: wrong }, [
      cause('RESP_ACCEPT_MISSING', 'proven'),
    ]);
    assert.deepEqual(names, ['RESP_ACCEPT_MISSING proven']);
    assert.equal(result[0]!.steps.at(-1)!.note, 'directly the same');
  });
});

describe('directly it is refused', () => {
  test('in the same way: no proxy is to blame', () => {
    const { names, result } = compared({ direct: NO }, [STRIPPED, MISSING]);
    assert.deepEqual(names, ['ROUTE_NOT_FOUND strong']);
    assert.equal(result[0]!.decide, undefined);
  });

  test('in the same way, and what was proved stays so', () => {
    assert.deepEqual(compared({ direct: NO }, [cause('ORIGIN_REJECTED', 'proven')]).names, [
      'ORIGIN_REJECTED proven',
    ]);
  });

  test('in the same way, and nothing else is left', () => {
    assert.deepEqual(compared({ direct: NO }, [STRIPPED]).names, ['PROXY_UPGRADE_STRIPPED strong']);
  });

  test('in the same way, and two are left', () => {
    assert.deepEqual(compared({ direct: NO }, [MISSING, cause('ROUTE_HTTP_200')]).names, [
      'ROUTE_NOT_FOUND likely',
      'ROUTE_HTTP_200 likely',
    ]);
  });

  test('otherwise: the causes stay', () => {
    const { names, result } = compared({ direct: answered('403 Forbidden') }, [STRIPPED, MISSING]);
    assert.deepEqual(names, ['PROXY_UPGRADE_STRIPPED likely', 'ROUTE_NOT_FOUND likely']);
    assert.equal(result[0]!.steps.at(-1)!.note, 'directly another answer');
  });
});

describe('directly there is no answer', () => {
  for (const [name, parts, note] of [
    ['since nobody is there', troubled('TCP_REFUSED'), 'nobody answers there'],
    ['since it was not asked', skipped(), undefined],
  ] as const) {
    test(name, () => {
      const { names, result } = compared({ direct: parts }, [STRIPPED, MISSING]);
      assert.deepEqual(names, ['PROXY_UPGRADE_STRIPPED likely', 'ROUTE_NOT_FOUND likely']);
      assert.equal(result[0]!.steps.at(-1)!.note, note);
    });
  }
});
