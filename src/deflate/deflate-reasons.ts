// Knows: what can go wrong with compressed messages, one row each: an answer that agrees on what was not offered
// (RFC 7692 §5, §7.1), and a compressed message that cannot be expanded, or costs too much to (§7.2.2, §8).
// Must not know: how any of it is found (`permessage-deflate.ts`, `codec.ts`).
import { defineReasons } from '../reason.js';

export const deflateReasons = defineReasons({
  EXT_PARAM_UNKNOWN: {
    layer: 'extension',
    stage: 'extension',
    title: 'The answer has a parameter that permessage-deflate does not know',
    meaning:
      'An unknown parameter may change what the frames mean, so the client must fail the connection. Names are compared octet by octet.',
    actor: 'server',
    sections: ['RFC 7692 §7.1', 'RFC 7692 §5'],
    fix: 'Answer with server_no_context_takeover, client_no_context_takeover, server_max_window_bits and client_max_window_bits only; decline offers with other parameters.',
    retry: 'after a fix',
    example: 'A 101 with `permessage-deflate; level=9` to a request that offered permessage-deflate.',
  },
  EXT_PARAM_INVALID: {
    layer: 'extension',
    stage: 'extension',
    title: 'A parameter of permessage-deflate has a value that the offer does not allow',
    meaning:
      'A window is a number from 8 to 15 without leading zeros and not larger than offered; the takeover parameters have no value; each stands at most once; and what the offer demands is answered.',
    actor: 'server',
    sections: ['RFC 7692 §7.1', 'RFC 7692 §7.1.2', 'RFC 7692 §5'],
    fix: 'Answer each parameter once, with a value that the offer allows, or decline the offer.',
    retry: 'after a fix',
    example:
      'A 101 with `permessage-deflate; server_max_window_bits=16` to a request that offered permessage-deflate.',
  },
  EXT_CLIENT_BITS: {
    layer: 'extension',
    stage: 'extension',
    title: 'The answer has client_max_window_bits without a value, or without an offer of it',
    meaning:
      'In an answer client_max_window_bits has a value, and it may stand there only if the offer had it: otherwise the client does not know the parameter.',
    actor: 'server',
    sections: ['RFC 7692 §7.1.2.2'],
    fix: 'Answer client_max_window_bits only where it was offered, with a number from 8 to 15.',
    retry: 'after a fix',
    example: 'A 101 with `permessage-deflate; client_max_window_bits` to a request that offered it.',
  },
  EXT_INFLATE: {
    layer: 'frame',
    stage: 'frame',
    title: 'A compressed message cannot be expanded',
    meaning:
      'The payload is no DEFLATE data, is cut, refers further back than was agreed, or goes on behind its final block. ' +
      'If the first message came through and the second did not, the sides disagree about context takeover.',
    actor: 'client',
    closeCode: 1007,
    sections: ['RFC 7692 §7.2.2', 'RFC 7692 §8'],
    fix: 'Compress each message as RFC 7692 says, with the window and the takeover that were agreed on; check that no proxy changes Sec-WebSocket-Extensions in one direction.',
    retry: 'after a fix',
    example: '`c1 81 00 00 00 00 06` where permessage-deflate was agreed on',
  },
  MSG_INFLATE_RATE: {
    layer: 'message',
    stage: 'frame',
    title: 'Compressed messages expand to more in a second than the limit allows',
    meaning:
      'A few octets can expand to a thousand times as many, and expanding them costs the receiver time. All that a connection ' +
      'expands in one second is counted together against compression.maxInflatedBytesPerSecond.',
    actor: 'client',
    closeCode: 1008,
    sections: ['RFC 7692 §8', 'RFC 6455 §7.4.1'],
    fix: 'Send less, or raise compression.maxInflatedBytesPerSecond on the receiving side.',
    retry: 'later',
    example: 'messages that expand to 2 MiB in one second with maxInflatedBytesPerSecond: 1_048_576',
  },
});
