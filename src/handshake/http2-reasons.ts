// Knows: the reasons that a server finds only in a request over HTTP/2 (RFC 8441, RFC 9113).
// Must not know: what ends a stream or a session; see `transport/http2-failures.ts`.
import { defineReasons } from '../reason.js';
import { connectRequest } from './examples.js';

export const http2Reasons = defineReasons({
  H2_CONNECT_WANTED: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The request over HTTP/2 asks for no WebSocket',
    meaning:
      'Over HTTP/2 a WebSocket is opened by CONNECT with the pseudo-header field :protocol. This request has another method, or no :protocol: it comes from a program that wants a page, or from a proxy that made an ordinary request of a handshake.',
    actor: 'client',
    status: 400,
    sections: ['RFC 8441 §4', 'RFC 8441 §5'],
    fix: 'Open this URL with a WebSocket client; a client that has no RFC 8441 must use HTTP/1.1, where the same port speaks both.',
    retry: 'after a fix',
    example: connectRequest(':protocol'),
  },
  H2_PROTOCOL_UNKNOWN: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The :protocol is not one that is spoken here',
    meaning:
      'Extended CONNECT opens tunnels for several protocols, such as connect-udp. This server speaks websocket and nothing else.',
    actor: 'client',
    status: 501,
    sections: ['RFC 8441 §4', 'RFC 9220 §3', 'RFC 9110 §15.6.2'],
    fix: 'Send `:protocol: websocket`.',
    retry: 'after a fix',
    example: connectRequest(':protocol', ':protocol: connect-udp'),
  },
  H2_CONNECT_ENDED: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The request ended its stream',
    meaning:
      'END_STREAM came with the request, so the client can send nothing more, not even a close frame. A WebSocket needs both directions.',
    actor: 'client',
    status: 400,
    sections: ['RFC 8441 §5', 'RFC 9113 §8.5'],
    fix: 'Send the HEADERS of CONNECT without END_STREAM (in Node: endStream: false).',
    retry: 'after a fix',
    example: 'A CONNECT whose HEADERS frame has END_STREAM.',
  },
  H2_SCHEME: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The :scheme is neither https nor http',
    meaning:
      'The URL of a WebSocket is told as https (for wss) or http (for ws). Another scheme names another protocol.',
    actor: 'client',
    status: 400,
    sections: ['RFC 8441 §5', 'RFC 9113 §8.3.1'],
    fix: 'Send `:scheme: https` where TLS is spoken, else `:scheme: http`.',
    retry: 'after a fix',
    example: connectRequest(':scheme', ':scheme: ftp'),
  },
  H2_HOST_MISMATCH: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The field host differs from :authority',
    meaning:
      'Both name the host of the request, and a proxy that reads one and a server that reads the other would disagree about whose request it is. Origins and routes hang on it, so it is refused.',
    actor: 'client',
    status: 400,
    sections: ['RFC 9113 §8.3.1', 'RFC 9110 §7.2'],
    fix: 'Leave host out on HTTP/2; in a proxy, rewrite both or none.',
    retry: 'after a fix',
    example: connectRequest('', 'host: other.example'),
  },
  H2_HEADERS_IN_CONNECT: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The request over HTTP/2 carries a field of the handshake over HTTP/1.1',
    meaning:
      'Sec-WebSocket-Key and its answer prove that an HTTP/1.1 server understood the upgrade; on HTTP/2 :protocol does that, and the key is ignored. Upgrade or Connection beside it make the whole request malformed.',
    actor: 'client',
    sections: ['RFC 8441 §5', 'RFC 9113 §8.2.2'],
    fix: 'Leave the field out on HTTP/2.',
    retry: 'after a fix',
    example: connectRequest('', 'sec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw=='),
  },
});
