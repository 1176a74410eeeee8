// Knows: how HTTP/2 can fail a WebSocket: rows for what stands between TLS and an answer, and for streams that end under an open
// connection. RFC 8441, RFC 9113. Must not know: how a failure is found, or what a server refuses with a status.
import { defineReasons } from '../reason.js';

export const H2_FAILURES = defineReasons({
  H2_NOT_CHOSEN: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The server did not choose HTTP/2',
    meaning:
      'This client offered h2 by ALPN, and the server chose HTTP/1.1, nothing, or refused. With http: "auto" the connection goes over HTTP/1.1 and keeps this as its note.',
    actor: 'server',
    sections: ['RFC 7301 §3.2', 'RFC 9113 §3.2'],
    fix: 'Nothing is broken: HTTP/1.1 serves as well. For HTTP/2, enable h2 beside http/1.1 on the server or load balancer.',
    retry: 'after a fix',
    example: 'connect(url, { http: 2 }) to a server on TLS whose ALPN list is http/1.1',
  },
  H2_NOT_OFFERED: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The server speaks HTTP/2, but takes no WebSocket over it',
    meaning:
      'Its SETTINGS do not have SETTINGS_ENABLE_CONNECT_PROTOCOL (8) with 1, and without it a client must not send the request that opens a WebSocket. nginx and Caddy are such servers. Browsers, and this client with http: "auto", open a connection with HTTP/1.1 beside it.',
    actor: 'server',
    sections: ['RFC 8441 §3'],
    fix: 'Nothing is broken: HTTP/1.1 serves as well. For HTTP/2, switch RFC 8441 on where the server has it.',
    retry: 'after a fix',
    example: 'SETTINGS of a server without number 8: 00 00 00 04 00 00 00 00 00',
  },
  H2_NO_SETTINGS: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The server chose HTTP/2 and then sent no SETTINGS',
    meaning:
      'The first frame of each side is SETTINGS, and only they tell whether a WebSocket may be opened. None came before the time was up.',
    actor: 'server',
    sections: ['RFC 9113 §3.4', 'RFC 8441 §3'],
    fix: 'Look into the log of the server at this time; without TLS, check that the port takes HTTP/2 with prior knowledge.',
    retry: 'later',
    example: 'A port that accepts the HTTP/2 preface and stays silent.',
  },
  H2_SESSION_FAILED: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'HTTP/2 did not come about',
    meaning:
      'Both sides meant to speak HTTP/2, and the connection ended before its SETTINGS had come: the octets were no HTTP/2, or the server sent GOAWAY or hung up.',
    actor: 'server',
    sections: ['RFC 9113 §3.4', 'RFC 9113 §5.4.1'],
    fix: 'Check that whoever ends TLS and chooses h2 (a load balancer) also speaks it, or hands it to who does.',
    retry: 'after a fix',
    example: 'HTTP/1.1 400 in answer to the HTTP/2 preface',
  },
  H2_CONNECT_REJECTED: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'The server reset the stream in place of an answer',
    meaning:
      'It had announced that WebSockets may be opened over HTTP/2, and answered the request with RST_STREAM or GOAWAY instead of a status. Often a proxy announces for a server behind it what that server cannot do; then HTTP/1.1 works while browsers, which prefer HTTP/2, fail.',
    actor: 'server',
    sections: ['RFC 8441 §3', 'RFC 8441 §4', 'RFC 9113 §8.1'],
    fix: 'Let the server or proxy route extended CONNECT, or stop announcing it (HAProxy: h2-workaround-bogus-websocket-clients).',
    retry: 'after a fix',
    example: 'RST_STREAM with PROTOCOL_ERROR after the request: 00 00 04 03 00 00 00 00 01 00 00 00 01',
  },
  H2_STREAM_RESET: {
    layer: 'h2',
    stage: 'close',
    title: 'The stream of the connection was reset',
    meaning:
      'The peer, or a proxy on the path, ended the HTTP/2 stream that carried this WebSocket with RST_STREAM; no close frame came before. Others on the same TCP connection go on. Chromium says CANCEL when the page goes away, where over HTTP/1.1 it closes with 1001; HAProxy does when its tunnel timeout is up, and nghttpx says INTERNAL_ERROR.',
    actor: 'network',
    closeCode: 1006,
    sections: ['RFC 8441 §5', 'RFC 9113 §6.4'],
    fix: 'A page that goes away is no fault. Else compare the idle time with the timeouts of the proxies on the path, and ping at less than half of it; or look into the log of the peer at this time.',
    retry: 'at once',
    example: 'RST_STREAM with CANCEL on an open connection: 00 00 04 03 00 00 00 00 01 00 00 00 08',
  },
  H2_SESSION_LOST: {
    layer: 'h2',
    stage: 'close',
    title: 'The HTTP/2 connection under the WebSocket ended',
    meaning:
      'All WebSockets that share it ended with it, at once and without a close frame. How it ended is shown: FIN, RST, GOAWAY with an error, or an error of this side.',
    actor: 'network',
    closeCode: 1006,
    sections: ['RFC 9113 §5.4.1', 'RFC 9113 §6.8', 'RFC 6455 §7.1.5'],
    fix: 'Look into the log of the server or proxy at this time. To reconnect, wait a random moment, so that not all of them come back at once.',
    retry: 'later',
    example: 'GOAWAY with ENHANCE_YOUR_CALM on an open connection',
  },
});
