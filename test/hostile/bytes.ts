// Knows: how heads and frames are written octet by octet, wrong ones included. It shares no code with the sources, so that
// a mistake there cannot hide here. RFC 6455 §4.1, §5.2.
// Must not know: what a server makes of them.

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** RFC 6455 §1.3: what answers `KEY`. */
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

type Value = string | null | readonly string[];

const GOOD: Readonly<Record<string, Value>> = {
  Host: 'example.com',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': KEY,
  'Sec-WebSocket-Version': '13',
};

/**
 * A good opening handshake with changes, one character an octet: `null` leaves a field out, a list writes several lines, and the
 * key `''` holds whole lines that are written as they are, after the others.
 */
export function upgrade(changes: Readonly<Record<string, Value>> = {}, line = 'GET /ws HTTP/1.1'): string {
  const { '': raw, ...fields } = { ...GOOD, ...changes };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((one) => `${name}: ${one}`),
  );
  return `${[line, ...lines, ...[raw ?? []].flat()].join('\r\n')}\r\n\r\n`;
}

/** A good handshake for another target. */
export function upgradeTo(target: string, changes: Readonly<Record<string, Value>> = {}): string {
  return upgrade(changes, `GET ${target} HTTP/1.1`);
}

export const Op = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly fin?: boolean;
  /** The three reserved bits as a number from 0 to 7; 4 is RSV1. */
  readonly rsv?: number;
  /** Four octets of mask; `null` for none. */
  readonly mask?: Uint8Array | null;
  /** How the length is written: in its shortest form unless told otherwise. */
  readonly form?: 7 | 16 | 64;
  /** The length that is declared, when it is not the payload's own. */
  readonly declared?: bigint;
}

const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** One frame as a client writes it, with whatever is wrong with it. */
export function frame(
  opcode: number,
  payload: string | Uint8Array = '',
  { fin = true, rsv = 0, mask = MASK, form, declared }: FrameOptions = {},
): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const length = declared ?? BigInt(bytes.length);
  const shortest = length < 126n ? 7 : length < 65_536n ? 16 : 64;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const octets = mask === null ? bytes : masked(bytes, mask);
  return Buffer.concat(
    [[first], lengthOctets(length, form ?? shortest, mask !== null), mask ?? [], octets].map((part) =>
      Uint8Array.from(part),
    ),
  );
}

/** RFC 6455 §5.3; the same way back. */
function masked(bytes: Uint8Array, mask: Uint8Array): Buffer {
  return Buffer.from(bytes.map((octet, at) => octet ^ mask[at % 4]!));
}

function lengthOctets(length: bigint, form: 7 | 16 | 64, masked: boolean): number[] {
  const bit = masked ? 0x80 : 0;
  if (form === 7) return [bit | Number(length & 0x7fn)];
  const count = form === 16 ? 2 : 8;
  const octets = Array.from({ length: count }, (_, at) =>
    Number((length >> BigInt(8 * (count - 1 - at))) & 0xffn),
  );
  return [bit | (form === 16 ? 126 : 127), ...octets];
}

/** A close frame with a code and a reason. */
export function closeFrame(code: number, reason: string | Uint8Array = ''): Buffer {
  return frame(Op.close, Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason as string)]));
}

export interface SeenFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The frames that our server or client sent. Throws for a mask that must not or has to be there, or a length that is not the shortest. */
export function readFrames(bytes: Buffer, by: 'server' | 'client' = 'server'): SeenFrame[] {
  const frames: SeenFrame[] = [];
  const maskBytes = by === 'client' ? 4 : 0;
  let at = 0;
  while (at + 2 <= bytes.length) {
    const [first, second] = [bytes[at]!, bytes[at + 1]!];
    if (second >> 7 !== maskBytes / 4) throw new Error(`mask bit ${second >> 7} of the ${by} at ${at}`);
    const short = second & 0x7f;
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = at + 2 + wide + maskBytes;
    if (start > bytes.length) break;
    const length =
      wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (wide > 0 && length < (wide === 2 ? 126 : 65_536))
      throw new Error(`a length that is not the shortest at ${at}`);
    if (start + length > bytes.length) break;
    const seen = bytes.subarray(start, start + length);
    const payload = by === 'client' ? masked(seen, bytes.subarray(start - 4, start)) : seen;
    frames.push({ fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, opcode: first & 15, payload });
    at = start + length;
  }
  return frames;
}

/** The code and reason of a close frame. */
export function readClose(seen: SeenFrame | undefined): { code: number; reason: string } | undefined {
  if (seen === undefined || seen.opcode !== Op.close) return undefined;
  if (seen.payload.length === 0) return { code: 1005, reason: '' };
  return { code: seen.payload.readUInt16BE(0), reason: seen.payload.toString('utf8', 2) };
}

export interface Answer {
  readonly status: number;
  readonly phrase: string;
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
  /** What came behind the answer. */
  readonly rest: Buffer;
}

/** One answer, read strictly. Throws for anything that is not one whole, well-formed head with the body that it declares. */
export function readAnswer(bytes: Buffer): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no whole head: ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`);
  const [start = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const found = /^HTTP\/1\.1 (\d{3}) ([\x20-\x7e]*)$/.exec(start);
  if (found === null) throw new Error(`no status line: ${JSON.stringify(start)}`);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const field = /^([A-Za-z-]+): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/.exec(line);
    if (field === null) throw new Error(`no field line: ${JSON.stringify(line)}`);
    const name = field[1]!.toLowerCase();
    if (fields.has(name)) throw new Error(`${name} twice`);
    fields.set(name, field[2]!);
  }
  const status = Number(found[1]);
  const length = status === 101 ? 0 : Number(fields.get('content-length'));
  const body = bytes.toString('latin1', end + 4, end + 4 + length);
  return { status, phrase: found[2]!, fields, body, rest: bytes.subarray(end + 4 + body.length) };
}
