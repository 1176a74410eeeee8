// A backend that sends the request back: what was changed on the way, and how much of it is a cause.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reflected } from '../../../src/doctor/inquiries/reflected.js';
import type { Probe } from '../../../src/doctor/observation.js';
import { reflectionOf } from '../../../src/forensics/reflection.js';
import { Fields } from '../../../src/handshake/head.js';
import {
  answered,
  begun,
  codes,
  drive,
  frame,
  HUNG_UP,
  opens,
  type Parts,
  skipped,
  type Table,
} from '../driver.js';

type Line = readonly [name: string, value: string];
type Change = (lines: readonly Line[]) => readonly Line[];

/** What the backend says of the request that a way has changed. */
function reflection(probe: Probe, change: Change, version: '1.0' | '1.1' = '1.1'): string {
  assert.ok(probe.kind === 'exchange');
  const [start = '', ...rest] = probe.request.trimEnd().split('\r\n');
  const lines = rest.map(
    (line): Line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)],
  );
  const [method = '', target = ''] = start.split(' ');
  const head = { carrier: 'h1', method, target, version, fields: new Fields(change(lines)) } as const;
  return JSON.stringify(reflectionOf(head, { time: new Date(0), peer: '127.0.0.1:1', tls: false }));
}

const asItWas: Change = (lines) => lines;
const without =
  (...names: readonly string[]): Change =>
  (lines) =>
    lines.filter(([name]) => !names.includes(name));

/** By a 101 and its first message, or in the body of a refusal. */
const inMessage = (change: Change) => (probe: Probe) =>
  opens({ frames: [frame('in', 1, reflection(probe, change))] })(probe);
const inBody =
  (change: Change, version?: '1.0') =>
  (probe: Probe): Parts =>
    answered('400 Bad Request\nContent-Type: application/json', reflection(probe, change, version));

function ask(parts: Table[string], token = '') {
  const { own } = begun(opens());
  const { result, seen } = drive(reflected(own, token), { reflect: parts });
  return { own, result, seen, stage: own.stages[0]! };
}

test('a request that arrives as it was sent has no fault', () => {
  for (const parts of [inMessage(asItWas), inBody(asItWas)]) {
    const { own, result, stage } = ask(parts);
    assert.deepEqual([result, own.findings], [[], []]);
    assert.ok(own.reflected!.length > 5);
    assert.deepEqual([stage.mark, stage.text], ['good', 'the request reaches the backend as it was sent']);
  }
});

describe('a request that arrives changed', () => {
  const cases: ReadonlyArray<
    readonly [string, Table[string], causes: readonly string[], findings: readonly string[]]
  > = [
    [
      'without Upgrade and Connection',
      inBody(without('Upgrade', 'Connection')),
      ['PROXY_UPGRADE_STRIPPED'],
      [],
    ],
    [
      'without Upgrade, over HTTP/1.0',
      inBody(without('Upgrade', 'Connection'), '1.0'),
      ['PROXY_UPGRADE_STRIPPED'],
      ['PROXY_HTTP10_UPSTREAM'],
    ],
    [
      'with another Host',
      inMessage((lines) => lines.map(([name, value]) => [name, name === 'Host' ? 'app' : value])),
      ['PROXY_HOST_REWRITTEN'],
      [],
    ],
    [
      'with another Host, and without its key',
      inBody((lines) =>
        without('Sec-WebSocket-Key')(lines.map(([name, value]) => [name, name === 'Host' ? 'app' : value])),
      ),
      ['PROXY_HEADER_DROPPED'],
      ['PROXY_HOST_REWRITTEN'],
    ],
    [
      'with its names in other letters',
      inMessage((lines) => lines.map(([name, value]) => [name.toLowerCase(), value])),
      [],
      ['PROXY_HEADER_CASE'],
    ],
  ];
  for (const [name, parts, causes, findings] of cases) {
    test(`${name}: ${[...causes, ...findings].join(', ')}`, () => {
      const { own, result, stage } = ask(parts);
      assert.deepEqual([codes(result!), codes(own.findings)], [causes, findings]);
      assert.ok([...result!, ...own.findings].every(({ confidence }) => confidence === 'proven'));
      assert.equal(stage.mark, 'bad');
    });
  }

  test('names who forwarded it, with the version that its answer tells', () => {
    const { own } = begun(opens({ lines: ['Server: Apache/2.4.57 (Debian)'] }));
    const change: Change = (lines) => [
      ...without('Upgrade', 'Connection')(lines),
      ['X-Forwarded-Server', 'front'],
    ];
    const { result } = drive(reflected(own, ''), { reflect: inBody(change) });
    assert.match(result![0]!.remarks![0]!.text, /^Apache\/2\.4\.57 forwarded/);
  });

  test('names who forwarded it', () => {
    const { result } = ask(
      inBody((lines) => [...without('Upgrade', 'Connection')(lines), ['X-Forwarded-Server', 'front']]),
    );
    assert.match(result![0]!.remarks![0]!.text, /^Apache.* forwarded the request/);
  });
});

test('nobody reflects', () => {
  for (const parts of [
    opens(),
    opens({ frames: [frame('in', 1, '{"hello":1}')] }),
    answered('404 Not Found', 'no'),
    HUNG_UP,
    skipped(),
  ]) {
    const { own, result, stage } = ask(parts);
    assert.equal(result, undefined);
    assert.deepEqual([own.findings, own.reflected], [[], undefined]);
    assert.equal(stage.mark, 'warn');
  }
});

test('a token is sent where there is one', () => {
  const sent = (token: string) => {
    const { probe } = ask(HUNG_UP, token).seen[0]!;
    return probe.kind === 'exchange' ? /Handfast-Reflect: (\S+)/.exec(probe.request)?.[1] : '';
  };
  assert.deepEqual([sent('secret'), sent('')], ['secret', undefined]);
});
