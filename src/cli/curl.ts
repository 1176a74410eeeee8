// Knows: what a `curl` command asks, so that the same can be asked as a WebSocket handshake: "Copy as cURL" of a browser's tools.
// Must not know: how it is asked, or by which command. Fields that belong to the handshake itself are left out: it has its own.
import { shellWords } from './shell-words.js';

/** What a command amounts to: the URL, and all else in the words of our own flags. */
export interface Curl {
  readonly url: string;
  readonly flags: CurlFlags;
}

export interface CurlFlags {
  readonly header: readonly string[];
  readonly cookie?: string;
  /** False: none. */
  readonly origin: string | false;
  readonly protocol: readonly string[];
  readonly deflate: boolean;
  readonly proxy?: string | false;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly resolve?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly insecure?: boolean;
}

interface Draft {
  url: string | undefined;
  header: string[];
  flags: Mutable<Partial<CurlFlags>>;
}
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Effect = (draft: Draft, value: string) => void;

const ignore: Effect = () => {};
const add =
  (name: string): Effect =>
  ({ header }, value) =>
    void header.push(`${name}: ${value}`);

/** Options with a value. */
const valued: Readonly<Record<string, Effect>> = {
  header: ({ header }, value) => void header.push(value),
  cookie: ({ header }, value) => void header.push(`Cookie: ${value}`),
  'user-agent': add('User-Agent'),
  referer: add('Referer'),
  user: ({ header }, value) =>
    void header.push(`Authorization: Basic ${Buffer.from(value).toString('base64')}`),
  'oauth2-bearer': ({ header }, value) => void header.push(`Authorization: Bearer ${value}`),
  proxy: ({ flags }, value) => {
    flags.proxy = /:\/\//.test(value) ? value : `http://${value}`;
  },
  noproxy: ({ flags }, value) => {
    if (value === '*') flags.proxy = false;
  },
  cacert: ({ flags }, value) => {
    flags.ca = value;
  },
  cert: ({ flags }, value) => {
    flags.cert = value;
  },
  key: ({ flags }, value) => {
    flags.key = value;
  },
  resolve: ({ flags }, value) => {
    flags.resolve = value;
  },
  url: (draft, value) => {
    draft.url = value;
  },
  'max-time': ({ flags }, value) => {
    if (Number(value) > 0) flags.timeout = Number(value);
  },
  'connect-timeout': ignore,
  output: ignore,
  'write-out': ignore,
  'dump-header': ignore,
  'cookie-jar': ignore,
  request: ignore,
  retry: ignore,
};

/** Options without one; those that change nothing about a handshake are read over. */
const plain: Readonly<Record<string, Effect>> = {
  insecure: ({ flags }) => {
    flags.insecure = true;
  },
  compressed: (draft) => add('Accept-Encoding')(draft, 'deflate, gzip, br, zstd'),
  ...Object.fromEntries(
    [
      'include',
      'verbose',
      'silent',
      'show-error',
      'no-buffer',
      'location',
      'get',
      'globoff',
      'http1.1',
      'http2',
      'ipv4',
      'ipv6',
      'fail',
      'path-as-is',
      'tlsv1.2',
      'tlsv1.3',
      'no-progress-meter',
      'no-keepalive',
    ].map((name) => [name, ignore]),
  ),
};

const short: Readonly<Record<string, string>> = {
  H: 'header',
  b: 'cookie',
  A: 'user-agent',
  e: 'referer',
  u: 'user',
  x: 'proxy',
  E: 'cert',
  m: 'max-time',
  o: 'output',
  w: 'write-out',
  D: 'dump-header',
  c: 'cookie-jar',
  X: 'request',
  k: 'insecure',
  i: 'include',
  v: 'verbose',
  s: 'silent',
  S: 'show-error',
  N: 'no-buffer',
  L: 'location',
  G: 'get',
  g: 'globoff',
  f: 'fail',
  4: 'ipv4',
  6: 'ipv6',
};

/** Commands that take a `curl` command in place of a URL. */
const TAKERS: ReadonlySet<string> = new Set(['doctor', 'connect']);

/** Arguments as commander can take them: what follows the word `curl` is the command's own, not ours. */
export function withCurlApart(words: readonly string[]): string[] {
  const start = words.findIndex((word) => TAKERS.has(word));
  const end = words.indexOf('--');
  const at = words.findIndex(
    (word, index) => word === 'curl' && index > start && words[index - 1] !== '--profile',
  );
  if (start < 0 || at < 0 || (end >= 0 && end < at)) return [...words];
  return [...words.slice(0, at), '--', ...words.slice(at)];
}

/** Whether an operand is a whole `curl` command in one argument. */
export function isCurlText(operand: string): boolean {
  return /^\s*curl\s/.test(operand);
}

/** Reads such a text. */
export function readCurlText(text: string): Curl | string {
  const words = shellWords(text);
  return typeof words === 'string' ? words : readCurl(words.slice(1));
}

/** Reads the words behind `curl`; a sentence where they ask for what is no handshake. Values are never repeated in it. */
export function readCurl(words: readonly string[]): Curl | string {
  const draft: Draft = { url: undefined, header: [], flags: {} };
  const rest = words.flatMap(spread);
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (!/^-./.test(word)) {
      if (draft.url !== undefined) return 'the curl command has more than one URL';
      draft.url = word;
      continue;
    }
    const name = word.replace(/^-+/, '');
    const effect = valued[name];
    if (effect !== undefined) {
      const value = rest.shift();
      if (value === undefined) return `curl's --${name} lacks its value`;
      effect(draft, value);
    } else if (plain[name] !== undefined) plain[name](draft, '');
    else return `curl's ${word.slice(0, 40)} says nothing about a WebSocket handshake; leave it out`;
  }
  if (draft.url === undefined) return 'the curl command has no URL';
  return { url: webSocketUrl(draft.url), flags: { ...draft.flags, ...flagsOf(draft.header) } };
}

/** `-sSk` and `-XGET` and `-H'A: b'` as curl reads them: letters until one takes the rest as its value. */
function spread(word: string): string[] {
  if (!/^-[^-]/.test(word)) return [word];
  const options: string[] = [];
  for (let at = 1; at < word.length; at++) {
    const name = short[word[at]!];
    if (name === undefined) return [...options, `-${word[at]}`];
    options.push(`--${name}`);
    if (valued[name] === undefined) continue;
    return at + 1 < word.length ? [...options, word.slice(at + 1)] : options;
  }
  return options;
}

/** curl takes a URL without a scheme for http; a WebSocket's has the same meaning with another name. */
function webSocketUrl(url: string): string {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(url)) return `ws://${url}`;
  return url.replace(/^http(s?):/i, (_, secure: string) => `ws${secure.toLowerCase()}:`);
}

/** Fields that a handshake has anyway, or that belong to HTTP/2. */
const own = /^(?:connection|upgrade|sec-websocket-(?:key|version)|content-length|host|:.*)$/i;

/** Fields that have a flag of their own; a command without Origin asks without. */
function flagsOf(lines: readonly string[]): CurlFlags {
  const fields = lines.map((line): [string, string] => {
    const at = line.indexOf(':', 1);
    // curl: `Name;` sends the field empty, `Name:` leaves it out.
    return at < 0 ? [line.replace(/;\s*$/, ''), ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
  const all = (name: string) =>
    fields.flatMap(([field, value]) => (field.toLowerCase() === name ? [value] : []));
  const special = new Set(['origin', 'cookie', 'sec-websocket-protocol', 'sec-websocket-extensions']);
  const cookie = all('cookie').join('; ');
  const host = all('host')[0];
  return {
    header: [
      ...(host === undefined ? [] : [`Host: ${host}`]),
      ...fields
        .filter(([name, value]) => !own.test(name) && !special.has(name.toLowerCase()) && value !== '')
        .map(([name, value]) => `${name}: ${value}`),
    ],
    origin: all('origin')[0] ?? false,
    ...(cookie !== '' && { cookie }),
    protocol: all('sec-websocket-protocol').flatMap((list) =>
      list.split(',').flatMap((one) => one.trim() || []),
    ),
    deflate: all('sec-websocket-extensions').some((list) => /permessage-deflate/i.test(list)),
  };
}
