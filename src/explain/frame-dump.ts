// Knows: what to say about frames: one line each, what the first octets spell where they are none, and one cause.
// Must not know: how frames are read (`frame-reading.ts`), or where the octets came from.
import { isUtf8 } from 'node:buffer';
import type { HeadLine } from '../forensics/annotate.js';
import { closeCode } from '../forensics/close-codes.js';
import { spell, spellFrame } from '../forensics/first-bytes.js';
import { Opcode } from '../frames/frame.js';
import { acceptFor } from '../handshake/key.js';
import { doctorOnUrl } from './decide.js';
import { type Explanation, explanation, explanationOf, plainLine } from './explanation.js';
import { type FrameRead, readFrames } from './frame-reading.js';
import { octetsIn } from './hexdump.js';
import type { Material } from './material.js';
import { counted, showOctets, showText } from './show.js';

/** Frames that get a line: the first, and the last. */
const first = 60;
const last = 20;

export function explainFrames(material: Material): readonly Explanation[] | undefined {
  const octets = octetsIn(material.latin1) ?? rawFrames(material);
  if (octets === undefined) return undefined;
  return [explainKey(material.latin1.slice(0, 100)) ?? explainOctets(octets)];
}

/** A file of octets that are no text: frames as they came. */
function rawFrames({ octets, latin1 }: Material): Uint8Array | undefined {
  if (octets.length < 2) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells octets from text
  if (/[\x00-\x08\x0e-\x1a]/.test(latin1.slice(0, 4096))) return octets;
  if (isUtf8(octets)) return undefined;
  return readFrames(octets.subarray(0, 256))[0]?.fault === undefined ? octets : undefined;
}

/** Sixteen octets in base64 that are no frames: a key. */
function explainKey(written: string): Explanation | undefined {
  const key = written.trim();
  if (!/^[\w+/]{22}==$/.test(key)) return undefined;
  const frames = readFrames(Buffer.from(key, 'base64'));
  if (frames.every(({ fault, isCut }) => fault === undefined && !isCut)) return undefined;
  return explanation({
    isGood: true,
    title: 'Sixteen octets in base64: a Sec-WebSocket-Key',
    saw: `${key} must be answered with Sec-WebSocket-Accept: ${acceptFor(key)}`,
  });
}

function explainOctets(octets: Uint8Array): Explanation {
  const frames = readFrames(octets);
  const listings = [{ about: '', lines: frameLines(frames) }];
  const bad = frames.find(({ fault }) => fault !== undefined);
  if (bad !== undefined) return explainFault(bad, octets, listings);
  const masked = frames.filter(({ masked }) => masked).length;
  const who =
    masked === frames.length
      ? 'A client: every frame is masked.'
      : masked === 0
        ? 'A server: no frame is masked.'
        : 'Both: the masked frames come from a client, the others from a server.';
  const cut = frames.at(-1)?.isCut ? '; the last one is cut' : '';
  return explanation({
    isGood: true,
    source: counted(octets.length, 'octet'),
    listings,
    title: `${counted(frames.length, 'frame')} without a fault${cut}`,
    who,
    couldNotKnow: frames.some(({ rsv }) => rsv !== 0)
      ? 'Whether compression was agreed on: the heads of the handshake tell.'
      : '',
  });
}

function explainFault(
  { fault, at, octets }: FrameRead,
  all: Uint8Array,
  listings: Explanation['listings'],
): Explanation {
  const { reason, seen, wanted } = fault!;
  const spelled = spell(all.subarray(at, at + 256));
  const isOther = spelled !== undefined && spelled.service !== 'text';
  const misread = spellFrame(octets);
  const saw = [
    `${seen}${wanted === undefined ? '' : `; wanted ${wanted}`}, at octet ${at}.`,
    spelled === undefined ? '' : `Read as text this is ${spelled.text}.`,
    misread === undefined ? '' : `Read as a frame: ${misread.text}.`,
  ];
  const isRsv = reason.code === 'FRAME_RSV';
  const code =
    isRsv && isOther && (spelled.service === 'http' || spelled.service === 'html')
      ? 'FRAME_HTTP_IN_STREAM'
      : reason.code;
  return explanationOf(code, isRsv ? 'likely' : 'proven', {
    source: counted(all.length, 'octet'),
    listings,
    saw: saw.filter(Boolean).join('\n'),
    candidates: isRsv ? ['EXT_STRIPPED_ONE_WAY', 'FRAME_TWO_WRITERS'].filter((each) => each !== code) : [],
    ...(isRsv && {
      couldNotKnow: 'Whether compression was agreed on: the heads of the handshake tell.',
      decide: doctorOnUrl,
    }),
  });
}

/** One line a frame; `label` says when and from whom, where that is known. */
export function frameLines(
  frames: readonly FrameRead[],
  label: (frame: FrameRead) => string = () => '',
): HeadLine[] {
  const left = frames.length - first - last;
  if (left <= 0) return frames.map((frame) => frameLine(frame, label(frame)));
  return [
    ...frames.slice(0, first).map((frame) => frameLine(frame, label(frame))),
    plainLine('…', `${counted(left, 'frame')} more`),
    ...frames.slice(-last).map((frame) => frameLine(frame, label(frame))),
  ];
}

const names: Readonly<Record<number, readonly [name: string, section: string]>> = {
  [Opcode.continuation]: ['continuation', 'RFC 6455 §5.4'],
  [Opcode.text]: ['text', 'RFC 6455 §5.6'],
  [Opcode.binary]: ['binary', 'RFC 6455 §5.6'],
  [Opcode.close]: ['close', 'RFC 6455 §5.5.1'],
  [Opcode.ping]: ['ping', 'RFC 6455 §5.5.2'],
  [Opcode.pong]: ['pong', 'RFC 6455 §5.5.3'],
};

function frameLine(frame: FrameRead, label: string): HeadLine {
  const [, section] = names[frame.opcode] ?? ['', 'RFC 6455 §5.2'];
  const { fault } = frame;
  const note = `${headerWords(frame)}${payloadWords(frame)}`;
  if (fault === undefined) {
    return { label, value: showOctets(frame.octets, 8), mark: frame.isCut ? 'warn' : 'good', note, section };
  }
  return {
    label,
    value: showOctets(frame.octets, 8),
    mark: 'bad',
    code: fault.reason.code,
    note: `${fault.reason.title}: ${note}`,
    section: fault.reason.sections[0] ?? section,
  };
}

function headerWords({ opcode, fin, rsv, masked, payloadBytes, isCut, octets }: FrameRead): string {
  if (isCut && octets.length < 2) return 'cut inside the header';
  const bits = [0x40, 0x20, 0x10].flatMap((bit, at) => ((rsv & bit) === 0 ? [] : `RSV${at + 1}`));
  const parts = [
    names[opcode]?.[0] ?? `opcode ${opcode}`,
    ...(fin ? [] : ['not the last fragment']),
    ...bits,
    masked ? 'masked' : 'not masked',
    counted(payloadBytes, 'octet'),
    ...(isCut ? ['cut'] : []),
  ];
  return parts.join(', ');
}

function payloadWords({ opcode, payload, rsv, isExpanded, closeCode: code }: FrameRead): string {
  if (payload.length === 0) return '';
  if (opcode === Opcode.close) {
    if (code === undefined) return '';
    const reason = payload.length > 2 ? ` "${textOf(payload.subarray(2))}"` : '';
    return `: ${code} ${closeCode(code)?.name ?? ''}${reason}`.trimEnd();
  }
  const isReadable = opcode === Opcode.text && (rsv === 0 || isExpanded);
  const isText = isReadable || (opcode !== Opcode.binary && isPrintable(payload));
  const how = isExpanded ? ' expanded' : '';
  return isText ? `:${how} "${textOf(payload)}"` : `:${how} ${showOctets(payload, 16)}`;
}

function textOf(payload: Uint8Array): string {
  return showText(new TextDecoder().decode(payload.subarray(0, 400)), 80);
}

function isPrintable(payload: Uint8Array): boolean {
  return payload.subarray(0, 80).every((octet) => octet >= 0x20 && octet < 0x7f);
}
