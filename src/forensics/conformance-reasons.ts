// Knows: what an endpoint that works does against RFC 6455 when it is asked something unusual, and what will be trouble one day.
// Must not know: how it is found, or what it costs in a grade.
import { request, response, status } from '../handshake/examples.js';
import { defineReasons } from '../reason.js';

const handshake = defineReasons({
  CONF_VERSION_STATUS: {
    layer: 'conformance',
    stage: 'upgrade',
    title: 'Another version is refused without saying which ones are spoken',
    meaning:
      'A version that a server does not speak is answered with 426 and a Sec-WebSocket-Version that lists its own. This one answers with another status, 400 most often, or leaves the field out.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.2', 'RFC 6455 §4.4'],
    fix: 'Answer 426 with Upgrade: websocket and Sec-WebSocket-Version: 13.',
    retry: 'after a fix',
    example: status('400 Bad Request', 'Sec-WebSocket-Version: 13, 8'),
  },
  CONF_VERSION_UNCHECKED: {
    layer: 'conformance',
    stage: 'upgrade',
    title: 'Any version of the protocol is accepted',
    meaning:
      'A handshake with version 99 was answered with 101. The server does not read the version, so it would answer a future protocol as if it were this one.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.1', 'RFC 6455 §4.4'],
    fix: 'Refuse all versions but 13 with 426.',
    retry: 'after a fix',
    example: request('Sec-WebSocket-Version:', 'Sec-WebSocket-Version: 99'),
  },
  CONF_KEY_UNCHECKED: {
    layer: 'conformance',
    stage: 'upgrade',
    title: 'A key that is none is accepted',
    meaning:
      'A handshake whose key is missing, or not 16 octets in base64, was answered with 101. The key is the proof that the client speaks WebSocket, and the server does not look at it.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.1'],
    fix: 'Refuse a request without a valid Sec-WebSocket-Key with 400.',
    retry: 'after a fix',
    example: request('Sec-WebSocket-Key:', 'Sec-WebSocket-Key: short'),
  },
  CONF_METHOD: {
    layer: 'conformance',
    stage: 'upgrade',
    title: 'A handshake with another method than GET is accepted',
    meaning: 'A POST was answered with 101. The handshake is a GET, so that it can have no body.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.1'],
    fix: 'Refuse other methods with 405 and Allow: GET.',
    retry: 'after a fix',
    example: request('GET', 'POST /ws HTTP/1.1'),
  },
  CONF_HTTP10: {
    layer: 'conformance',
    stage: 'upgrade',
    title: 'A handshake over HTTP/1.0 is accepted',
    meaning:
      'A request of HTTP/1.0 was answered with 101. That version knows no upgrade, and a proxy that speaks it may not understand what follows.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.1', 'RFC 9110 §7.8'],
    fix: 'Refuse it with 400 or 505.',
    retry: 'after a fix',
    example: request('GET', 'GET /ws HTTP/1.0'),
  },
  CONF_HOST: {
    layer: 'conformance',
    stage: 'upgrade',
    title: 'A handshake without Host is accepted',
    meaning: 'A request of HTTP/1.1 without Host was answered with 101; the answer to it must be 400.',
    actor: 'server',
    sections: ['RFC 9112 §3.2', 'RFC 6455 §4.2.1'],
    fix: 'Refuse it with 400.',
    retry: 'after a fix',
    example: request('Host:'),
  },
  CONF_FRAMING: {
    layer: 'conformance',
    stage: 'frame',
    title: 'Frames that must end the connection are accepted',
    meaning:
      'A frame that breaks the protocol (unmasked, with reserved bits, an unknown opcode, a control frame in fragments, text that is no UTF-8) was taken, or answered by dropping TCP without a close frame. The evidence names which.',
    actor: 'server',
    sections: ['RFC 6455 §5.1', 'RFC 6455 §5.2', 'RFC 6455 §7.1.7', 'RFC 6455 §8.1'],
    fix: 'Update or replace the library of the server; masking protects the proxies on the path.',
    retry: 'after a fix',
    example: '81 02 68 69',
  },
  PROTO_ECHO_ANY: {
    layer: 'subprotocol',
    stage: 'subprotocol',
    title: 'The server agrees to any subprotocol',
    meaning:
      'A subprotocol with a name that nobody has was selected. The server returns what it is offered, so both sides believe that they speak a protocol which one of them does not know.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.2', 'RFC 6455 §1.9'],
    fix: 'Give the server the list of subprotocols that it speaks (handleProtocols in ws).',
    retry: 'after a fix',
    example: response('', 'Sec-WebSocket-Protocol: x-handfast-none'),
  },
});

const operation = defineReasons({
  OPS_NO_SERVER_PING: {
    layer: 'operation',
    stage: 'close',
    title: 'The server sent no ping while the connection was idle',
    meaning:
      'In all of the time that was watched no ping came from the server. Pages cannot send pings, so nothing keeps their connections open through a proxy, and the server does not notice clients that are gone.',
    actor: 'server',
    sections: ['RFC 6455 §5.5.2'],
    fix: 'Ping every 25 s on the server, and end connections that do not answer.',
    retry: 'after a fix',
    example: 'A connection of 120 s on which the server sends nothing.',
  },
  OPS_SLOW_HANDSHAKE: {
    layer: 'operation',
    stage: 'http',
    title: 'The answer to the handshake takes more than a second',
    meaning:
      'TCP and TLS were quick, and the 101 was not. The server asks another service who the client is, starts cold, or has too much to do; after a restart all clients wait for that at once.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.2'],
    fix: 'Find what the handshake waits for, and give it a deadline or a cache.',
    retry: 'later',
    example: 'The 101 comes 1.8 s after the request.',
  },
  OPS_SINGLE_FAMILY: {
    layer: 'operation',
    stage: 'dns',
    title: 'The name has addresses of IPv4 only',
    meaning:
      'There is no AAAA record. Clients in networks of IPv6 alone reach the server through a translator, which has an idle time of its own.',
    actor: 'server',
    sections: ['RFC 6540 §2'],
    fix: 'Add an AAAA record once the server listens on IPv6.',
    retry: 'at once',
    example: 'A name with an A record and no AAAA record.',
  },
  OPS_CERT_SOON: {
    layer: 'operation',
    stage: 'tls',
    title: 'The certificate expires within 14 days',
    meaning:
      'On that day every client is refused at once (TLS_CERT_EXPIRED). Automatic renewal usually happens a month before, so it may have failed already.',
    actor: 'server',
    sections: ['RFC 5280 §4.1.2.5'],
    fix: 'Renew the certificate, reload the server, and look why it was not renewed by itself.',
    retry: 'at once',
    example: 'notAfter is nine days away.',
  },
});

/** All rows of this file by code. */
export const conformanceReasons = Object.freeze({ ...handshake, ...operation });
