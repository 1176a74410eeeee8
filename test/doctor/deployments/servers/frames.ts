// Broken behind a good 101: frames that no client may take. RFC 6455 §5, RFC 7692 §6. Each comes at once; the rest is right.
import { constants, deflateRawSync } from 'node:zlib';
import { type Row, servers } from './row.js';
import { converse, frame, type Manners, sound } from './sound.js';

/** Says these octets behind the 101, and then goes on as a good server. */
const saying =
  (...octets: ReadonlyArray<Uint8Array | string>) =>
  () =>
    sound({
      session: (socket) => {
        for (const part of octets)
          socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
        converse(socket);
      },
    });

/** Says them and ends TCP. */
const leaving = (octets: Uint8Array | string) => () =>
  sound({
    session: (socket) => void socket.end(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets),
  });

/** A whole message as permessage-deflate writes it. */
function compressed(text: string, past = ''): Buffer {
  const dictionary = Buffer.from(past);
  return deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH, dictionary }).subarray(0, -4);
}

const PAST = 'a message that the client never got';

const rules: readonly Row[] = [
  {
    name: 'frame: masked by the server',
    expect: ['FRAME_MASKED_BY_SERVER'],
    serve: saying('\x81\x85\x01\x02\x03\x04igohn'),
    shows: /\n\n\\x81\\x85\\x01/,
  },
  {
    name: 'frame: RSV2 is set',
    expect: ['FRAME_RSV'],
    serve: saying('\xa1\x05hello'),
    shows: /\n\n\\xa1\\x05hello/,
  },
  {
    name: 'frame: opcode 3',
    expect: ['FRAME_OPCODE'],
    serve: saying('\x83\x05hello'),
    shows: /\n\n\\x83\\x05hello/,
  },
  {
    name: 'frame: a ping in fragments',
    expect: ['FRAME_CONTROL_FRAGMENTED'],
    serve: saying('\x09\x02hi'),
    shows: /\n\n\\x09\\x02hi/,
  },
  {
    name: 'frame: a ping of 126 octets',
    expect: ['FRAME_CONTROL_TOO_LONG'],
    serve: saying(frame(0x89, 'p'.repeat(126))),
    shows: /\n\n\\x89~\\x00~p{126}/,
  },
  {
    name: 'frame: a continuation of nothing',
    expect: ['FRAME_CONTINUATION'],
    serve: saying('\x80\x05hello'),
    shows: /\n\n\\x80\\x05hello/,
  },
  {
    name: 'frame: a new message inside of another',
    expect: ['FRAME_CONTINUATION'],
    serve: saying('\x01\x03one', '\x81\x03two'),
    shows: /\n\n\\x01\\x03one\\x81\\x03two/,
  },
  {
    name: 'frame: a length in more octets than it needs',
    expect: ['FRAME_LENGTH'],
    serve: saying('\x81\x7e\x00\x05hello'),
    shows: /\n\n\\x81~\\x00\\x05hello/,
  },
  {
    name: 'frame: a length with the top bit set',
    expect: ['FRAME_LENGTH'],
    serve: saying('\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x05hello'),
    shows: /\n\n\\x82\\x7f\\x80\\x00/,
  },
  {
    name: 'frame: cut in the middle',
    expect: ['FRAME_TRUNCATED'],
    serve: leaving('\x81\x64only ten..'),
    shows: /\n\n\\x81donly ten\.\.\[fin\]$/,
  },
  {
    name: 'frame: text that is no UTF-8',
    expect: ['MSG_UTF8'],
    serve: saying('\x81\x05gr\xfc\xdfe'),
    shows: /\n\n\\x81\\x05gr\\xfc\\xdfe/,
  },
];

const strangers: readonly Row[] = [
  {
    name: 'stream: an answer of HTTP behind the 101',
    expect: ['FRAME_HTTP_IN_STREAM'],
    serve: saying('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
    shows: /\n\nHTTP\/1\.1 400 Bad Request\n/,
  },
  {
    name: 'stream: a page behind the 101',
    expect: ['FRAME_HTTP_IN_STREAM'],
    serve: leaving('<html><head><title>500</title></head><body>Internal Server Error</body></html>'),
    shows: /\n\n<html>/,
  },
  {
    name: 'stream: two libraries write at once',
    expect: ['FRAME_TWO_WRITERS'],
    // Between the head and the payload of a message of one writer comes a whole message of the other.
    serve: saying('\x81\x28', '\x81\x0c{"writer":2}', '{"writer":1,"text":"the first of two  "}'),
    shows: /\n\n\\x81\(\\x81\\x0c{"writer":2}{"writer":1,/,
  },
];

const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate';

/** Agrees on compression and says this. */
const agreeing =
  (...octets: readonly Uint8Array[]) =>
  () =>
    sound({
      opens: (right) => right.replace('\r\n\r\n', `\r\n${DEFLATE}\r\n\r\n`),
      session: (socket) => {
        for (const part of octets) socket.write(part);
        converse(socket);
      },
    });

const compression: readonly Row[] = [
  {
    name: 'compression: octets that cannot be expanded',
    expect: ['EXT_INFLATE'],
    serve: agreeing(frame(0xc1, Buffer.from('ffffffffffffffff', 'hex'))),
    shows: /permessage-deflate\n\n\\xc1\\x08\\xff/,
  },
  {
    name: 'compression: the second message refers to what was never sent',
    expect: ['EXT_INFLATE'],
    // A server that keeps its window where the client was told of none, and a client that joins late, both look like this.
    serve: agreeing(frame(0xc1, compressed('hello')), frame(0xc1, compressed(PAST, PAST))),
    shows: /permessage-deflate\n\n\\xc1/,
  },
  {
    name: 'compression: used and not agreed on',
    expect: ['EXT_STRIPPED_ONE_WAY'],
    serve: saying(frame(0xc1, compressed('{"type":"welcome","text":"welcome, welcome"}'))),
    shows: /Sec-WebSocket-Accept: \S+\n\n\\xc1/,
  },
  {
    name: 'good: a compressed message',
    expect: [],
    serve: agreeing(frame(0xc1, compressed('hello, hello, hello'))),
    shows: /permessage-deflate\n\n\\xc1[\s\S]*\\x8a\\x02hi\\x88\\x02\\x03\\xe8\[fin\]$/,
  },
];

const mannered = (manners: Manners) => () =>
  sound({ session: (socket) => converse(socket, undefined, manners) });

const answers: readonly Row[] = [
  {
    name: 'ping: no pong',
    expect: [],
    findings: ['PING_UNANSWERED'],
    serve: mannered({ pong: () => undefined }),
    shows: /\n\n\\x88\\x02\\x03\\xe8\[fin\]$/,
  },
  {
    name: 'ping: a pong with another payload',
    expect: [],
    findings: ['PONG_PAYLOAD'],
    serve: mannered({ pong: () => frame(0x8a, 'pong') }),
    shows: /\n\n\\x8a\\x04pong\\x88\\x02\\x03\\xe8\[fin\]$/,
  },
  {
    name: 'close: not answered, TCP ended',
    expect: [],
    findings: ['CLOSE_NOT_ECHOED'],
    serve: () =>
      sound({
        session: (socket) => converse(socket, undefined, { close: () => void socket.end() as undefined }),
      }),
    shows: /\n\n\\x8a\\x02hi\[fin\]$/,
  },
  {
    name: 'close: not answered, TCP left open',
    expect: [],
    findings: ['CLOSE_NOT_ECHOED'],
    options: { stageMs: 800 },
    serve: mannered({ close: () => undefined }),
    shows: /\n\n\\x8a\\x02hi\[open\]$/,
  },
  {
    name: 'close: answered, TCP left open',
    expect: [],
    findings: ['CLOSE_TCP_LINGERS'],
    options: { stageMs: 800 },
    serve: mannered({ ends: false }),
    shows: /\\x88\\x02\\x03\\xe8\[open\]$/,
  },
];

export const frames = servers('frames behind a good 101', [
  ...rules,
  ...strangers,
  ...compression,
  ...answers,
]);
