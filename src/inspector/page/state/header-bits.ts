// Knows: the header of a frame that must not be, bit by bit, and which of its bits are why (RFC 6455 §5.2).
// Must not know: how it is drawn. The masking key is not told of a frame, and of a length that is too long only its value.
import type { FrameRow } from '../../protocol.js';
import { opcodeName, payloadLength } from './frames.js';

export interface HeaderPart {
  readonly name: string;
  readonly bits: string;
  /** What the bits say. */
  readonly says: string;
  readonly isWrong: boolean;
}

export interface FaultyHeader {
  readonly parts: readonly HeaderPart[];
  /** What is wrong, and what would be right. */
  readonly words: string;
}

interface Fault {
  readonly wrong: readonly string[];
  readonly words: string;
}

const RSV = ['RSV1', 'RSV2', 'RSV3'];

const FAULTS: Readonly<Record<string, Fault>> = {
  FRAME_UNMASKED_BY_CLIENT: { wrong: ['MASK'], words: 'MASK is 0, and a client masks every frame.' },
  FRAME_MASKED_BY_SERVER: { wrong: ['MASK'], words: 'MASK is 1, and a server masks no frame.' },
  FRAME_RSV: { wrong: RSV, words: 'A reserved bit is 1, and no extension that was agreed on uses it here.' },
  FRAME_OPCODE: { wrong: ['opcode'], words: 'Opcodes 3 to 7 and 11 to 15 are reserved.' },
  FRAME_CONTROL_FRAGMENTED: {
    wrong: ['FIN', 'opcode'],
    words: 'FIN is 0 on a control frame, and control frames are not fragmented.',
  },
  FRAME_CONTROL_TOO_LONG: {
    wrong: ['opcode', 'length'],
    words: 'A control frame carries 125 octets at most.',
  },
  FRAME_CONTINUATION: {
    wrong: ['opcode'],
    words: 'A continuation needs a message that is open, and a new message needs the one before to be whole.',
  },
  FRAME_LENGTH: {
    wrong: ['length'],
    words: 'A length stands in the fewest octets that hold it, and its top bit is 0.',
  },
  FRAME_HTTP_IN_STREAM: {
    wrong: ['FIN', ...RSV, 'opcode', 'MASK', 'length'],
    words: 'These octets are no header: they spell HTTP or HTML.',
  },
  MSG_TOO_BIG: { wrong: ['length'], words: 'The message would be larger than this server takes.' },
  MSG_TYPE: { wrong: ['opcode'], words: 'This server takes the other type of message.' },
};

/** Undefined where no bit of the header is at fault: the payload is, or the time. */
export function faultyHeader(frame: FrameRow): FaultyHeader | undefined {
  const fault = FAULTS[frame.fault ?? ''];
  if (fault === undefined) return undefined;
  const isZeroRsv = (part: Omit<HeaderPart, 'isWrong'>) => RSV.includes(part.name) && part.bits === '0';
  const parts = partsOf(frame).map((part) => ({
    ...part,
    isWrong: fault.wrong.includes(part.name) && (fault.wrong !== RSV || !isZeroRsv(part)),
  }));
  return { parts, words: fault.words };
}

function partsOf(frame: FrameRow): Array<Omit<HeaderPart, 'isWrong'>> {
  const { fin, rsv, opcode, masked } = frame;
  const bit = (isSet: boolean) => (isSet ? '1' : '0');
  return [
    { name: 'FIN', bits: bit(fin), says: fin ? 'the last frame of its message' : 'more follows' },
    ...RSV.map((name, at) => {
      const isSet = (rsv & (0x40 >> at)) !== 0;
      return { name, bits: bit(isSet), says: isSet ? 'set' : '' };
    }),
    { name: 'opcode', bits: opcode.toString(2).padStart(4, '0'), says: opcodeName(opcode) },
    { name: 'MASK', bits: bit(masked), says: masked ? 'masked' : 'not masked' },
    lengthOf(frame),
  ];
}

function lengthOf(frame: FrameRow): Omit<HeaderPart, 'isWrong'> {
  const length = payloadLength(frame);
  const seven = length < 126 ? length : length < 65_536 ? 126 : 127;
  const more = seven < 126 ? '' : seven === 126 ? ' + 16' : ' + 64';
  const isLonger = frame.fault === 'FRAME_LENGTH';
  return {
    name: 'length',
    bits: isLonger ? '111111x' : `${seven.toString(2).padStart(7, '0')}${more}`,
    says: `${length} octets${isLonger ? ', in 16 or 64 bits more' : ''}`,
  };
}
