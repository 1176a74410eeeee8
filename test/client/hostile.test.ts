// A server that opens well and then sends what no server may (hostile input 142): the client ends it with the right code.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '../../src/client/connect.js';
import { type Listener, opening, reading } from '../transport/listener.js';
import './attempt.js';

/** Opens, sends these octets right behind the 101 or later, and collects what the client sends. */
async function sending(
  octets: readonly number[],
  afterMs: number,
): Promise<{ host: Listener; got: () => Buffer }> {
  let got = Buffer.alloc(0);
  const host = await reading((socket, head) => {
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
    });
    if (afterMs === 0)
      return void socket.write(Buffer.concat([Buffer.from(opening(head), 'latin1'), Buffer.from(octets)]));
    socket.write(opening(head));
    setTimeout(() => socket.write(Buffer.from(octets)), afterMs);
  });
  return { host, got: () => got };
}

/** The code of the close frame that a client sent (masked). */
function closeCode(bytes: Buffer): number | undefined {
  if (bytes[0] !== 0x88 || (bytes[1]! & 0x80) === 0) return undefined;
  return ((bytes[6]! ^ bytes[2]!) << 8) | (bytes[7]! ^ bytes[3]!);
}

const rows: [string, readonly number[], number, string][] = [
  ['a masked frame', [0x81, 0x81, 1, 2, 3, 4, 0x41], 1002, 'FRAME_MASKED_BY_SERVER'],
  ['a reserved bit', [0xc1, 1, 0x41], 1002, 'FRAME_RSV'],
  ['a reserved opcode', [0x83, 0], 1002, 'FRAME_OPCODE'],
  ['a continuation of nothing', [0x80, 0], 1002, 'FRAME_CONTINUATION'],
  ['a fragmented ping', [0x09, 0], 1002, 'FRAME_CONTROL_FRAGMENTED'],
  ['a ping of 126 octets', [0x89, 126, 0, 126], 1002, 'FRAME_CONTROL_TOO_LONG'],
  ['a length with its top bit set', [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1], 1002, 'FRAME_LENGTH'],
  ['text that is not UTF-8', [0x81, 2, 0xc3, 0x28], 1007, 'MSG_UTF8'],
  ['a message that is too big', [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0], 1009, 'MSG_TOO_BIG'],
  ['a close frame of one octet', [0x88, 1, 3], 1002, 'CLOSE_PAYLOAD'],
  ['a close code that nobody may send', [0x88, 2, 0x03, 0xed], 1002, 'CLOSE_CODE_INVALID'],
  ['an HTTP answer in the stream', [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 1002, ''],
];

describe('frames that no server may send', () => {
  for (const [what, octets, code, cause] of rows) {
    for (const afterMs of [0, 20]) {
      test(`${what}, ${afterMs === 0 ? 'with the 101' : 'later'}`, async () => {
        const { host, got } = await sending(octets, afterMs);
        await using _ = host;
        const connection = await connect(host.url);
        const record = await connection.closed;
        assert.equal(closeCode(got()), code);
        assert.equal(record.code, 1006);
        if (cause !== '') assert.equal(record.cause, cause);
        assert.ok(record.cause !== undefined && record.sent?.code === code);
        await host.gone();
      });
    }
  }
});

test('a server that opens and hangs up leaves a record, not an exception', async () => {
  for (const how of ['end', 'resetAndDestroy', 'destroy'] as const) {
    await using host = await reading(
      (socket, head) => void socket.write(opening(head), () => setTimeout(() => socket[how](), 10)),
    );
    const connection = await connect(host.url);
    const record = await connection.closed;
    assert.equal(record.code, 1006);
    assert.equal(record.cause, how === 'resetAndDestroy' ? 'CLOSE_NO_FRAME_RST' : 'CLOSE_NO_FRAME_FIN');
    await assert.rejects(connection.send('x'));
  }
});

test('a server that hangs up in the same segment as its 101', async () => {
  await using host = await reading((socket, head) => void socket.end(opening(head)));
  const connection = await connect(host.url);
  assert.equal((await connection.closed).cause, 'CLOSE_NO_FRAME_FIN');
});

test('a flood of pings costs the client no more than its answers', async () => {
  await using host = await reading((socket, head) => {
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => Buffer.from([0x89, 1, 0x41])));
    socket.write(
      Buffer.concat([Buffer.from(opening(head), 'latin1'), pings, Buffer.from([0x88, 2, 3, 0xe8])]),
    );
    socket.resume().on('end', () => socket.end());
    setTimeout(() => socket.end(), 200);
  });
  const connection = await connect(host.url);
  const record = await connection.closed;
  assert.deepEqual([record.code, record.clean], [1000, true]);
});
