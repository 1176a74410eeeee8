// Knows: every way in which frames and messages of a peer can break the rules, one row each, with the close code to send.
// Must not know: how they are found (`decoder.ts`, `messages.ts`). RFC 6455 §5, §7.4.1, §8.1.
import type { Reason } from '../reason.js';
import { defineReasons } from '../reason.js';

export const VIOLATIONS = defineReasons({
  FRAME_UNMASKED_BY_CLIENT: {
    layer: 'frame',
    stage: 'frame',
    title: 'A client must mask every frame',
    meaning:
      'The frame came from a client and its mask bit is 0. Masking keeps a hostile page from writing chosen octets into ' +
      'intermediaries, so a server must not read on.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.1', 'RFC 6455 §5.3'],
    fix: 'Mask every frame with a fresh random key. If a proxy sits between, it may have rewritten the stream.',
    retry: 'after a fix',
    example: '81 05 48 65 6c 6c 6f',
  },
  FRAME_MASKED_BY_SERVER: {
    layer: 'frame',
    stage: 'frame',
    title: 'A server must not mask any frame',
    meaning: 'The frame came from a server and its mask bit is 1. A client must close when it sees one.',
    actor: 'server',
    closeCode: 1002,
    sections: ['RFC 6455 §5.1'],
    fix: 'Send frames without a mask from the server. Two clients wired to each other look like this too.',
    retry: 'after a fix',
    example: '81 85 37 fa 21 3d 7f 9f 4d 51 58',
  },
  FRAME_RSV: {
    layer: 'frame',
    stage: 'frame',
    title: 'A reserved bit is set that no extension was agreed for',
    meaning:
      'RSV1, RSV2 and RSV3 are 0 unless an extension gives them a meaning. RSV1 without agreed compression usually means that ' +
      'a proxy removed Sec-WebSocket-Extensions in one direction, or that something else than WebSocket is in the stream.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.2'],
    fix: 'Let proxies pass Sec-WebSocket-Extensions both ways, or switch compression off on both sides.',
    retry: 'after a fix',
    example: 'c1 85 37 fa 21 3d 7f 9f 4d 51 58',
  },
  FRAME_OPCODE: {
    layer: 'frame',
    stage: 'frame',
    title: 'The opcode is reserved',
    meaning:
      'Opcodes 3 to 7 and 11 to 15 have no meaning yet. A receiver must fail the connection on the header.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.2'],
    fix: 'Send text (1), binary (2), continuation (0), close (8), ping (9) or pong (10).',
    retry: 'after a fix',
    example: '83 80 00 00 00 00',
  },
  FRAME_CONTROL_FRAGMENTED: {
    layer: 'frame',
    stage: 'frame',
    title: 'A control frame must not be fragmented',
    meaning: 'Close, ping and pong travel in one frame: their FIN bit is always 1.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.4', 'RFC 6455 §5.5'],
    fix: 'Set FIN on close, ping and pong.',
    retry: 'after a fix',
    example: '09 80 00 00 00 00',
  },
  FRAME_CONTROL_TOO_LONG: {
    layer: 'frame',
    stage: 'frame',
    title: 'A control frame carries more than 125 octets',
    meaning:
      'The payload of close, ping and pong is limited to 125 octets, so that they fit between the fragments of a message.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.5'],
    fix: 'Shorten the ping payload or the close reason (123 octets of UTF-8).',
    retry: 'after a fix',
    example: '89 fe 00 7e 00 00 00 00',
  },
  FRAME_CONTINUATION: {
    layer: 'frame',
    stage: 'frame',
    title: 'Fragments are out of order',
    meaning:
      'A continuation frame came although no message was open, or a new message began before the last one was finished. ' +
      'Only control frames may stand between the fragments of a message.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.4'],
    fix: 'Finish a fragmented message before the next one. Two writers on one socket without a lock look like this too.',
    retry: 'after a fix',
    example: '80 80 00 00 00 00',
  },
  FRAME_LENGTH: {
    layer: 'frame',
    stage: 'frame',
    title: 'The length is not in its shortest form, or its top bit is set',
    meaning:
      'A length is written with the least number of octets that holds it, and a 64-bit length begins with a 0 bit. ' +
      'Other forms let two readers of one stream disagree.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.2'],
    fix: '7 bits up to 125, 16 bits up to 65,535, 64 bits above.',
    retry: 'after a fix',
    example: '81 fe 00 05 00 00 00 00',
  },
  FRAME_HTTP_IN_STREAM: {
    layer: 'frame',
    stage: 'frame',
    title: 'The stream holds HTTP where a frame should begin',
    meaning:
      'The octets read as text, such as "HTTP/1.1 400" or "<html". An HTTP layer still owns the socket: an error page, a ' +
      'version check after the upgrade, or a second listener for the same upgrade wrote into the open connection.',
    actor: 'server',
    closeCode: 1002,
    sections: ['RFC 6455 §5.2', 'RFC 9110 §7.8'],
    fix: 'Let one WebSocket server own the path, and write nothing to the socket once 101 was sent.',
    retry: 'after a fix',
    example: '48 54 54 50 2f 31 2e 31 20 34 30 30',
  },
  FRAME_TRUNCATED: {
    layer: 'frame',
    stage: 'frame',
    title: 'The stream ended inside a frame',
    meaning:
      'The peer or something between sent FIN after part of a frame. The rest of the message will not come.',
    actor: 'network',
    closeCode: 1006,
    sections: ['RFC 6455 §7.1.7'],
    fix: 'Look for a crash of the peer, or for a proxy that cut the connection: its log says when and why.',
    retry: 'later',
    example: '81 85 37 fa 21',
  },
  MSG_UTF8: {
    layer: 'message',
    stage: 'frame',
    title: 'A text is not UTF-8',
    meaning:
      'The octet at the given offset cannot stand there in UTF-8, or the message ended inside a character.',
    actor: 'client',
    closeCode: 1007,
    sections: ['RFC 6455 §8.1', 'RFC 3629 §4'],
    fix: 'Send octets that are not text as a binary message; encode text as UTF-8 without lone surrogates.',
    retry: 'after a fix',
    example: '81 82 00 00 00 00 c0 af',
  },
  MSG_TOO_BIG: {
    layer: 'message',
    stage: 'frame',
    title: 'The message is larger than the limit',
    meaning:
      'The declared length, or the sum of the fragments so far, is above limits.maxMessageBytes. It was refused on the header.',
    actor: 'client',
    closeCode: 1009,
    sections: ['RFC 6455 §7.4.1', 'RFC 6455 §10.4'],
    fix: 'Send it in several messages, or raise limits.maxMessageBytes on the receiving side.',
    retry: 'after a fix',
    example: '82 ff 00 00 00 00 00 10 00 01 00 00 00 00',
  },
  MSG_FRAGMENTS: {
    layer: 'message',
    stage: 'frame',
    title: 'The message has too many fragments',
    meaning:
      'Every fragment costs the receiver work, however small it is, so their number has a limit of its own: limits.maxFragments.',
    actor: 'client',
    closeCode: 1008,
    sections: ['RFC 6455 §10.4'],
    fix: 'Send larger fragments, or raise limits.maxFragments on the receiving side.',
    retry: 'after a fix',
    example: '01 81 00 00 00 00 61, then 00 81 00 00 00 00 61 again and again',
  },
  MSG_TYPE: {
    layer: 'message',
    stage: 'frame',
    title: 'The message is of the type that this endpoint does not take',
    meaning: 'The endpoint takes only text or only binary messages (option `messages`), and the other came.',
    actor: 'client',
    closeCode: 1003,
    sections: ['RFC 6455 §7.4.1'],
    fix: 'Send the other type: a string for text, bytes for binary.',
    retry: 'after a fix',
    example: '82 81 00 00 00 00 00 to an endpoint with messages: "text"',
  },
  MSG_RATE: {
    layer: 'message',
    stage: 'frame',
    title: 'More messages in a second than the limit allows',
    meaning:
      'Messages, pings and pongs of one second are counted together against limits.maxMessagesPerSecond.',
    actor: 'client',
    closeCode: 1008,
    sections: ['RFC 6455 §10.4', 'RFC 6455 §7.4.1'],
    fix: 'Send less often, or put several events in one message.',
    retry: 'later',
    example: 'eleven empty messages in one second with maxMessagesPerSecond: 10',
  },
  MSG_TIMEOUT: {
    layer: 'message',
    stage: 'frame',
    title: 'A message did not arrive whole within its time',
    meaning:
      'The first octet of a message came and its last one did not within timeouts.messageMs. A slow drip holds memory for nothing.',
    actor: 'client',
    closeCode: 1008,
    sections: ['RFC 6455 §10.4'],
    fix: 'Send smaller messages on slow lines, or raise timeouts.messageMs on the receiving side.',
    retry: 'later',
    example: '01 81 00 00 00 00 61, then silence for 30 s',
  },
  CLOSE_PAYLOAD: {
    layer: 'close',
    stage: 'close',
    title: 'The close frame carries a single octet',
    meaning:
      'A close frame is empty, or begins with a code of two octets. The reason that follows must be UTF-8.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.5.1'],
    fix: 'Send two octets of code, then the reason; or nothing.',
    retry: 'after a fix',
    example: '88 81 00 00 00 00 03',
  },
  CLOSE_CODE_INVALID: {
    layer: 'close',
    stage: 'close',
    title: 'The close code may not stand in a close frame',
    meaning:
      '0-999, 1004-1006, 1015-2999 and everything from 5000 on are unused or reserved for local use: 1005 and 1006 are never sent.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §7.4.1', 'RFC 6455 §7.4.2'],
    fix: 'Use 1000-1003, 1007-1014, or 3000-4999.',
    retry: 'after a fix',
    example: '88 82 00 00 00 00 03 ed',
  },
});

/** Something a peer must not send: the row, and what was seen where. */
export interface Violation {
  readonly reason: Reason;
  readonly seen: string;
  /** What the rule or limit allows, where the row alone does not say it. */
  readonly wanted: string | undefined;
}

export function violation(code: keyof typeof VIOLATIONS, seen: string, wanted?: string): Violation {
  return { reason: VIOLATIONS[code], seen, wanted };
}
