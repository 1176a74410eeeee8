// Knows: how a server agrees on compression, on the wire: the answer, the connection, the trace, and what a route changes.
// Node's own zlib is the other side. The parameters one by one are in test/deflate/permessage-deflate.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { deflateReasons } from '../../src/deflate/deflate-reasons.js';
import type { Connection, HandshakeRequest } from '../../src/index.js';
import * as trace from '../../src/trace.js';
import { closeFrame, frame, Op, readAnswer, readFrames, upgradeTo } from '../hostile/bytes.js';
import { raw } from '../support/raw.js';
import { ask, opened, serve } from './peer.js';

const FIELD = 'Sec-WebSocket-Extensions';
const NO_TAKEOVER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
const offering = (path: string, ...offers: string[]) => upgradeTo(path, { [FIELD]: offers });

async function answered(port: number, path: string, ...offers: string[]): Promise<string | undefined> {
  const { status, fields } = await ask(port, offering(path, ...offers));
  assert.equal(status, 101);
  return fields.get(FIELD.toLowerCase());
}

test('the answer is what the endpoint wants: none, the defaults, or a route of its own', async () => {
  await using server = await serve({
    compression: true,
    routes: {
      '/as-server': {},
      '/none': { compression: false },
      '/takeover': { compression: { takeover: true, windowBits: 12 } },
    },
  });
  const rows: [path: string, offers: string[], answer: string | undefined][] = [
    ['/as-server', ['permessage-deflate'], NO_TAKEOVER],
    ['/as-server', [], undefined],
    ['/as-server', ['x-other; a=1'], undefined],
    // Declined, never refused.
    ['/as-server', ['permessage-deflate; server_max_window_bits=7'], undefined],
    ['/as-server', ['permessage-deflate; mystery', 'permessage-deflate'], NO_TAKEOVER],
    ['/none', ['permessage-deflate'], undefined],
    [
      '/takeover',
      ['permessage-deflate; client_max_window_bits'],
      'permessage-deflate; client_max_window_bits=12',
    ],
    ['/takeover', ['permessage-deflate'], 'permessage-deflate; client_no_context_takeover'],
  ];
  for (const [path, offers, answer] of rows)
    assert.equal(await answered(server.port, path, ...offers), answer, `${path} ${offers}`);
});

test('compression is off unless it is asked for', async () => {
  await using server = await serve();
  assert.equal(await answered(server.port, '/', 'permessage-deflate'), undefined);
});

test('the handler sees what was offered and what was agreed, and the trace tells it', async () => {
  const seen: [HandshakeRequest, Connection<unknown>][] = [];
  const traced: string[] = [];
  const listener = (event: unknown) => void traced.push((event as trace.HandshakeTrace).extensions);
  trace.handshakes.subscribe(listener);
  await using server = await serve({
    compression: true,
    onconnection: (connection, request) => void seen.push([request, connection]),
  });
  await ask(server.port, offering('/', 'permessage-deflate; client_max_window_bits'));
  await ask(server.port, offering('/'));
  trace.handshakes.unsubscribe(listener);
  assert.deepEqual(
    seen.map(([request, connection]) => [request.extensions, connection.extensions]),
    [
      [
        [{ name: 'permessage-deflate', parameters: [{ name: 'client_max_window_bits', value: undefined }] }],
        NO_TAKEOVER,
      ],
      [[], ''],
    ],
  );
  assert.deepEqual(traced, [NO_TAKEOVER, '']);
});

const compressed = (text: string) =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const expanded = (bytes: Uint8Array) =>
  inflateRawSync(Buffer.concat([bytes, Buffer.of(0, 0, 255, 255)]), { finishFlush: constants.Z_SYNC_FLUSH });

test('messages are compressed both ways once that was agreed', async () => {
  await using server = await serve({ compression: { thresholdBytes: 0 } });
  using connection = await opened(server.port, offering('/', 'permessage-deflate'));
  const text = 'the same words, '.repeat(100);
  connection.send(frame(Op.text, compressed(text), { rsv: 4 })).send(closeFrame(1000));
  await connection.ending();
  const [message] = readFrames(connection.received);
  assert.equal(message!.rsv, 4);
  assert.ok(message!.payload.length < text.length / 4);
  assert.equal(expanded(message!.payload).toString(), text);
});

test('the examples of the rows for what cannot be expanded, and for what expands too much', async () => {
  const example = /`((?:[0-9a-f]{2} ?)+)`/.exec(deflateReasons.EXT_INFLATE.example)![1]!;
  const million = frame(Op.binary, compressed('x'.repeat(2 ** 20)), { rsv: 4 });
  const rows: [code: keyof typeof deflateReasons, Buffer[]][] = [
    ['EXT_INFLATE', [Buffer.from(example.replaceAll(' ', ''), 'hex')]],
    ['MSG_INFLATE_RATE', [million, million, million]],
  ];
  for (const [code, frames] of rows) {
    let tell: (cause: string | undefined) => void;
    const cause = new Promise<string | undefined>((resolve) => {
      tell = resolve;
    });
    await using server = await serve({
      compression: { maxInflatedBytesPerSecond: 1_048_576 },
      onmessage() {},
      onclose: (_, record) => tell(record.cause),
    });
    using connection = await opened(server.port, offering('/', 'permessage-deflate'));
    connection.send(Buffer.concat(frames));
    await connection.ending();
    const { payload } = readFrames(connection.received)[0]!;
    assert.equal(payload.readUInt16BE(0), deflateReasons[code].closeCode);
    assert.match(payload.toString('utf8', 2), new RegExp(`^${code}`));
    assert.equal(await cause, code);
  }
});

test('RSV1 without an agreement ends the connection', async () => {
  await using server = await serve({ compression: true });
  using connection = await opened(server.port, offering('/'));
  connection.send(frame(Op.text, compressed('x'), { rsv: 4 }));
  await connection.ending();
  assert.equal(readFrames(connection.received)[0]!.payload.readUInt16BE(0), 1002);
});

test('what cannot be read is still refused, compression or not', async () => {
  await using server = await serve({ compression: true });
  for (const offers of ['permessage-deflate;', ', ,', 'permessage-deflate; server_max_window_bits="1 0"']) {
    using connection = await raw(server.port);
    const answer = readAnswer(await connection.send(offering('/', offers)).until('}'));
    assert.equal(JSON.parse(answer.body).code, 'REQ_EXT_SYNTAX', offers);
  }
});

test('options that cannot be meant are named', async () => {
  const rows: [unknown, RegExp][] = [
    ['yes', /compression/],
    [{ takeOver: true }, /"takeOver" in compression: did you mean "takeover"\?/],
    [{ windowBits: 8 }, /compression\.windowBits/],
  ];
  for (const [compression, message] of rows) {
    await assert.rejects(serve({ compression: compression as boolean }), message);
    await assert.rejects(serve({ routes: { '/a': { compression: compression as boolean } } }), message);
  }
});
