// Knows: frames of HTTP/2 as octets, right and wrong ones, and how to read what a server says (RFC 9113 §4, §6; RFC 7541
// §5, §6). Must not know: what is sent in which order. Fields are written as literals without indexing; of an answer only
// the status is read.

export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** RFC 9113 §7. */
export const Code = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
} as const;

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function h2frame(type: number, flags: number, stream: number, payload: Uint8Array = NOTHING): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const NOTHING = Buffer.alloc(0);

export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const parts = Object.entries(values).map(([id, value]) => {
    const part = Buffer.alloc(6);
    part.writeUInt16BE(Number(id));
    part.writeUInt32BE(value, 2);
    return part;
  });
  return h2frame(Type.settings, 0, 0, Buffer.concat(parts));
}

export const SETTINGS_ACK: Buffer = h2frame(Type.settings, Flag.ack, 0);

/** Lines as they are: names are not changed to lower case, and anything may be wrong with them. */
export type Lines = readonly (readonly [name: string, value: string])[];

/** The request of a browser that opens a WebSocket, with some lines replaced, or taken out by `null`, or added. */
export function extendedConnect(change: Readonly<Record<string, string | null>> = {}): Lines {
  const names = new Set([...Object.keys(CONNECT), ...Object.keys(change)]);
  const lines = [...names].map((name) => [name, change[name] === undefined ? CONNECT[name]! : change[name]]);
  return lines.filter((line): line is [string, string] => line[1] !== null);
}

const CONNECT: Readonly<Record<string, string>> = {
  ':method': 'CONNECT',
  ':protocol': 'websocket',
  ':scheme': 'https',
  ':authority': 'example.com',
  ':path': '/ws',
  'sec-websocket-version': '13',
};

export function headerBlock(lines: Lines): Buffer {
  // RFC 7541 §6.2.2, with a new name.
  return Buffer.concat(lines.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const octets = Buffer.from(text, 'latin1');
  return Buffer.concat([integer(octets.length, 7), octets]);
}

/** RFC 7541 §5.1. */
function integer(value: number, prefixBits: number): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.from([value]);
  const octets = [most];
  let rest = value - most;
  for (; rest >= 128; rest >>= 7) octets.push((rest & 127) | 128);
  return Buffer.from([...octets, rest]);
}

/** HEADERS, whole: CONTINUATION is sent on purpose or not at all. */
export function headers(stream: number, lines: Lines, flags: number = Flag.endHeaders): Buffer {
  return h2frame(Type.headers, flags, stream, headerBlock(lines));
}

export function data(stream: number, payload: Uint8Array | string, flags = 0): Buffer {
  return h2frame(Type.data, flags, stream, Buffer.from(payload));
}

export function rst(stream: number, code: number = Code.cancel): Buffer {
  return h2frame(Type.rst, 0, stream, number(code));
}

export function windowUpdate(stream: number, octets: number): Buffer {
  return h2frame(Type.windowUpdate, 0, stream, number(octets));
}

export function goaway(code: number = Code.noError, lastStream = 0): Buffer {
  return h2frame(Type.goaway, 0, 0, Buffer.concat([number(lastStream), number(code)]));
}

function number(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

/** The whole frames among these octets. */
export function readHttp2(octets: Buffer): Http2Frame[] {
  const frames: Http2Frame[] = [];
  for (let at = 0; at + 9 <= octets.length; ) {
    const end = at + 9 + octets.readUIntBE(at, 3);
    if (end > octets.length) break;
    const stream = octets.readUInt32BE(at + 5) & 0x7f_ff_ff_ff;
    frames.push({
      type: octets[at + 3]!,
      flags: octets[at + 4]!,
      stream,
      payload: octets.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

const INDEXED_STATUS = [200, 204, 206, 304, 400, 404, 500];

/** The status of an answer, which is its first field (RFC 7541 appendix A: 8 to 14 are statuses). */
export function statusIn({ payload }: Http2Frame): number {
  const first = payload[0]!;
  if (first >= 0x88 && first <= 0x8e) return INDEXED_STATUS[first - 0x88]!;
  const length = payload[1]! & 0x7f;
  const value = payload.subarray(2, 2 + length);
  return Number((payload[1]! & 0x80) === 0 ? value.toString('latin1') : digits(value));
}

/** RFC 7541 appendix B, digits only: 0 to 2 have five bits, the others six. */
function digits(value: Buffer): string {
  const bits = [...value].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  let text = '';
  for (let at = 0; at + 5 <= bits.length && text.length < 3; ) {
    const five = Number.parseInt(bits.slice(at, at + 5), 2);
    if (five <= 2) {
      text += five;
      at += 5;
    } else {
      text += Number.parseInt(bits.slice(at, at + 6), 2) - 0x16;
      at += 6;
    }
  }
  return text;
}
