// Knows: frames of STOMP 1.0 to 1.2: a command, header lines, a body up to NUL or of a declared length.
// https://stomp.github.io/stomp-specification-1.2.html
import { bodyOf, type Decoded, type Decoder } from './decoder.js';

const COMMANDS: ReadonlySet<string> = new Set([
  ...['CONNECT', 'STOMP', 'CONNECTED', 'SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK', 'BEGIN', 'COMMIT'],
  ...['ABORT', 'DISCONNECT', 'MESSAGE', 'RECEIPT', 'ERROR'],
]);
const LF = 10;
const CR = 13;
const MOST_FRAMES = 100;

interface Frame {
  readonly command: string;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Uint8Array;
  readonly isCut: boolean;
  /** Where the next one begins. */
  readonly end: number;
}

export const stomp: Decoder = {
  key: 'stomp',
  label: 'STOMP',
  speaks: ({ subprotocol }) => /^v1\d\.stomp$/i.test(subprotocol),
  read({ bytes }, isSpoken) {
    if (afterLines(bytes, 0) === bytes.length)
      return isSpoken && bytes.length > 0 ? { brief: 'heart-beat' } : undefined;
    const [first, ...others] = framesOf(bytes);
    return first === undefined ? undefined : told(first, others);
  },
};

function told({ command, headers, body, isCut }: Frame, others: readonly Frame[]): Decoded {
  const find = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
  const about = find('destination') ?? find('message') ?? find('id') ?? find('receipt-id') ?? '';
  const more = others.length === 0 ? '' : `, and ${others.map((frame) => frame.command).join(', ')}`;
  return {
    brief: `${command} ${about}`.trim() + more,
    facts: [
      ['command', command],
      ...headers.map(([name, value]) => [name, name === 'passcode' ? '(not shown)' : value] as const),
      ...(isCut ? [['body', 'only its beginning is here'] as const] : []),
      ...(others.length === 0
        ? []
        : [['behind it', others.map((frame) => frame.command).join(', ')] as const]),
    ],
    ...(body.length > 0 && { body: bodyOf(body) }),
  };
}

function framesOf(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  for (let at = afterLines(bytes, 0); at < bytes.length && frames.length < MOST_FRAMES; ) {
    const frame = frameAt(bytes, at);
    if (frame === undefined) break;
    frames.push(frame);
    at = afterLines(bytes, frame.end);
  }
  return frames;
}

/** Heart-beats may stand before and between frames. */
function afterLines(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === LF || bytes[at] === CR) at += 1;
  return at;
}

function frameAt(bytes: Uint8Array, from: number): Frame | undefined {
  const lines: string[] = [];
  let at = from;
  for (;;) {
    const end = bytes.indexOf(LF, at);
    if (end < 0) return undefined;
    const line = new TextDecoder().decode(bytes.subarray(at, bytes[end - 1] === CR ? end - 1 : end));
    at = end + 1;
    if (line === '') break;
    if (lines.length === 0 && !COMMANDS.has(line)) return undefined;
    lines.push(line);
  }
  const [command = '', ...rest] = lines;
  const headers = rest.map((line) => headerOf(line, command));
  return { command, headers, ...bodyAt(bytes, at, headers) };
}

function headerOf(line: string, command: string): readonly [string, string] {
  const colon = line.indexOf(':');
  const pair = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
  // For the sake of STOMP 1.0 nothing is escaped in these two.
  const isPlain = command === 'CONNECT' || command === 'CONNECTED';
  const [name, value] = isPlain ? pair : pair.map(unescaped);
  return [name!, value!];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', c: ':', '\\': '\\' };

function unescaped(text: string): string {
  return text.replace(/\\([nrc\\])/g, (_, letter: string) => ESCAPES[letter]!);
}

/** What is declared counts only as far as there are octets. */
function bodyAt(bytes: Uint8Array, from: number, headers: Frame['headers']) {
  const declared = headers.find(([name]) => name === 'content-length')?.[1] ?? '';
  const nul = bytes.indexOf(0, from);
  const end = /^\d{1,15}$/.test(declared) ? from + Number(declared) : nul;
  const isCut = end < 0 || end >= bytes.length;
  const last = isCut ? bytes.length : end;
  return { body: bytes.subarray(from, last), isCut, end: isCut ? last : last + 1 };
}
