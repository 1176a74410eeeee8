// A 101 octet by octet: what is a cause, what only deserves a word, and where a wrong accept value comes from.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { auditOpening, opened } from '../../../src/doctor/inquiries/opening.js';
import type { Probe } from '../../../src/doctor/observation.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import { acceptFor } from '../../../src/handshake/key.js';
import {
  answered,
  begun,
  codes,
  drive,
  HUNG_UP,
  named,
  type Opened,
  opens,
  skipped,
  type Table,
  target,
} from '../driver.js';

function judged(parts: Table[string], more: Table = {}, options: DiagnoseOptions = {}) {
  const { own, baseline } = begun(parts, target(options));
  return { own, baseline, causes: drive(opened(own, baseline), more).result };
}

const head = (...lines: readonly string[]) => answered(['101 Switching Protocols', ...lines].join('\n'));

describe('a right one', () => {
  test('has no cause and nothing is asked', () => {
    const { own, causes } = judged(opens());
    assert.deepEqual([causes, own.findings], [[], []]);
    assert.deepEqual(
      own.stages.map(({ stage, mark, text }) => [stage, mark, text]),
      [
        ['upgrade', 'good', '101, accept correct'],
        ['extension', 'skip', 'none agreed on'],
      ],
    );
  });

  test('tells what was agreed on, and who answered', () => {
    const lines = [
      'Server: nginx/1.22.1',
      'Sec-WebSocket-Protocol: chat',
      'Sec-WebSocket-Extensions: permessage-deflate',
    ];
    const { own, causes } = judged(opens({ lines }), {}, { subprotocols: ['chat'] });
    assert.deepEqual(causes, []);
    assert.deepEqual(
      own.stages.map(({ stage, text }) => [stage, text]),
      [
        ['upgrade', '101 from nginx, accept correct'],
        ['subprotocol', 'chat'],
        ['extension', 'permessage-deflate'],
      ],
    );
  });

  test('to no offer', () =>
    assert.equal(judged(opens(), {}, { deflate: false }).own.stages[1]!.text, 'none offered'));
});

describe('a wrong one', () => {
  const wrong: ReadonlyArray<readonly [string, Table[string], string, DiagnoseOptions?]> = [
    ['without Upgrade', head('Connection: Upgrade', 'Sec-WebSocket-Accept: x'), 'RESP_UPGRADE_MISSING'],
    ['without an accept value', opens({ accept: null }), 'RESP_ACCEPT_MISSING'],
    [
      'with an extension that nobody offered',
      opens({ lines: ['Sec-WebSocket-Extensions: x-none'] }),
      'EXT_UNSOLICITED',
    ],
    [
      'with a subprotocol that nobody asked for',
      opens({ lines: ['Sec-WebSocket-Protocol: chat'] }),
      'PROTO_UNSOLICITED',
    ],
    ['without a subprotocol', opens(), 'PROTO_NOT_SELECTED', { subprotocols: ['chat'] }],
  ];
  for (const [name, parts, code, options] of wrong) {
    test(`${name}: ${code}`, () => {
      const { own, causes } = judged(parts, needsAgain(parts), options);
      assert.equal(causes.find((cause) => cause.code === code)?.confidence, 'proven');
      assert.equal(own.stages[0]!.mark, 'bad');
      assert.equal(own.stages.length, 1);
    });
  }

  test('behind an interim answer', () => {
    const interim = ['HTTP/1.1 100 Continue\r\n\r\n'];
    const parts: Table[string] = (probe) => {
      const whole = opens()(probe);
      return { ...whole, answer: { ...whole.answer!, interim } };
    };
    assert.deepEqual(named(judged(parts).causes), ['HTTP_INTERIM proven']);
  });

  test('in its syntax', () => {
    const parts: Table[string] = (probe) => {
      const whole = opens()(probe);
      return {
        ...whole,
        answer: { ...whole.answer!, head: whole.answer!.head.replace('Upgrade:', 'Upgrade :') },
      };
    };
    assert.ok(codes(judged(parts).causes).includes('HTTP_HEADER_SYNTAX'));
  });
});

/** Of an accept value that is there and wrong the handshake is sent again. */
function needsAgain(parts: Table[string]): Table {
  const { baseline } = begun(parts);
  return auditOpening(baseline).some(({ reason }) => reason.code === 'RESP_ACCEPT_WRONG')
    ? { again: HUNG_UP }
    : {};
}

test('of no answer nothing is wrong but that', () => {
  assert.ok(auditOpening(begun(HUNG_UP).baseline).length > 0);
  const odd = target({ subprotocols: ['no token'] });
  assert.ok(auditOpening(begun(opens({ lines: ['Sec-WebSocket-Protocol: chat'] }), odd).baseline).length > 0);
});

test('a right one tells how long it took', () => {
  const timed = (probe: Probe) => ({ ...opens()(probe), times: { totalMs: 3, headMs: 2 } });
  assert.equal(judged(timed).own.stages[0]!.ms, 2);
});

describe('a wrong accept value', () => {
  const other = (key: string) => createHash('sha1').update(`${key}no guid`).digest('base64');
  const hex = (key: string) =>
    createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('hex');
  const cases: ReadonlyArray<readonly [string, Opened['accept'], Table[string], string, string | undefined]> =
    [
      ['of a known mistake', hex, opens({ accept: hex }), 'RESP_ACCEPT_WRONG', 'HEX_DIGEST'],
      ['of a known mistake, which nobody could ask twice', hex, skipped(), 'RESP_ACCEPT_WRONG', 'HEX_DIGEST'],
      ['of no known mistake', other, opens({ accept: other }), 'RESP_ACCEPT_WRONG', undefined],
      ['of no known mistake, which nobody could ask twice', other, skipped(), 'RESP_ACCEPT_WRONG', undefined],
      [
        'of no known mistake, and then refused',
        other,
        answered('403 Forbidden'),
        'RESP_ACCEPT_WRONG',
        undefined,
      ],
      [
        'that is the sample of the RFC',
        's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
        opens({ accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' }),
        'RESP_ACCEPT_WRONG',
        'RFC_SAMPLE_HARDCODED',
      ],
      [
        'that is the same for two keys',
        'kX3jBtWX0GdxMmpX5n/5ndSAnCo=',
        opens({ accept: 'kX3jBtWX0GdxMmpX5n/5ndSAnCo=' }),
        'RESP_ACCEPT_WRONG',
        undefined,
      ],
      [
        'that is the same for two keys out of a cache',
        'kX3jBtWX0GdxMmpX5n/5ndSAnCo=',
        opens({ accept: 'kX3jBtWX0GdxMmpX5n/5ndSAnCo=', lines: ['Age: 3'] }),
        'PROXY_CACHED',
        undefined,
      ],
    ];
  for (const [name, accept, again, code, subcause] of cases) {
    test(`${name}: ${code} ${subcause ?? ''}`, () => {
      const { causes } = judged(opens({ accept: accept! }), { again });
      assert.deepEqual(named(causes), [`${code} proven`]);
      assert.equal(causes[0]!.subcause, subcause);
    });
  }

  test('that belongs to the request before', () => {
    const { own, baseline } = begun(opens({ accept: other }));
    const key = /Sec-WebSocket-Key: (\S+)/.exec(
      baseline.probe.kind === 'exchange' ? baseline.probe.request : '',
    )![1]!;
    const { result } = drive(opened(own, baseline), { again: opens({ accept: acceptFor(key) }) });
    assert.equal(result[0]!.subcause, 'STALE_CACHED');
  });

  test('that is empty', () => {
    const { causes } = judged(opens({ accept: '' }), { again: opens({ accept: '' }) });
    assert.ok(
      codes(causes).every((code) => code.startsWith('RESP_ACCEPT_')),
      codes(causes).join(),
    );
  });

  test('of another GUID shows which part of it is wrong', () => {
    const wrong = '258EAFA5-E914-47DA-95CA-C5AB0DC85B12';
    const accept = (key: string) =>
      createHash('sha1')
        .update(key + wrong)
        .digest('base64');
    const { causes } = judged(opens({ accept }), { again: opens({ accept }) });
    assert.match(causes[0]!.subcause!, /GUID/);
    assert.match(JSON.stringify(causes[0]!.steps), /\^+ not the RFC's/);
    assert.match(causes[0]!.recipes[0]!.lines.join('\n'), new RegExp(wrong));
  });
});

describe('what deserves a word', () => {
  const cases: ReadonlyArray<readonly [string, Opened, readonly string[], DiagnoseOptions?]> = [
    [
      'a subprotocol that looks like a credential',
      { lines: ['Sec-WebSocket-Protocol: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMTIzNDU2Nzg5MA'] },
      ['PROTO_TOKEN_LEAK'],
      { subprotocols: ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMTIzNDU2Nzg5MA'] },
    ],
    [
      'a window of eight bits',
      { lines: ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8'] },
      ['EXT_WINDOW_8'],
    ],
    [
      'a larger window is none',
      { lines: ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15'] },
      [],
    ],
  ];
  for (const [name, more, expect, options] of cases) {
    test(name, () => {
      const { own, causes } = judged(opens(more), {}, options);
      assert.deepEqual(causes, []);
      assert.deepEqual(codes(own.findings), expect);
    });
  }

  test('what is only advised is a note', () => {
    const { own, causes } = judged(opens({ lines: ['Content-Length: 0'] }));
    assert.deepEqual(causes, []);
    assert.ok(own.findings.every(({ severity }) => severity === 'note'));
  });
});
