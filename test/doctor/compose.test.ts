// What was found becomes the report: the verdict and its exit code, and every probe as it is shown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compose } from '../../src/doctor/compose.js';
import { finding } from '../../src/doctor/findings.js';
import type { Case } from '../../src/doctor/inquiry.js';
import type { Observation } from '../../src/doctor/observation.js';
import type { Recording } from '../../src/doctor/recording.js';
import type { Confidence, Finding, Severity } from '../../src/doctor/report.js';
import {
  answered,
  begun,
  frame,
  HUNG_UP,
  NOTHING,
  observation,
  opens,
  STARTED,
  skipped,
  type Table,
  troubled,
} from './driver.js';

function reported(own: Case, observations: readonly Observation[] = []) {
  const recording = {
    tool: 'handfast 0',
    started: STARTED,
    url: own.target.url,
    ms: 12.4,
    observations,
  } as Recording;
  return compose(recording, own);
}

const found = (code: string, confidence: Confidence = 'proven', severity: Severity = 'error'): Finding =>
  finding(code, { confidence, severity });

/** A case with these causes behind this baseline. */
function behind(baseline: Table[string] | undefined, ...causes: readonly Finding[]): Case {
  const { own } = begun(baseline ?? NOTHING);
  if (baseline === undefined) own.baseline = undefined;
  own.causes.push(...causes);
  return own;
}

function good(): Case {
  const { own } = begun(opens());
  for (const stage of ['upgrade', 'session', 'conformance', 'origin']) own.ran.add(stage);
  return own;
}

describe('the verdict', () => {
  const NO = answered('403 Forbidden');
  const opened = (...causes: readonly Finding[]) => {
    const own = good();
    own.causes.push(...causes);
    return own;
  };
  const noted = (severity: Severity) => {
    const own = good();
    own.findings.push(found('SEC_CSWSH', 'proven', severity));
    return own;
  };
  const seen = (own: Case, parts: Table[string]) => {
    own.seen.push(observation(typeof parts === 'function' ? NOTHING : parts));
    return own;
  };
  const unheard = good();
  unheard.ran.delete('session');
  const cases: ReadonlyArray<readonly [string, Case, verdict: string, exit: number]> = [
    ['all is well', good(), 'good', 0],
    ['a weakness is no error', noted('warn'), 'good', 0],
    ['an error among the findings', noted('error'), 'findings', 1],
    ['a refusal', behind(NO, found('AUTH_FORBIDDEN', 'likely')), 'handshake-refused', 2],
    ['no answer', behind(HUNG_UP, found('HTTP_EMPTY_REPLY')), 'handshake-refused', 2],
    ['a wrong 101', behind(opens(), found('RESP_ACCEPT_WRONG')), 'handshake-invalid', 2],
    ['a name that nobody knows', behind(undefined, found('DNS_NXDOMAIN')), 'unreachable', 3],
    ['a port where nobody is', behind(undefined, found('TCP_REFUSED')), 'unreachable', 3],
    ['a certificate', behind(NO, found('TLS_CERT_EXPIRED'), found('AUTH_FORBIDDEN')), 'unreachable', 3],
    ['our own clock', opened(found('CLIENT_CLOCK_SKEW', 'likely')), 'unreachable', 3],
    ['what a browser refuses', opened(found('BROWSER_CSP')), 'unreachable', 3],
    ['a forward proxy', behind(undefined, found('FWD_CONNECT_DENIED')), 'unreachable', 3],
    ['a URL', behind(undefined, found('URL_SCHEME')), 'unreachable', 3],
    ['nothing but guesses', behind(NO, found('AUTH_FORBIDDEN', 'possible')), 'undecided', 4],
    [
      'a guess beside something better',
      behind(NO, found('AUTH_IP_DENIED', 'likely'), found('AUTH_FORBIDDEN', 'possible')),
      'handshake-refused',
      2,
    ],
    ['429', behind(answered('429 Too Many Requests'), found('ROUTE_RATE_LIMIT', 'strong')), 'undecided', 4],
    [
      '503 that asks to wait',
      behind(answered('503 Service Unavailable\nRetry-After: 9'), found('ROUTE_MAINTENANCE', 'strong')),
      'undecided',
      4,
    ],
    [
      '503 that does not',
      behind(answered('503 Service Unavailable'), found('PROXY_UPSTREAM_DOWN', 'strong')),
      'handshake-refused',
      2,
    ],
    ['stopped before the end', seen(good(), skipped('stopped')), 'undecided', 4],
    ['out of time before the end', seen(good(), skipped('deadline')), 'undecided', 4],
    ['interrupted before the end', seen(good(), skipped('interrupted')), 'undecided', 4],
    ['something left out', seen(good(), skipped('budget')), 'good', 0],
    [
      'stopped, and the cause is known',
      seen(behind(NO, found('AUTH_FORBIDDEN', 'likely')), skipped('stopped')),
      'handshake-refused',
      2,
    ],
    ['no baseline', behind(undefined), 'undecided', 4],
    ['a baseline that was not made', behind(skipped('interrupted')), 'undecided', 4],
    ['a session that was not heard to its end', unheard, 'undecided', 4],
    ['closed at once', opened(found('CLOSE_IMMEDIATE')), 'cut', 5],
    ['cut when idle', opened(found('IDLE_CUT')), 'cut', 5],
    ['perhaps a heartbeat', opened(found('HEARTBEAT_APP', 'possible')), 'undecided', 4],
  ];
  for (const [name, own, verdict, exit] of cases) {
    test(`${name}: ${verdict}, ${exit}`, () => {
      const report = reported(own);
      assert.deepEqual([report.verdict, report.exit], [verdict, exit]);
    });
  }
});

describe('a probe', () => {
  const shown = (parts: Table[string]) => {
    const { own, baseline } = begun(parts);
    return reported(own, [baseline]).probes[0]!;
  };

  test('is shown with what was sent and what came', () => {
    const one = shown(
      answered('404 Not Found\nContent-Type: text/plain', 'Cannot GET /ws', {
        address: '127.0.0.1:3000',
        times: { totalMs: 5, headMs: 3 },
        end: { how: 'fin', atMs: 4.4 },
      }),
    );
    assert.equal(one.kind, 'exchange');
    assert.equal(one.result, '404 Not Found');
    assert.match(one.request!, /^GET \/ws HTTP\/1\.1\nHost: 127\.0\.0\.1:3000\n/);
    assert.equal(one.response, 'HTTP/1.1 404 Not Found\nContent-Type: text/plain\n\n');
    assert.equal(one.body, 'Cannot GET /ws');
    assert.match(one.bodySha256!, /^[\da-f]{64}$/);
    assert.deepEqual(one.times, { totalMs: 5, headMs: 3 });
    assert.equal(one.end, 'fin at 4 ms');
    assert.equal(one.address, '127.0.0.1:3000');
  });

  test('has no more than there was', () => {
    const one = shown(troubled('TCP_REFUSED', 'ECONNREFUSED'));
    for (const name of ['response', 'body', 'bodySha256', 'end', 'address'] as const)
      assert.equal(one[name], undefined, name);
    const own = begun(NOTHING).own;
    const probe = {
      kind: 'resolve',
      key: 'dns',
      about: 'addresses of a.example',
      host: 'a.example',
    } as const;
    assert.equal(reported(own, [{ ...observation(NOTHING), probe }]).probes[0]!.request, undefined);
  });

  test('has interim answers in front', () => {
    const interim = ['HTTP/1.1 100 Continue\r\n\r\n'];
    const whole = answered('404 Not Found').answer!;
    assert.equal(
      shown({ answer: { ...whole, interim } }).response,
      'HTTP/1.1 100 Continue\n\nHTTP/1.1 404 Not Found\n\n',
    );
  });

  test('tells its frames in words', () => {
    const frames = [
      frame('in', 1, '{"a":1}', { atMs: 3 }),
      frame('in', 1, 'compressed', { rsv: 4 }),
      frame('in', 2, 'ab'),
      frame('in', 0, 'c'),
      frame('out', 9, 'x'),
      frame('in', 10, 'x'),
      frame('in', 8, '\x03\xe8bye'),
      frame('out', 8, '\x03\xe8'),
      frame('in', 8, ''),
      frame('in', 11),
    ];
    const events = shown(opens({ frames })).events;
    assert.deepEqual(events[0], { atMs: 3, direction: 'in', text: 'text 7 octets "{"a":1}"' });
    assert.deepEqual(events.map(({ text }) => text).slice(1), [
      'text 10 octets',
      'binary 2 octets',
      'continuation 1 octets',
      'ping 1 octets',
      'pong 1 octets',
      'close 1000 bye',
      'close 1000',
      'close 0 octets',
      'opcode 11 0 octets',
    ]);
  });

  test('has a hundred frames at most', () => {
    const frames = Array.from({ length: 150 }, () => frame('in', 1, 'm'));
    assert.equal(shown(opens({ frames })).events.length, 100);
  });
});

describe('text of a peer', () => {
  const HOSTILE = '\x1b[2J\u202e evil\nfake line';
  test('is made safe wherever it stands', () => {
    const { own, baseline } = begun(answered(`403 ${HOSTILE.split('\n')[0]}\nX: \x1b[31m`, HOSTILE));
    const steps = [
      { probe: 'p1', asked: HOSTILE, answered: HOSTILE, note: HOSTILE },
      { probe: '', asked: '', answered: '' },
    ];
    const remarks = [{ label: 'Note', text: HOSTILE }];
    own.causes.push({ ...found('AUTH_FORBIDDEN'), headline: HOSTILE, detail: HOSTILE, steps, remarks });
    own.findings.push(found('SEC_VERBOSE_ERROR'));
    own.stage({ stage: 'upgrade', name: 'Upgrade', mark: 'bad', text: HOSTILE, probes: [] });
    const report = reported(own, [baseline]);
    assert.doesNotMatch(JSON.stringify(report), /\\u001b|\u202e/);
    assert.doesNotMatch(report.stages[0]!.text + report.causes[0]!.headline!, /\n/);
  });

  test('is bounded', () => {
    const { own, baseline } = begun(answered('403 Forbidden', 'x'.repeat(8000)));
    own.causes.push({ ...found('AUTH_FORBIDDEN'), detail: 'x'.repeat(9000) });
    const report = reported(own, [baseline]);
    assert.ok(report.probes[0]!.body!.length < 2100);
    assert.ok(report.causes[0]!.detail.length < 700);
  });
});

describe('the report', () => {
  test('adds up what was spent', () => {
    const spent = { connections: 2, bytesOut: 100, bytesIn: 7 };
    const { budget } = reported(good(), [observation(spent), observation(spent)]);
    assert.deepEqual(budget, { connections: 4, bytesOut: 200, bytesIn: 14, ms: 12 });
  });

  test('has the worst finding first', () => {
    const own = good();
    for (const severity of ['note', 'error', 'warn'] as const)
      own.findings.push(found('SEC_TLS_OLD', 'proven', severity));
    assert.deepEqual(
      reported(own).findings.map(({ severity }) => severity),
      ['error', 'warn', 'note'],
    );
  });

  test('names who answered and what was reflected, where that is known', () => {
    const own = behind(answered('403 Forbidden\nServer: nginx/1.22.1'));
    own.reflected = [];
    const report = reported(own);
    assert.equal(report.respondent?.hops[0]?.name, 'nginx');
    assert.deepEqual(report.reflected, []);
    const bare = reported(good());
    assert.deepEqual([bare.respondent, bare.reflected], [undefined, undefined]);
  });

  describe('of clients', () => {
    const stagesOf = (own: Case) => reported(own).stages.map(({ stage, mark }) => `${stage} ${mark}`);
    const line = (own: Case, stage: string) =>
      own.stage({ stage, name: stage, mark: 'good', text: '', probes: [] });

    test('who would take a right 101', () => {
      const own = good();
      for (const stage of ['upgrade', 'origin', 'http2', 'idle']) line(own, stage);
      assert.deepEqual(stagesOf(own), [
        'upgrade good',
        'origin good',
        'clients good',
        'http2 good',
        'idle good',
      ]);
      assert.ok(reported(own).clients.length > 5);
    });

    test('at the end where nothing follows', () => {
      const own = good();
      line(own, 'upgrade');
      assert.deepEqual(stagesOf(own), ['upgrade good', 'clients good']);
    });

    test('of whom some would not take it', () => {
      const { own } = begun(opens({ lines: ['Sec-WebSocket-Extensions: x-none'] }));
      own.ran.add('upgrade');
      assert.deepEqual(stagesOf(own), ['clients warn']);
    });

    test('says nothing of a wrong 101, which has its cause, nor of a refusal', () => {
      const { own } = begun(opens({ accept: null }));
      assert.deepEqual(stagesOf(own), []);
      assert.ok(reported(own).clients.some(({ outcome }) => outcome !== 'accepts'));
      assert.deepEqual(reported(behind(answered('403 Forbidden'))).clients, []);
    });
  });
});
