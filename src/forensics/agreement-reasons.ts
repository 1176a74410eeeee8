// Knows: what two sides took for agreed and then understood differently: subprotocols, compression, who may write on a socket.
// RFC 6455 §4.2.2 and §5, RFC 7692 §6 and §7.
// Must not know: how it is found. What an answer says wrong by itself is in handshake/response-reasons.ts and deflate/.
import { request, response } from '../handshake/examples.js';
import { defineReasons } from '../reason.js';

export const agreementReasons = defineReasons({
  RESP_FRAMES_WITH_HEAD_LOST: {
    layer: 'response',
    stage: 'upgrade',
    title: 'The client loses a message that came together with the 101',
    meaning:
      'The server may send a frame right behind its answer, in the same segment. A client, or a proxy, that throws away what was read behind the head never sees that message.',
    actor: 'client',
    sections: ['RFC 6455 §4.1', 'RFC 9110 §7.8'],
    fix: 'Update the client; on Node the third argument of the event upgrade holds these octets.',
    retry: 'after a fix',
    example: 'The head of a 101 and 81 02 68 69 in one write; the client shows no message.',
  },
  PROTO_VERSION_MISMATCH: {
    layer: 'subprotocol',
    stage: 'close',
    title: 'Client and server speak two generations of a protocol with similar names',
    meaning:
      'The names are near each other, the messages are not: graphql-ws is the old protocol and graphql-transport-ws the new one, mqttv3.1 is not mqtt. The connection opens, and then one side is silent or closes with a code of its own (4400).',
    actor: 'client',
    sections: ['RFC 6455 §1.9', 'RFC 6455 §11.5'],
    fix: 'Offer the subprotocol that the library of the server documents, or take the client that belongs to it.',
    retry: 'after a fix',
    example: request('', 'Sec-WebSocket-Protocol: graphql-ws'),
  },
  PROTO_TOKEN_LEAK: {
    layer: 'subprotocol',
    stage: 'subprotocol',
    title: 'The answer repeats a token as the subprotocol',
    meaning:
      'The client offered a credential as a subprotocol, as programs do because browsers can set no fields, and the server selected that one. It now stands in the answer, where proxies and logs keep it.',
    actor: 'server',
    sections: ['RFC 6455 §10.5', 'RFC 6455 §4.2.2'],
    fix: 'Offer a name beside the token and select that name; better, use a ticket for one use.',
    retry: 'after a fix',
    example: response('', 'Sec-WebSocket-Protocol: eyJhbGciOiJIUzI1NiJ9.e30.c2ln'),
  },
  EXT_OFFER_REFUSED_400: {
    layer: 'extension',
    stage: 'extension',
    title: 'The server refuses the handshake for an offer that it could decline',
    meaning:
      'Without Sec-WebSocket-Extensions the same handshake is answered with 101. An offer that a server does not like is to be left out of the answer; some libraries answer 400 instead.',
    actor: 'server',
    sections: ['RFC 7692 §5.1', 'RFC 6455 §9.1'],
    fix: 'Let the server decline what it does not support; until then offer permessage-deflate without parameters, or nothing.',
    retry: 'after a fix',
    example: request('', 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16'),
  },
  EXT_STRIPPED_ONE_WAY: {
    layer: 'extension',
    stage: 'frame',
    title: 'One side compresses and the other does not know of it',
    meaning:
      'The server agreed on permessage-deflate and its answer lost the field on the way, so its first compressed frame (RSV1 set, c1 or c2) breaks the connection. Clients say "RSV1 must be clear" or close with 1002.',
    actor: 'proxy',
    sections: ['RFC 7692 §6', 'RFC 6455 §5.2'],
    fix: 'Let the proxy pass Sec-WebSocket-Extensions on both ways, or switch compression off on the server.',
    retry: 'after a fix',
    example: 'A 101 without Sec-WebSocket-Extensions, and then c1 07 f2 48 cd c9 c9 07 00.',
  },
  EXT_WINDOW_8: {
    layer: 'extension',
    stage: 'extension',
    title: 'A window of 8 bits was asked for, which zlib does not make',
    meaning:
      'The smallest window of RFC 7692 has 256 octets. zlib cannot compress into it: libraries that use it answer 9, decline, fail, or produce what the other side cannot expand.',
    actor: 'client',
    sections: ['RFC 7692 §7.1.2'],
    fix: 'Ask for 9 bits or more.',
    retry: 'after a fix',
    example: request('', 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8'),
  },
  FRAME_TWO_WRITERS: {
    layer: 'frame',
    stage: 'frame',
    title: 'Two writers share one socket',
    meaning:
      'The frames are right up to some octet, and there, in the middle of one, another begins. Two libraries handle the same upgrade, or two threads write without a lock.',
    actor: 'server',
    sections: ['RFC 6455 §5.2'],
    fix: 'Let one library handle an upgrade (with several, route by path and noServer), and let one writer at a time use a connection.',
    retry: 'after a fix',
    example: '81 05 68 65 81 02 68 69',
  },
  PONG_PAYLOAD: {
    layer: 'ping',
    stage: 'frame',
    title: 'A pong does not carry the payload of its ping',
    meaning:
      'A pong repeats what the ping held. A peer that matches them by the payload takes the ping for unanswered, and ends a connection that is alive.',
    actor: 'server',
    sections: ['RFC 6455 §5.5.3'],
    fix: 'Answer a ping with exactly its payload; libraries do that by themselves.',
    retry: 'after a fix',
    example: 'The ping 89 02 68 69 is answered with 8a 00.',
  },
});
