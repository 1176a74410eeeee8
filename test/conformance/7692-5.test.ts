// RFC 7692 §5: how a compression extension is agreed on, over whole handshakes. The parameters are those of §7.1, which has a file
// of its own; the details are in test/deflate/permessage-deflate.test.ts.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { HandshakeError } from '../../src/index.js';
import { AnsweringServer, type Compression, EchoServer } from './deflate-opening.js';

const P = 'permessage-deflate';
/** Accepts whatever can be accepted, and asks for nothing. */
const LARGE = { takeover: true, windowBits: 15 } as const;

describe('RFC 7692 §5.1, a server', () => {
  const server = new EchoServer(LARGE);
  const plain = new EchoServer(false);
  after(() => Promise.all([server.close(), plain.close()]));

  async function answered(by: EchoServer, offers: string): Promise<string> {
    const { socket, connection, field } = await by.open(offers);
    assert.equal(connection.extensions, field, 'the connection knows what was answered');
    connection.terminate();
    socket.destroy();
    return field;
  }

  const rows: [what: string, offers: string, answer: string][] = [
    ['accepts an offer by naming it', P, P],
    ['ignores extensions that it does not know', `permessage-foo; x=10, ${P}, y`, P],
    ['ignores its forerunners', 'x-webkit-deflate-frame, permessage-compress; method=deflate', ''],
    ['declines an offer with an unknown parameter', `${P}; unknown`, ''],
    ['declines it with an unknown value', `${P}; server_max_window_bits=99`, ''],
    [
      'declines it with a parameter twice',
      `${P}; server_no_context_takeover; server_no_context_takeover`,
      '',
    ],
    ['falls back to a later offer', `${P}; unknown, ${P}; server_max_window_bits=7, ${P}`, P],
    [
      'takes the first of several that it can accept',
      `${P}; server_no_context_takeover, ${P}`,
      `${P}; server_no_context_takeover`,
    ],
    ['takes the first, also when it asks for less', `${P}, ${P}; server_no_context_takeover`, P],
    ['accepts one offer only', `${P}, ${P}, ${P}`, P],
  ];
  for (const [what, offers, answer] of rows) {
    test(`${what}: ${offers}`, async () => assert.equal(await answered(server, offers), answer));
  }
  test('accepts none where compression is off, which is the default', async () =>
    assert.equal(await answered(plain, P), ''));
});

describe('RFC 7692 §5.1, a client', () => {
  const server = new AnsweringServer();
  after(() => server.close());

  /** What was offered, and the extensions of the connection, or the code of the error. */
  async function outcome(
    compression: Compression,
    answer: string,
  ): Promise<[offers: string, outcome: string]> {
    let offers = '';
    try {
      const { socket, connection } = await server.open(compression, (field) => {
        offers = field;
        return answer;
      });
      connection.terminate();
      socket.destroy();
      return [offers, connection.extensions];
    } catch (error) {
      assert.ok(error instanceof HandshakeError, String(error));
      assert.equal(error.stage, 'extension');
      return [offers, error.code];
    }
  }

  test('offers what it can do', async () => {
    const [offers] = await outcome(LARGE, '');
    assert.match(offers, /^permessage-deflate\b/);
  });
  test('offers nothing where compression is off, which is the default', async () => {
    assert.deepEqual(await outcome(false, ''), ['', '']);
  });

  const rows: [what: string, answer: string, outcome: string][] = [
    ['opens without compression when no offer is accepted', '', ''],
    ['agrees to an answer that an offer allows', P, P],
    ['fails on an extension that was not offered', 'permessage-foo', 'WS_EXT_UNSOLICITED'],
    ['fails on another next to it', `${P}, permessage-foo`, 'WS_EXT_UNSOLICITED'],
    ['fails on two answers', `${P}, ${P}`, 'WS_EXT_DUPLICATE'],
    ['fails on an unknown parameter', `${P}; unknown`, 'WS_EXT_PARAM_UNKNOWN'],
    ['fails on a value that is none', `${P}; server_max_window_bits=99`, 'WS_EXT_PARAM_INVALID'],
    [
      'fails on a parameter twice',
      `${P}; server_no_context_takeover; server_no_context_takeover`,
      'WS_EXT_PARAM_INVALID',
    ],
  ];
  for (const [what, answer, expected] of rows) {
    test(`${what}: ${answer || 'no answer'}`, async () =>
      assert.equal((await outcome(LARGE, answer))[1], expected));
  }
  test('fails on any where it has offered none', async () =>
    assert.equal((await outcome(false, P))[1], 'WS_EXT_UNSOLICITED'));
});
