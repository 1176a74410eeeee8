// Knows: what is wrong with what a server sends behind its 101: octets that are no frames, headers, their order, payloads.
// Must not know: how the connection ends. RFC 6455 §5, RFC 7692 §6, §7.
import { constants, inflateRawSync } from 'node:zlib';
import { spell, spellFrame } from '../../forensics/first-bytes.js';
import { isSendableCloseCode } from '../../frames/frame.js';
import { printable } from '../../reason.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import type { FrameSeen, Observation } from '../observation.js';
import { fieldOf, payloadOf } from '../reading.js';
import type { Finding } from '../report.js';

export function incoming({ frames }: Observation): readonly FrameSeen[] {
  return frames.filter(({ direction }) => direction === 'in');
}

/** The octets themselves show it. */
export function fault(seen: Observation, code: string, detail: string, ...lines: readonly string[]): Finding {
  return finding(code, {
    confidence: 'proven',
    detail,
    steps: [step(seen), ...lines.map((line) => remark(line))],
  });
}

// What is no frame.

export function strayFault(seen: Observation): Finding | undefined {
  if (seen.stray === undefined) return undefined;
  const octets = Buffer.from(seen.stray, 'hex');
  const spelled = spell(octets);
  const shown = `${octets
    .subarray(0, 16)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ')} …`;
  if (spelled?.service === 'http' || spelled?.service === 'html') {
    return fault(
      seen,
      'FRAME_HTTP_IN_STREAM',
      `Behind the 101 stands ${spelled.text}: a layer of HTTP still owns the socket.`,
      shown,
    );
  }
  const misread = spellFrame(octets);
  const code = misread !== undefined && misread.rsv.length > 0 ? 'FRAME_RSV' : 'FRAME_OPCODE';
  return fault(
    seen,
    code,
    `What stands in the stream is no frame${spelled === undefined ? '' : ` but ${spelled.text}`}.`,
    shown,
    misread?.text ?? '',
  );
}

// Frames.

export function frameFault(own: Case, seen: Observation): Finding | undefined {
  const agreed = fieldOf(seen, 'sec-websocket-extensions');
  let isInMessage = false;
  for (const frame of incoming(seen)) {
    const broken =
      headerFault(own, seen, frame, agreed) ??
      orderFault(seen, frame, isInMessage) ??
      payloadFault(seen, frame, agreed);
    if (broken !== undefined) return broken;
    if (frame.opcode < 8) isInMessage = !frame.fin;
  }
  return undefined;
}

function headerFault(
  own: Case,
  seen: Observation,
  frame: FrameSeen,
  agreed: string | undefined,
): Finding | undefined {
  const { opcode, rsv, masked, fin, length } = frame;
  const shown = `opcode ${opcode}, FIN ${fin ? 1 : 0}, RSV ${rsv.toString(2).padStart(3, '0')}, ${length} octets`;
  // RFC 7692 §6.1: of a message the first frame alone says that it is compressed.
  const isCompression = rsv === 4 && (opcode === 1 || opcode === 2) && agreed !== undefined;
  if (rsv !== 0 && !isCompression) {
    if (rsv === 4 && agreed === undefined && own.target.deflate) {
      const detail =
        'The server sends a compressed message, and its 101 agreed on no compression: the field that says so was lost on the way to us.';
      return { ...fault(seen, 'EXT_STRIPPED_ONE_WAY', detail, shown), confidence: 'strong' };
    }
    return fault(seen, 'FRAME_RSV', 'A reserved bit is set that no extension stands for.', shown);
  }
  if ((opcode & 0x07) > 2) return fault(seen, 'FRAME_OPCODE', `Opcode ${opcode} has no meaning.`, shown);
  if (masked)
    return fault(
      seen,
      'FRAME_MASKED_BY_SERVER',
      'Every client ends the connection on a masked frame of a server.',
      shown,
    );
  if (opcode >= 8 && !fin) return fault(seen, 'FRAME_CONTROL_FRAGMENTED', '', shown);
  if (opcode >= 8 && length > 125) return fault(seen, 'FRAME_CONTROL_TOO_LONG', '', shown);
  if (frame.isLengthIllegal) return fault(seen, 'FRAME_LENGTH', '', shown);
  if (length >= 2 ** 53) return fault(seen, 'MSG_TOO_BIG', 'No client takes a frame of this length.', shown);
  return undefined;
}

function orderFault(seen: Observation, { opcode }: FrameSeen, isInMessage: boolean): Finding | undefined {
  if (opcode >= 8 || (opcode === 0) === isInMessage) return undefined;
  const detail = isInMessage
    ? 'A new message begins before the last one is finished.'
    : 'A fragment continues a message that was never begun.';
  return fault(seen, 'FRAME_CONTINUATION', detail, `opcode ${opcode}`);
}

function payloadFault(seen: Observation, frame: FrameSeen, agreed: string | undefined): Finding | undefined {
  const payload = payloadOf(frame);
  if (frame.opcode === 8) return closeFault(seen, payload);
  if (frame.rsv === 4 && agreed !== undefined) return inflateFault(seen, frame);
  if (frame.opcode !== 1 || !isWhole(frame) || isUtf8(payload)) return undefined;
  const inside = payload.findIndex((octet, at) => HEADERS.has(octet) && (payload[at + 1] ?? 0x80) <= 125);
  if (inside >= 0) {
    const detail = `Octet ${inside} of a text message looks like the header of another frame: two writers share the connection without a lock.`;
    return {
      ...fault(seen, 'FRAME_TWO_WRITERS', detail, payload.subarray(0, 32).toString('hex')),
      confidence: 'likely',
    };
  }
  return fault(seen, 'MSG_UTF8', 'A text message is no UTF-8.', printable(payload.toString('latin1'), 60));
}

/** First octets of unfragmented frames; none of them begins a character of UTF-8. */
const HEADERS: ReadonlySet<number> = new Set([0x81, 0x82, 0x88, 0x89, 0x8a]);

function isUtf8(octets: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets);
    return true;
  } catch {
    return false;
  }
}

/** Each message with what came before it as its dictionary (RFC 7692 §7.2.3.2), as far as all of them are here. */
function inflateFault(seen: Observation, judged: FrameSeen): Finding | undefined {
  const compressed = incoming(seen).filter(({ rsv }) => rsv === 4);
  const messages = compressed.slice(0, compressed.indexOf(judged) + 1);
  if (!messages.every(isWhole)) return undefined;
  let window: Buffer = Buffer.alloc(0);
  for (const one of messages) {
    const message = inflated(payloadOf(one), window);
    if (message instanceof Error) return unreadable(seen, messages.length, message);
    window = Buffer.concat([window, message]).subarray(-WINDOW);
  }
  return undefined;
}

function isWhole(frame: FrameSeen): boolean {
  return frame.fin && payloadOf(frame).length === frame.length;
}

function inflated(octets: Buffer, dictionary: Buffer): Buffer | NodeJS.ErrnoException {
  try {
    return inflateRawSync(Buffer.concat([octets, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_INFLATED,
      ...(dictionary.length > 0 && { dictionary }),
    });
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** What is too large to look at is no fault of the server. */
function unreadable(seen: Observation, count: number, error: NodeJS.ErrnoException): Finding | undefined {
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return undefined;
  return fault(seen, 'EXT_INFLATE', `Compressed message ${count} cannot be inflated: ${error.message}.`);
}

const MAX_INFLATED = 1024 * 1024;
const WINDOW = 32_768;

/** RFC 7692 §7.2.2. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

function closeFault(seen: Observation, payload: Buffer): Finding | undefined {
  if (payload.length === 0) return undefined;
  if (payload.length === 1)
    return fault(seen, 'CLOSE_PAYLOAD', 'The close frame carries one octet, which is no code.');
  const code = payload.readUInt16BE(0);
  if (!isSendableCloseCode(code))
    return fault(seen, 'CLOSE_CODE_INVALID', `${code} must not stand in a close frame.`);
  return isUtf8(payload.subarray(2))
    ? undefined
    : fault(seen, 'CLOSE_PAYLOAD', 'The reason in the close frame is no UTF-8.');
}
