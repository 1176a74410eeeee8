// How a client agrees on compression: what it offers, what it takes, and answers that grant what nobody asked for (row 139 of the
// hostile inputs). The parameters one by one are in test/deflate/permessage-deflate.test.ts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { type ConnectOptions, connect } from '../../src/client/connect.js';
import { createServer } from '../../src/server/server.js';
import { opening, reading } from '../transport/listener.js';
import { failing } from './attempt.js';

const FIELD = 'Sec-WebSocket-Extensions';
const PLAIN = 'permessage-deflate; client_max_window_bits';
const NO_TAKEOVER =
  'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits';

/** Answers with this extension field; without one the handshake opens without compression. */
function answering(extensions?: string) {
  const line = extensions === undefined ? {} : { '': `${FIELD}: ${extensions}` };
  return reading((socket, head) => void socket.write(opening(head, line), 'latin1'));
}

describe('the offers', () => {
  const rows: [ConnectOptions['compression'], string | undefined][] = [
    [undefined, undefined],
    [false, undefined],
    [true, `${NO_TAKEOVER}, ${PLAIN}`],
    [{ takeover: true, windowBits: 15 }, PLAIN],
    [
      { takeover: true, windowBits: 10 },
      `permessage-deflate; server_max_window_bits=10; client_max_window_bits=10, ${PLAIN}`,
    ],
  ];
  for (const [compression, offers] of rows) {
    test(JSON.stringify(compression) ?? 'by default', async () => {
      await using host = await answering();
      const connection = await connect(host.url, compression === undefined ? {} : { compression });
      assert.equal(connection.handshake!.request.fields.get(FIELD), offers);
      assert.equal(connection.extensions, '');
      connection.terminate();
    });
  }
});

describe('an answer that grants what was not asked for', () => {
  const rows: [answer: string, code: string][] = [
    ['permessage-deflate; server_max_window_bits=7', 'EXT_PARAM_INVALID'],
    ['permessage-deflate; server_max_window_bits=16', 'EXT_PARAM_INVALID'],
    ['permessage-deflate; client_max_window_bits=08', 'EXT_PARAM_INVALID'],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', 'EXT_PARAM_INVALID'],
    ['permessage-deflate; mystery=1', 'EXT_PARAM_UNKNOWN'],
    ['permessage-deflate; client_max_window_bits', 'EXT_CLIENT_BITS'],
    ['permessage-deflate, permessage-deflate', 'EXT_DUPLICATE'],
    ['x-webkit-deflate-frame', 'EXT_UNSOLICITED'],
    ['permessage-deflate;', 'EXT_SYNTAX'],
  ];
  for (const [answer, code] of rows) {
    test(`${answer}: ${code}`, async () => {
      await using host = await answering(answer);
      const error = await failing(host.url, { compression: true });
      assert.deepEqual([error.code, error.stage, error.status], [`WS_${code}`, 'extension', 101]);
      assert.equal(error.evidence.field, FIELD);
      await host.gone();
    });
  }
  test('without an offer every extension is unsolicited', async () => {
    await using host = await answering('permessage-deflate');
    assert.equal((await failing(host.url)).code, 'WS_EXT_UNSOLICITED');
  });
});

test('what was agreed on is on the connection, and messages come through', async () => {
  await using host = await reading((socket, head) => {
    socket.write(opening(head, { '': `${FIELD}: permessage-deflate; server_no_context_takeover` }), 'latin1');
    const compressed = deflateRawSync('packed', { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    socket.write(Buffer.concat([Buffer.of(0xc1, compressed.length), compressed]));
  });
  const connection = await connect(host.url, { compression: true });
  assert.equal(connection.extensions, 'permessage-deflate; server_no_context_takeover');
  for await (const message of connection) {
    assert.equal(message, 'packed');
    break;
  }
  connection.terminate();
});

describe('our client and our server', () => {
  const rows: [ConnectOptions['compression'], ConnectOptions['compression'], string][] = [
    [true, true, 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
    [
      { takeover: true },
      { takeover: true },
      'permessage-deflate; server_max_window_bits=11; client_max_window_bits=11',
    ],
    [true, false, ''],
    [false, true, ''],
  ];
  for (const [ours, theirs, extensions] of rows) {
    test(`${JSON.stringify(ours)} and ${JSON.stringify(theirs)}: ${extensions || 'nothing'}`, async () => {
      await using server = createServer({
        port: 0,
        compression: theirs!,
        onmessage: (connection, message) => void connection.send(message),
      });
      await server.ready;
      const connection = await connect(server.url, { compression: ours! });
      assert.equal(connection.extensions, extensions);
      const text = 'a few words again and again, '.repeat(200);
      for (const sent of [text, '', text]) {
        void connection.send(sent);
        const { value } = await connection[Symbol.asyncIterator]().next();
        assert.equal(value, sent);
      }
      await connection.close();
    });
  }
});

test('clients share settings only when they mean the same', async () => {
  await using host = await answering('permessage-deflate');
  const agreed = async (compression: ConnectOptions['compression']) => {
    const connection = await connect(host.url, { compression: compression! });
    connection.terminate();
    return connection.handshake!.request.fields.get(FIELD);
  };
  assert.notEqual(await agreed({ takeover: true }), await agreed({ takeover: false }));
  // What JSON cannot say is refused all the same, after what it would look like has been taken.
  await agreed({ maxInflatedBytesPerSecond: Number.POSITIVE_INFINITY });
  const rows: [unknown, RegExp][] = [
    [() => {}, /compression/],
    [{ thresholdBytes: () => 1 }, /compression\.thresholdBytes/],
    [{ maxInflatedBytesPerSecond: 'none' }, /compression\.maxInflatedBytesPerSecond/],
    [{ level: 10 }, /compression\.level/],
    [{ windowbits: 10 }, /did you mean "windowBits"\?/],
  ];
  for (const [compression, message] of rows)
    await assert.rejects(connect(host.url, { compression: compression as boolean }), message);
});
