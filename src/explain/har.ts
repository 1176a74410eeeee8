// Knows: the WebSockets in an HTTP archive: of Chrome and its kin, Firefox, mitmproxy, Proxyman and whoever writes like one of them.
// Must not know: the rules of a handshake. What an archive leaves out is said, with the command that decides.
import type { HeadLine } from '../forensics/annotate.js';
import { Fields, type RequestHead, type ResponseHead } from '../handshake/head.js';
import { isOpening } from '../handshake/response.js';
import { type AskedFor, asked, doctorCommand } from './decide.js';
import { findError } from './errors.js';
import { type Explanation, explanation, explanationOf, type Listing, plainLine } from './explanation.js';
import { explainExchange } from './heads.js';
import type { Material } from './material.js';
import { counted, duration, showText } from './show.js';
import { causesOfStatus } from './statuses.js';

/** Sockets that are told of one by one. */
const most = 20;

type Plain = Readonly<Record<string, unknown>>;

interface Dialect {
  readonly name: string;
  /** What kind of client asked, for doctor. */
  readonly profile?: 'chrome' | 'firefox';
  /** Whether the head of a refused handshake is in the archive. */
  readonly hasRefusals: boolean;
}

interface Socket {
  readonly url: string;
  readonly request: RequestHead;
  readonly response: ResponseHead | undefined;
  readonly body: string;
  readonly messages: readonly Plain[];
  /** What the client said, of the entry itself or of its message of type `error`. */
  readonly error: string;
  readonly started: number;
}

export function explainHar({ json }: Material): readonly Explanation[] | undefined {
  const log = plain(plain(json).log);
  if (!Array.isArray(log.entries)) return undefined;
  const dialect = dialectOf(log);
  const sockets = log.entries.map(plain).filter(isSocket).map(socketOf);
  if (sockets.length === 0) return [withoutSockets(dialect, log.entries.length)];
  const told = sockets.slice(0, most).map((socket) => explainSocket(socket, dialect));
  const left = sockets.length - most;
  return left > 0
    ? [...told, explanation({ isGood: true, title: `${counted(left, 'more socket')} not shown` })]
    : told;
}

function dialectOf(log: Plain): Dialect {
  const creator = text(plain(log.creator).name);
  const name = showText(creator === '' ? 'an unnamed program' : creator, 60);
  if (/^WebInspector$/i.test(creator)) return { name: 'Chrome', profile: 'chrome', hasRefusals: false };
  if (/firefox/i.test(creator)) return { name: 'Firefox', profile: 'firefox', hasRefusals: true };
  return { name, hasRefusals: true };
}

function withoutSockets(dialect: Dialect, entries: number): Explanation {
  return explanation({
    isGood: true,
    source: `HAR of ${dialect.name}`,
    title: `No WebSocket in ${counted(entries, 'entry').replace(/entrys$/, 'entries')}`,
    couldNotKnow:
      'Whether one was tried: the network panel must be open, with "Preserve log", before the page connects.',
    decide: 'handfast doctor URL',
  });
}

function isSocket(entry: Plain): boolean {
  if (entry._resourceType === 'websocket' || Array.isArray(entry._webSocketMessages)) return true;
  if (/^wss?:/i.test(text(plain(entry.request).url))) return true;
  return fieldsOf(plain(entry.request).headers).get('upgrade')?.toLowerCase() === 'websocket';
}

function socketOf(entry: Plain): Socket {
  const request = plain(entry.request);
  const response = plain(entry.response);
  const url = text(request.url).slice(0, 8192);
  const messages = (Array.isArray(entry._webSocketMessages) ? entry._webSocketMessages : []).map(plain);
  const failed = messages.find((message) => message.type === 'error' || message.opcode === -1);
  return {
    url: url.replace(/^http/i, 'ws'),
    request: {
      carrier: 'h1',
      method: text(request.method) || 'GET',
      target: targetOf(url),
      version: /(\d\.\d)/.exec(text(request.httpVersion))?.[1] ?? '1.1',
      fields: fieldsOf(request.headers),
    },
    response: responseOf(response),
    body: text(plain(response.content).text).slice(0, 2000),
    messages: messages.filter((message) => message !== failed),
    error: text(failed?.data ?? response._error ?? entry._error).slice(0, 2000),
    started: Date.parse(text(entry.startedDateTime)) / 1000,
  };
}

/** What is no number and no text of one is none: an object of an archive may have a `valueOf` that throws. */
function number(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

function responseOf(response: Plain): ResponseHead | undefined {
  const status = number(response.status);
  const fields = fieldsOf(response.headers);
  // Chrome writes 0 where it keeps the answer to itself, and 101 without fields for what it never saw.
  if (!(status >= 100 && status <= 999) || [...fields].length === 0) return undefined;
  return {
    carrier: /^h(?:ttp\/)?2/i.test(text(response.httpVersion)) ? 'h2' : 'h1',
    version: '1.1',
    status,
    reason: text(response.statusText),
    fields,
  };
}

function fieldsOf(headers: unknown): Fields {
  const fields = new Fields();
  if (!Array.isArray(headers)) return fields;
  for (const header of headers.slice(0, 200).map(plain)) {
    const name = text(header.name);
    if (/^:?[\w!#$%&'*+.^`|~-]{1,200}$/.test(name)) fields.append(name, text(header.value).slice(0, 16_384));
  }
  return fields;
}

function targetOf(url: string): string {
  return url.replace(/^\w+:\/\/[^/?#]*/, '').split('#', 1)[0] || '/';
}

function explainSocket(socket: Socket, dialect: Dialect): Explanation {
  const { url, request, response, body, error } = socket;
  const source = `HAR of ${dialect.name}: ${showText(url, 300)}`;
  const wanted = asked(url, request.fields, dialect.profile);
  if (response === undefined) return withoutAnswer(socket, dialect, source, wanted);
  const pasted = { raw: undefined, strays: [] };
  const heads = explainExchange({
    request: { ...pasted, head: request, body: '' },
    interim: [],
    response: { ...pasted, head: response, body },
  });
  const listings = [...heads.listings, ...messageListing(socket)];
  if (!isOpening(response)) {
    return {
      ...heads,
      source,
      listings,
      candidates: othersOf(response.status, heads.code, dialect),
      decide: doctorCommand(wanted),
    };
  }
  if (!heads.isGood || error === '') {
    return { ...heads, source, listings, ...(heads.isGood && atEnd(socket, wanted)) };
  }
  const cause = findError(error);
  return {
    ...(cause ?? explanationOf('CLOSE_TRANSPORT_ERROR', 'possible')),
    source,
    listings,
    saw: `Behind the 101: ${showText(error)}`,
    decide: doctorCommand(wanted),
  };
}

function othersOf(status: number, code: string | undefined, dialect: Dialect): string[] {
  return causesOfStatus(status, dialect.profile !== undefined).filter((each) => each !== code);
}

/** Only the request and a sentence are known. */
function withoutAnswer(socket: Socket, dialect: Dialect, source: string, wanted: AskedFor): Explanation {
  const { error, messages, request } = socket;
  const listings = [requestListing(request), ...messageListing(socket)];
  const cause = error === '' ? undefined : findError(error);
  const common = {
    source,
    listings,
    couldNotKnow: dialect.hasRefusals
      ? 'The answer: this entry has none.'
      : "The answer: Chrome's HAR has no response head for a handshake that failed.",
    decide: doctorCommand(wanted),
  };
  if (cause !== undefined) return { ...cause, ...common };
  if (messages.length > 0) {
    return explanation({
      ...common,
      isGood: true,
      title: 'It was open: there are messages',
      couldNotKnow: '',
    });
  }
  return explanationOf('HTTP_NO_RESPONSE', 'possible', {
    ...common,
    candidates: ['TCP_REFUSED', 'HTTP_EMPTY_REPLY', 'TLS_CERT_UNTRUSTED'],
    saw: error === '' ? 'Neither an answer nor an error.' : showText(error),
  });
}

function requestListing(request: RequestHead): Listing {
  const lines = ['origin', 'sec-websocket-protocol', 'sec-websocket-extensions', 'cookie'].flatMap((name) =>
    request.fields.has(name)
      ? [plainLine(name, name === 'cookie' ? 'sent' : showText(request.fields.combined(name)!))]
      : [],
  );
  return {
    about: '',
    lines: [plainLine(`GET ${showText(request.target, 300)}`, 'what the page asked for'), ...lines],
  };
}

/** How many messages went which way, and the first and last of them. */
function messageListing({ messages, started }: Socket): Listing[] {
  if (messages.length === 0) return [];
  const shown =
    messages.length <= 12 ? messages : [...messages.slice(0, 6), undefined, ...messages.slice(-5)];
  const lines = shown.map((message) =>
    message === undefined
      ? plainLine('…', `${counted(messages.length - 11, 'message')} more`)
      : messageLine(message, started),
  );
  const sent = messages.filter(({ type }) => type === 'send').length;
  return [{ about: `${sent} sent, ${messages.length - sent} received`, lines }];
}

const kinds: Readonly<Record<number, string>> = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

function messageLine(message: Plain, started: number): HeadLine {
  const atMs = (number(message.time) - started) * 1000;
  const when = Number.isFinite(atMs) ? `+${duration(Math.max(0, atMs))}` : '';
  const data = text(message.data);
  const opcode = number(message.opcode);
  // Binary data is in base64 in every dialect.
  const octets = opcode === 2 ? Math.floor((data.length * 3) / 4) : Buffer.byteLength(data);
  const words = opcode === 2 ? '' : `: "${showText(data, 80)}"`;
  const direction = message.type === 'send' ? 'sent' : 'received';
  return plainLine(
    `${when} ${direction}`.trim(),
    `${kinds[opcode] ?? `opcode ${Number.isNaN(opcode) ? 'unknown' : opcode}`}, ${counted(octets, 'octet')}${words}`,
  );
}

/** A good handshake: what is left is how it ended, which no archive keeps. */
function atEnd({ messages }: Socket, wanted: AskedFor): Partial<Explanation> {
  const close = messages.find(({ opcode }) => opcode === 8);
  return {
    saw: close === undefined ? '' : `A close frame: ${showText(text(close.data))}`,
    couldNotKnow: 'How it ended: an archive keeps neither close frames nor FIN and RST.',
    decide: doctorCommand(wanted).replace('doctor', 'doctor --idle 120'),
  };
}

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null ? (value as Plain) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
