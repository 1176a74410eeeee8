// Knows: the user's handshake and its variations, each with one thing changed, written as heads in a browser's own order if asked.
// Must not know: which one is sent when, or what an answer means. RFC 6455 §4.1; the orders were captured in 2026-11.
import type { FieldLine } from '../handshake/head.js';
import { newKey } from '../handshake/key.js';
import type { Profile } from './options.js';
import type { Target } from './target.js';

/** What one request changes of the user's handshake. Null leaves a field out. */
export interface Variation {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly upgrade?: null;
  readonly version?: string;
  readonly key?: string | null;
  readonly origin?: string | null;
  readonly subprotocols?: readonly string[];
  readonly deflate?: boolean;
  readonly cookie?: null;
  /** Without the user's own fields. */
  readonly bare?: boolean;
  readonly profile?: Profile;
  readonly extra?: readonly FieldLine[];
}

const OWN_AGENT = 'handfast-doctor/1 (+https://handfast.dev)';

const AGENTS: Readonly<Record<Profile, string | undefined>> = {
  handfast: OWN_AGENT,
  chrome:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
  node: undefined,
  curl: 'curl/8.17.0',
};

const OWN_ORDER = [
  'Host',
  'User-Agent',
  'Upgrade',
  'Connection',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Version',
  'Origin',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'Cookie',
];

const ORDERS: Readonly<Record<Profile, readonly string[]>> = {
  handfast: OWN_ORDER,
  chrome: [
    'Host',
    'Connection',
    'Pragma',
    'Cache-Control',
    'User-Agent',
    'Upgrade',
    'Origin',
    'Sec-WebSocket-Version',
    'Accept-Encoding',
    'Accept-Language',
    'Cookie',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Extensions',
    'Sec-WebSocket-Protocol',
  ],
  firefox: [
    'Host',
    'User-Agent',
    'Accept',
    'Accept-Language',
    'Accept-Encoding',
    'Sec-WebSocket-Version',
    'Origin',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Extensions',
    'Sec-WebSocket-Key',
    'Connection',
    'Cookie',
    'Sec-Fetch-Dest',
    'Sec-Fetch-Mode',
    'Sec-Fetch-Site',
    'Pragma',
    'Cache-Control',
    'Upgrade',
  ],
  node: [
    'Sec-WebSocket-Version',
    'Sec-WebSocket-Key',
    'Connection',
    'Upgrade',
    'Origin',
    'Sec-WebSocket-Extensions',
    'Sec-WebSocket-Protocol',
    'Host',
    'Cookie',
  ],
  curl: [
    'Host',
    'User-Agent',
    'Accept',
    'Upgrade',
    'Connection',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'Origin',
    'Sec-WebSocket-Protocol',
    'Cookie',
  ],
};

const BROWSER_FIELDS: readonly FieldLine[] = [
  ['Pragma', 'no-cache'],
  ['Cache-Control', 'no-cache'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Accept-Language', 'en-US,en;q=0.9'],
];

const FIELDS: Readonly<Record<Profile, readonly FieldLine[]>> = {
  handfast: [],
  chrome: BROWSER_FIELDS,
  firefox: [
    ...BROWSER_FIELDS,
    ['Accept', '*/*'],
    ['Sec-Fetch-Dest', 'empty'],
    ['Sec-Fetch-Mode', 'websocket'],
    ['Sec-Fetch-Site', 'same-origin'],
  ],
  node: [],
  curl: [['Accept', '*/*']],
};

/** Chromium offers the parameter, Firefox does not, curl offers nothing. */
const OFFERS: Readonly<Record<Profile, string | undefined>> = {
  handfast: 'permessage-deflate; client_max_window_bits',
  chrome: 'permessage-deflate; client_max_window_bits',
  firefox: 'permessage-deflate',
  node: 'permessage-deflate; client_max_window_bits',
  curl: undefined,
};

/** The head of the user's handshake with `variation`, one character an octet. Every request has a key of its own. */
export function requestHead(target: Target, variation: Variation = {}): string {
  const profile = variation.profile ?? target.profile;
  const values = new Map(chosen(target, variation, profile));
  const order = ORDERS[profile];
  const given = variation.bare ? [] : target.headers.map(([name]) => name.toLowerCase());
  const known = order.flatMap((name): FieldLine[] =>
    values.has(name) && !(isByUser.test(name) && given.includes(name.toLowerCase()))
      ? [[name, values.get(name)!]]
      : [],
  );
  const lines = [
    ...known,
    ...(variation.bare ? [] : target.headers.filter(([name]) => !isReplaced(name, variation))),
    ...(variation.extra ?? []),
  ];
  const start = `${variation.method ?? 'GET'} ${variation.path ?? target.path} HTTP/1.1`;
  return `${[start, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`;
}

/** A client's usual fields give way to those that the user gives. */
const isByUser = /^(?:User-Agent|Accept(?:-.*)?|Pragma|Cache-Control|Sec-Fetch-.*)$/;

/** A user's field gives way to the one that a variation is about. */
function isReplaced(name: string, variation: Variation): boolean {
  return variation.cookie === null && name.toLowerCase() === 'cookie';
}

function chosen(target: Target, variation: Variation, profile: Profile): FieldLine[] {
  const origin = variation.origin === undefined ? target.origin : variation.origin;
  const key = variation.key === undefined ? newKey() : variation.key;
  const subprotocols = variation.subprotocols ?? target.subprotocols;
  const offer = (variation.deflate ?? target.deflate) ? OFFERS[profile] : undefined;
  const cookie = variation.cookie === null || variation.bare ? undefined : target.cookie;
  const isUpgrade = variation.upgrade !== null;
  const candidates: ReadonlyArray<readonly [string, string | null | undefined]> = [
    ['Host', variation.host ?? target.authority],
    ['User-Agent', AGENTS[profile]],
    ['Upgrade', isUpgrade ? 'websocket' : null],
    ['Connection', isUpgrade ? 'Upgrade' : null],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', variation.version ?? '13'],
    ['Origin', origin],
    ['Sec-WebSocket-Protocol', subprotocols.length > 0 ? subprotocols.join(', ') : null],
    ['Sec-WebSocket-Extensions', offer],
    ['Cookie', cookie],
    ...FIELDS[profile],
  ];
  return candidates.flatMap(([name, value]): FieldLine[] =>
    value === null || value === undefined ? [] : [[name, value]],
  );
}

/** An ordinary request for a page, as a browser's address bar would make it. */
export function pageRequest(target: Target, path: string, host: string = target.authority): string {
  const agent = AGENTS[target.profile] ?? OWN_AGENT;
  const lines = [`Host: ${host}`, `User-Agent: ${agent}`, 'Accept: text/html,*/*;q=0.8', 'Connection: close'];
  return `${[`GET ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** The fields of the same handshake over HTTP/2 (RFC 8441 §5): no Upgrade, no Connection, no key. */
export function connectFields(target: Target): FieldLine[] {
  const rest = chosen(target, {}, target.profile).filter(
    ([name]) => !['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key'].includes(name),
  );
  const ofUser = target.headers.filter(
    ([name]) =>
      !/^(?:host|(?:proxy-)?connection|upgrade|te|keep-alive|transfer-encoding|http2-settings)$/i.test(name),
  );
  return [
    [':method', 'CONNECT'],
    [':protocol', 'websocket'],
    [':scheme', target.secure ? 'https' : 'http'],
    [':path', target.path],
    [':authority', target.authority],
    ...[...rest, ...ofUser].map(([name, value]): FieldLine => [name.toLowerCase(), value]),
  ];
}
