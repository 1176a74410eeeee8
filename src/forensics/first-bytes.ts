// Knows: what octets spell that are no HTTP answer or no WebSocket frame: which service speaks, and what a frame parser makes of it.
// Must not know: where they came from, or what follows from it.
import { FIN, FrameHeader, MAX_CONTROL_BYTES } from '../frames/frame.js';
import { printable } from '../reason.js';

export interface Spelled {
  readonly service:
    | 'ssh'
    | 'smtp'
    | 'ftp'
    | 'pop3'
    | 'imap'
    | 'mysql'
    | 'redis'
    | 'amqp'
    | 'nats'
    | 'memcached'
    | 'vnc'
    | 'tls'
    | 'http2'
    | 'http'
    | 'proxy-protocol'
    | 'html'
    | 'json'
    | 'text';
  /** `an SSH banner, "SSH-2.0-OpenSSH_9.2p1"`: to be read behind `this is`; safe to print. */
  readonly text: string;
}

/** Enough for every mark that is looked for. */
const LOOKED_AT = 256;

/** What the first octets of a stream spell; undefined for binary data that is none of what is known here. */
export function spell(bytes: Uint8Array): Spelled | undefined {
  const head = bytes.subarray(0, LOOKED_AT);
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  return tlsRecord(head) ?? http2Frame(head) ?? mysqlGreeting(head, text) ?? byMark(text) ?? plainText(text);
}

type Mark = readonly [mark: RegExp, service: Spelled['service'], what: string];

/** The first that fits counts. The line that is quoted is the peer's first. */
const MARKS: readonly Mark[] = [
  [/^SSH-/, 'ssh', 'an SSH banner'],
  [/^HTTP\/1\.\d /, 'http', 'an HTTP answer'],
  [/^HTTP\//, 'http', 'something like an HTTP answer'],
  [/^PRI \* HTTP\/2\.0/, 'http2', 'the preface of HTTP/2'],
  [/^[A-Z]{3,10} \S+ HTTP\/1\.\d/, 'http', 'an HTTP request'],
  [/^PROXY (?:TCP|UNKNOWN)/, 'proxy-protocol', 'a PROXY protocol v1 line'],
  [/^\r\n\r\n\0\r\nQUIT\n/, 'proxy-protocol', 'a PROXY protocol v2 header'],
  [/^(?:220|421|554)[ -].*(?:SMTP|[Mm]ail)/, 'smtp', 'a greeting of a mail server (SMTP)'],
  [/^220[ -].*FTP/i, 'ftp', 'a greeting of an FTP server'],
  [/^220[ -]/, 'smtp', 'a greeting of a mail or FTP server'],
  [/^\+OK /, 'pop3', 'a greeting of a mail server (POP3)'],
  [/^\* (?:OK|PREAUTH|BYE) /, 'imap', 'a greeting of a mail server (IMAP)'],
  [/^-(?:ERR|NOAUTH|DENIED|LOADING|MISCONF|WRONGPASS)\b/, 'redis', 'an error of Redis'],
  [/^AMQP/, 'amqp', 'the protocol header of AMQP'],
  [/^INFO \{/, 'nats', 'a greeting of NATS'],
  [/^(?:ERROR|CLIENT_ERROR .*)\r\n/, 'memcached', 'an error of memcached'],
  [/^RFB \d{3}\.\d{3}/, 'vnc', 'a greeting of VNC'],
  [/^\s*<(?:!doctype html|html|head|body|h1|title)\b/i, 'html', 'an HTML page'],
  [/^\s*<(?:\?xml|!doctype|[a-z])/i, 'html', 'markup'],
  [/^\s*(?:\{\s*["}]|\[\s*[[{"\]])/, 'json', 'JSON'],
];

function byMark(text: string): Spelled | undefined {
  const found = MARKS.find(([mark]) => mark.test(text));
  return found && { service: found[1], text: `${found[2]}${quoted(text)}` };
}

/** The first line that has something to show. AMQP's header and PROXY's have none. */
function quoted(text: string): string {
  const [line] = text.trimStart().split(/[\r\n\0]/, 1);
  return line ? `, "${printable(line, 80)}"` : '';
}

function plainText(text: string): Spelled | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a text may not have is asked for
  const isText = text.trim().length > 1 && !/[\x00-\x08\x0e-\x1f\x7f]/.test(text);
  return isText ? { service: 'text', text: `plain text${quoted(text)}` } : undefined;
}

/** RFC 8446 §5.1: type, version 3.x, length. */
const TLS_TYPES: ReadonlyMap<number, string> = new Map([
  [0x14, 'change_cipher_spec'],
  [0x15, 'alert'],
  [0x16, 'handshake'],
  [0x17, 'application_data'],
]);

/** RFC 8446 §6, and those of RFC 5246 §7.2 that it no longer has. */
const ALERTS: ReadonlyMap<number, string> = new Map([
  [0, 'close_notify'],
  [10, 'unexpected_message'],
  [20, 'bad_record_mac'],
  [22, 'record_overflow'],
  [40, 'handshake_failure'],
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [47, 'illegal_parameter'],
  [48, 'unknown_ca'],
  [49, 'access_denied'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [70, 'protocol_version'],
  [71, 'insufficient_security'],
  [80, 'internal_error'],
  [86, 'inappropriate_fallback'],
  [90, 'user_canceled'],
  [100, 'no_renegotiation'],
  [109, 'missing_extension'],
  [110, 'unsupported_extension'],
  [112, 'unrecognized_name'],
  [113, 'bad_certificate_status_response'],
  [115, 'unknown_psk_identity'],
  [116, 'certificate_required'],
  [120, 'no_application_protocol'],
]);

function tlsRecord(bytes: Uint8Array): Spelled | undefined {
  const type = TLS_TYPES.get(bytes[0] ?? 0);
  if (type === undefined || bytes[1] !== 3 || (bytes[2] ?? 9) > 4) return undefined;
  if (type !== 'alert') return { service: 'tls', text: `a TLS record (${type}): TLS is spoken here` };
  const [level, description] = [bytes[5], bytes[6]];
  if (level === undefined || description === undefined) return { service: 'tls', text: 'a TLS alert' };
  const name = ALERTS.get(description) ?? `number ${description}`;
  return { service: 'tls', text: `a TLS alert, ${level === 2 ? 'fatal' : 'warning'}: ${name}` };
}

/** RFC 9113 §4.1: three octets of length, type, flags, stream. On stream 0 a server starts with SETTINGS, or ends with GOAWAY. */
function http2Frame(bytes: Uint8Array): Spelled | undefined {
  if (bytes.length < 9) return undefined;
  const length = (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!;
  const [type, flags] = [bytes[3], bytes[4]!];
  const isOnStream0 = bytes.subarray(5, 9).every((octet) => octet === 0);
  // RFC 9113 §6.5: six octets a setting, none in an acknowledgement; §6.8: eight at least.
  const isSettings = type === 4 && flags <= 1 && length % 6 === 0 && length <= 600;
  const isGoaway = type === 7 && flags === 0 && length >= 8 && length < 1024;
  if (!isOnStream0 || !(isSettings || isGoaway)) return undefined;
  return { service: 'http2', text: `a frame of HTTP/2 (${isSettings ? 'SETTINGS' : 'GOAWAY'})` };
}

/** A packet: three octets of length, the number 0, then protocol 10 and the version, or 255, a code and words. */
function mysqlGreeting(bytes: Uint8Array, text: string): Spelled | undefined {
  if (bytes.length < 7 || bytes[2] !== 0 || bytes[3] !== 0) return undefined;
  const words = text.slice(bytes[4] === 0xff ? 7 : 5);
  const isGreeting = bytes[4] === 10 && /^\d+\.\d+/.test(words);
  const isError = bytes[4] === 0xff && /^[\x20-\x7e]{8}/.test(words);
  if (isGreeting) return { service: 'mysql', text: `a greeting of MySQL${quoted(words)}` };
  return isError ? { service: 'mysql', text: `an error of MySQL${quoted(words)}` } : undefined;
}

/** What a frame parser reads where no frame is. */
export interface FrameMisread {
  readonly fin: boolean;
  /** The reserved bits that are set: `['RSV1']`. */
  readonly rsv: readonly string[];
  readonly opcode: number;
  /** The next two only when there are octets enough. */
  readonly masked?: boolean;
  readonly payloadBytes?: number;
  /** `FIN 0, RSV1, opcode 8 (close), 84 octets` */
  readonly text: string;
  /** Why no parser takes it; none where the header is legal. */
  readonly faults: readonly string[];
}

const OPCODES: ReadonlyMap<number, string> = new Map([
  [0, 'continuation'],
  [1, 'text'],
  [2, 'binary'],
  [8, 'close'],
  [9, 'ping'],
  [10, 'pong'],
]);

/**
 * The octets as a frame header (RFC 6455 §5.2), since an error about frames often means that something else is spoken: `H` of `HTTP/1.1` is
 * RSV1 with opcode 8, `<` of `<html` RSV2 and RSV3 with opcode 12, a TLS alert RSV3 with opcode 5. Undefined for no octets.
 */
export function spellFrame(bytes: Uint8Array): FrameMisread | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  const fin = first >= FIN;
  const rsv = ['RSV1', 'RSV2', 'RSV3'].filter((_, at) => (first & (0x40 >> at)) !== 0);
  const opcode = first & 0x0f;
  const header = new FrameHeader();
  const { masked, payloadBytes }: Partial<FrameHeader> =
    header.read(bytes, 0, bytes.length) > 0 ? header : {};
  const faults = faultsOf(fin, rsv, opcode, payloadBytes);
  const parts = [
    `FIN ${fin ? 1 : 0}`,
    ...(rsv.length > 0 ? [rsv.join('+')] : []),
    `opcode ${opcode} (${OPCODES.get(opcode) ?? 'reserved'})`,
    ...(masked ? ['masked'] : []),
    ...(payloadBytes === undefined ? [] : [`${payloadBytes} octets`]),
  ];
  const length = payloadBytes === undefined || masked === undefined ? {} : { masked, payloadBytes };
  return { fin, rsv, opcode, ...length, text: parts.join(', '), faults };
}

/** In the order in which parsers look: the reserved bits, the opcode, then what a control frame may be (RFC 6455 §5.2, §5.5). */
function faultsOf(fin: boolean, rsv: readonly string[], opcode: number, payloadBytes = 0): string[] {
  const faults: string[] = [];
  if (rsv.length > 0) faults.push(`${rsv.join('+')} set`);
  if (!OPCODES.has(opcode)) faults.push(`opcode ${opcode} is reserved`);
  if (opcode >= 8 && !fin) faults.push('a control frame in fragments');
  if (opcode >= 8 && payloadBytes > MAX_CONTROL_BYTES) faults.push('a control frame of more than 125 octets');
  return faults;
}
