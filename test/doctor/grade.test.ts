// The rules of the grade one by one: every cap, what gives none, what is not trusted, and each thing that A+ asks for.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { finding, RATING } from '../../src/doctor/findings.js';
import { gradeOf } from '../../src/doctor/grade.js';
import { Case } from '../../src/doctor/inquiry.js';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import type { Finding } from '../../src/doctor/report.js';
import type { ClientVerdict } from '../../src/forensics/clients.js';
import { observation, STARTED, skipped, target } from './driver.js';

const MERITS = [
  'TLS 1.3',
  'foreign origins refused with 403',
  'version 99 refused with 426',
  'no twin without TLS',
  'HSTS for half a year',
  'close echoed, TCP ended by the server',
  'idle',
];

/** An endpoint of which everything ran and everything is right. */
function perfect(options: DiagnoseOptions = {}): Case {
  const own = new Case(target(options, 'wss://chat.example/ws'), STARTED);
  for (const stage of ['tls', 'upgrade', 'session', 'conformance', 'origin']) own.ran.add(stage);
  for (const merit of MERITS) own.merits.set(merit, true);
  return own;
}

const found = (code: string): Finding => finding(code, { confidence: 'proven', severity: 'warn' });

function client(name: string, outcome: ClientVerdict['outcome']): ClientVerdict {
  return { client: name, version: '1', outcome } as ClientVerdict;
}

const ACCEPTED = [client('chrome', 'accepts'), client('go-gorilla', 'accepts')];

/** Diagnosis of 2026-11, §3.7, as rating 2026a. */
const CAPS: Readonly<Record<string, readonly string[]>> = {
  F: [
    'RESP_ACCEPT_WRONG',
    'RESP_ACCEPT_MISSING',
    'RESP_ACCEPT_REPEATED',
    'EXT_UNSOLICITED',
    'PROTO_UNSOLICITED',
    'PROTO_NOT_OFFERED',
    'SEC_CSWSH',
    'PROXY_SMUGGLE_TUNNEL',
  ],
  D: ['SEC_PLAINTEXT', 'TLS_VERSION', 'FRAME_MASKED_BY_SERVER'],
  C: ['CONF_FRAMING', 'SEC_TLS_OLD', 'PROTO_TOKEN_LEAK'],
  B: [
    'SEC_ORIGIN_UNCHECKED',
    'SEC_ORIGIN_BYPASS',
    'CONF_VERSION_UNCHECKED',
    'CONF_KEY_UNCHECKED',
    'CONF_METHOD',
    'CONF_HTTP10',
    'CONF_HOST',
    'PING_UNANSWERED',
    'CLOSE_NOT_ECHOED',
    'DNS_POOL_UNEVEN',
    'TLS_CHAIN_INCOMPLETE',
    'H2_CONNECT_REJECTED',
    'SEC_TOKEN_IN_URL',
    'IDLE_CUT',
  ],
  'A-': [
    'CONF_VERSION_STATUS',
    'PROTO_ECHO_ANY',
    'RESP_BODY',
    'RESP_CONNECTION_LIST',
    'SEC_VERBOSE_ERROR',
    'OPS_CERT_SOON',
    'DNS_AAAA_DEAD',
    'OPS_SLOW_HANDSHAKE',
    'CLOSE_TCP_LINGERS',
  ],
};

describe('caps', () => {
  for (const [grade, codes] of Object.entries(CAPS)) {
    for (const code of codes) {
      test(`${code}: ${grade}`, () => {
        const own = perfect();
        own.findings.push(found(code));
        assert.deepEqual(gradeOf(own, ACCEPTED), { grade, gradeReason: code });
      });
    }
  }

  test('no other code has one', async () => {
    const { catalogue } = await import('../../src/catalogue.js');
    const capped = [...catalogue.keys()].filter((code) => found(code).cap !== undefined);
    assert.deepEqual(capped.sort(), Object.values(CAPS).flat().sort());
  });

  test('the lowest counts, and all that set it are named', () => {
    const own = perfect();
    own.findings.push(...['OPS_CERT_SOON', 'CONF_HOST', 'CONF_HOST', 'SEC_TOKEN_IN_URL'].map(found));
    assert.deepEqual(gradeOf(own, ACCEPTED), { grade: 'B', gradeReason: 'CONF_HOST, SEC_TOKEN_IN_URL' });
  });

  test('neither version nor key is looked at: C together', () => {
    const own = perfect();
    own.findings.push(...['CONF_VERSION_UNCHECKED', 'CONF_KEY_UNCHECKED'].map(found));
    const gradeReason = 'CONF_VERSION_UNCHECKED, CONF_KEY_UNCHECKED';
    assert.deepEqual(gradeOf(own, ACCEPTED), { grade: 'C', gradeReason });
  });

  test('without TLS 1.3: A-', () => {
    const own = perfect();
    own.merits.set('TLS 1.3', false);
    assert.deepEqual(gradeOf(own, ACCEPTED), { grade: 'A-', gradeReason: 'no TLS 1.3' });
  });

  test('a current browser refuses: B', () => {
    for (const name of ['chrome', 'firefox']) {
      const graded = gradeOf(perfect(), [client(name, 'refuses')]);
      assert.deepEqual(graded, { grade: 'B', gradeReason: `${name} refuses it` });
    }
  });

  test('what has no cap costs nothing', () => {
    const own = perfect();
    own.findings.push(found('OPS_NO_SERVER_PING'));
    assert.equal(gradeOf(own, ACCEPTED).grade, 'A+');
  });
});

describe('A+', () => {
  test('has all merits', () => {
    assert.deepEqual(gradeOf(perfect(), ACCEPTED), {
      grade: 'A+',
      gradeReason: `nothing is missing (rating ${RATING})`,
    });
  });

  for (const merit of MERITS.slice(1)) {
    test(`without "${merit}" it is an A that says so`, () => {
      for (const value of [false, undefined]) {
        const own = perfect();
        if (value === undefined) own.merits.delete(merit);
        else own.merits.set(merit, value);
        const { grade, gradeReason } = gradeOf(own, ACCEPTED);
        assert.equal(grade, 'A');
        assert.match(gradeReason, /^for A\+: /);
        assert.ok(gradeReason.includes(merit === 'idle' ? '--idle 120' : merit), gradeReason);
      }
    });
  }

  test('is not for an endpoint without TLS', () => {
    const own = new Case(target(), STARTED);
    for (const stage of ['upgrade', 'session', 'conformance', 'origin']) own.ran.add(stage);
    const { grade, gradeReason } = gradeOf(own, ACCEPTED);
    assert.equal(grade, 'A');
    assert.match(gradeReason, /TLS 1\.3/);
  });

  test('is taken by every simulated client', () => {
    const graded = gradeOf(perfect(), [...ACCEPTED, client('go-gorilla', 'refuses')]);
    assert.deepEqual(graded, { grade: 'A', gradeReason: 'for A+: all simulated clients accept' });
  });
});

describe('no grade', () => {
  for (const stage of ['upgrade', 'session', 'conformance', 'origin']) {
    test(`without the stage ${stage}`, () => {
      const own = perfect();
      own.ran.delete(stage);
      assert.deepEqual(gradeOf(own, ACCEPTED), { grade: null, gradeReason: `not all of it ran: ${stage}` });
    });
  }

  test('where no valid handshake was seen', () => {
    const own = perfect();
    own.ran.delete('upgrade');
    own.causes.push(found('PROXY_UPGRADE_STRIPPED'));
    own.findings.push(found('SEC_VERBOSE_ERROR'));
    assert.deepEqual(gradeOf(own, []), {
      grade: null,
      gradeReason: 'handshake failed: PROXY_UPGRADE_STRIPPED',
    });
  });

  test('where the session failed', () => {
    const own = perfect();
    own.causes.push(found('CLOSE_NO_FRAME_RST'));
    assert.deepEqual(gradeOf(own, ACCEPTED), {
      grade: null,
      gradeReason: 'session failed: CLOSE_NO_FRAME_RST',
    });
  });

  test('where the server asked to be left alone', () => {
    const own = perfect();
    own.seen.push(observation(skipped('stopped')));
    assert.equal(gradeOf(own, ACCEPTED).grade, null);
  });

  test('what the budget left out behind the stages that count does no harm', () => {
    const own = perfect();
    own.seen.push(observation(skipped('budget')));
    assert.equal(gradeOf(own, ACCEPTED).grade, 'A+');
  });

  test('where a reflection stood in the place of the application', () => {
    assert.equal(gradeOf(perfect({ reflect: true }), ACCEPTED).grade, null);
    assert.equal(gradeOf(perfect({ reflect: 'token' }), ACCEPTED).grade, 'A+');
  });
});

describe('a cause', () => {
  test('that only lax clients take is graded, the lowest first', () => {
    for (const code of [...CAPS.F!.filter((one) => one.startsWith('RESP_')), 'FRAME_MASKED_BY_SERVER']) {
      const own = new Case(target(), STARTED);
      own.causes.push(found('RESP_CONNECTION_MISSING'), found('FRAME_MASKED_BY_SERVER'), found(code));
      const grade = code.startsWith('RESP_') ? 'F' : 'D';
      assert.deepEqual(gradeOf(own, []), { grade, gradeReason: code });
    }
  });

  test('of the page, of our clock or after a session that worked takes no grade away', () => {
    const codes = [
      'BROWSER_CSP',
      'BROWSER_MIXED_CONTENT',
      'CLIENT_CLOCK_SKEW',
      'LIFETIME_CUT',
      'IDLE_SILENT_DROP',
    ];
    for (const code of [...codes, 'HEARTBEAT_APP', 'AUTH_INIT_TIMEOUT', 'FWD_IDLE']) {
      const own = perfect();
      own.causes.push(found(code));
      assert.equal(gradeOf(own, ACCEPTED).grade, 'A+', code);
    }
  });

  test('that has a cap, and ends nothing, sets it', () => {
    for (const code of ['IDLE_CUT', 'TLS_CHAIN_INCOMPLETE']) {
      const own = perfect();
      own.causes.push(found(code));
      assert.deepEqual(gradeOf(own, ACCEPTED), { grade: 'B', gradeReason: code });
    }
  });
});

describe('T', () => {
  for (const code of ['TLS_CERT_UNTRUSTED', 'TLS_CERT_EXPIRED', 'TLS_CERT_NOT_YET', 'TLS_CERT_NAME']) {
    test(`for ${code}, and what it would be`, () => {
      const own = perfect();
      own.causes.push(found(code));
      own.findings.push(found('SEC_ORIGIN_UNCHECKED'));
      assert.deepEqual(gradeOf(own, ACCEPTED), { grade: 'T', gradeIfTrusted: 'B', gradeReason: code });
    });
  }

  test('over an F', () => {
    const own = perfect();
    own.causes.push(found('TLS_CERT_EXPIRED'), found('RESP_ACCEPT_WRONG'));
    const expect = { grade: 'T', gradeIfTrusted: 'F', gradeReason: 'TLS_CERT_EXPIRED' };
    assert.deepEqual(gradeOf(own, []), expect);
  });

  test('is not for a handshake that failed', () => {
    const own = new Case(target({}, 'wss://chat.example/ws'), STARTED);
    own.causes.push(found('TLS_CERT_EXPIRED'), found('AUTH_FORBIDDEN'));
    assert.deepEqual(gradeOf(own, []), { grade: null, gradeReason: 'handshake failed: AUTH_FORBIDDEN' });
  });
});
