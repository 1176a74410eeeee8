// Knows: which options can be meant, so that wrong usage is told before anything is sent, and never taken for a fault of the endpoint.
// Must not know: what they do. No value that may be a secret is repeated in an error. RFC 9110 §5.1, §5.5.
import { isIP } from 'node:net';
import { TLS_KEYS } from '../client/options.js';
import { isToken } from '../handshake/fields.js';
import { checkKeys } from '../options.js';
import { printable } from '../reason.js';
import { parseProxy } from '../transport/forward-proxy.js';
import { prepareTls } from '../transport/tls.js';
import type { DiagnoseOptions, Profile } from './options.js';

const DAY_MS = 86_400_000;

/** Numbers and what they may be. Timers of Node take no more than 24 days. */
const NUMBERS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  idleMs: [1, DAY_MS],
  expectOpenMs: [1, DAY_MS],
  timeoutMs: [1, DAY_MS],
  stageMs: [1, 600_000],
  maxConnections: [1, 64],
};
const FLAGS = ['deflate', 'insecure', 'own', 'guess', 'public', 'showSecrets'] as const;
const PROFILES: readonly Profile[] = ['handfast', 'chrome', 'firefox', 'node', 'curl'];
const KEYS: readonly string[] = [
  ...Object.keys(NUMBERS),
  ...FLAGS,
  'headers',
  'cookie',
  'origin',
  'subprotocols',
  'profile',
  'proxy',
  'direct',
  'resolve',
  'tls',
  'page',
  'reflect',
  'signal',
  'onprobe',
];

/** @throws TypeError or RangeError for options that cannot be meant. */
export function checkOptions(options: DiagnoseOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('the options are an object');
  checkKeys(options, KEYS, 'diagnose()');
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    checkRange(name, (options as Readonly<Record<string, unknown>>)[name], least, most);
  }
  for (const name of FLAGS) {
    if (!['boolean', 'undefined'].includes(typeof options[name]))
      throw new TypeError(`${name} is true or false`);
  }
  checkHandshake(options);
  checkWay(options);
  checkCallbacks(options);
}

function checkRange(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
  throw new RangeError(`${name} is a number from ${least} to ${most}, not ${printable(String(value), 40)}`);
}

// What the handshake says.

function checkHandshake({
  headers = [],
  cookie,
  origin,
  subprotocols = [],
  profile,
  reflect,
}: DiagnoseOptions): void {
  if (!Array.isArray(headers)) throw new TypeError('headers is a list of [name, value]');
  for (const line of headers) checkLine(line);
  if (cookie !== undefined && !isFieldValue(cookie))
    throw new TypeError('cookie is what a field can hold: no line ends, no control characters');
  if (origin !== undefined && origin !== null && !isOrigin(origin))
    throw new TypeError('origin is such as https://app.example, or "null", or null for none');
  if (!Array.isArray(subprotocols) || !subprotocols.every((name) => typeof name === 'string'))
    throw new TypeError('subprotocols is a list of strings');
  if (profile !== undefined && !PROFILES.includes(profile))
    throw new TypeError(`profile is one of ${PROFILES.join(', ')}`);
  if (typeof reflect === 'string' ? reflect === '' || !isFieldValue(reflect) : !isFlag(reflect))
    throw new TypeError('reflect is true, false or a token without control characters');
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

/** Sent by the handshake itself: a second one makes any server refuse it. */
const OWN_FIELD =
  /^(?:host|upgrade|connection|origin|content-length|transfer-encoding|sec-websocket-(?:key|version|protocol|extensions|accept))$/i;

function checkLine(line: unknown): void {
  const [name, value, ...more]: readonly unknown[] = Array.isArray(line) ? line : [];
  if (typeof name !== 'string' || typeof value !== 'string' || more.length > 0)
    throw new TypeError('headers is a list of [name, value]; names and values are strings');
  if (!isToken(name)) throw new TypeError(`${printable(name, 60)} cannot be the name of a field`);
  if (OWN_FIELD.test(name))
    throw new TypeError(`the field ${name} is the handshake's own; there are options for what it may say`);
  if (!isFieldValue(value))
    throw new TypeError(
      `the field ${name} has a value that cannot be sent: a line end or a character beyond ISO 8859-1`,
    );
}

/** RFC 9110 §5.5: visible characters, spaces and tabs; heads are sent one octet a character. */
function isFieldValue(value: unknown): boolean {
  return typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** RFC 6454 §7: scheme, host and port, of any scheme. */
function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && /^(?:null|[a-z][a-z\d+.-]*:\/\/[\x21-\x7e]*)$/i.test(value);
}

// The way there.

function checkWay({ proxy, direct, resolve, page, tls = {} }: DiagnoseOptions): void {
  if (proxy !== undefined && proxy !== null && typeof proxy !== 'string')
    throw new TypeError('proxy is the URL of a forward proxy, or null for none');
  if (typeof proxy === 'string') parseProxy(proxy);
  if (direct !== undefined) placeIn(direct);
  if (resolve !== undefined && isIP(String(resolve)) === 0)
    throw new TypeError('resolve is an IPv4 or IPv6 address');
  if (page !== undefined && !isPage(page)) throw new TypeError('page is the URL of a page, http: or https:');
  if (typeof tls !== 'object' || tls === null) throw new TypeError('tls is an object');
  checkKeys(tls, TLS_KEYS, 'tls');
  prepareTls(tls);
}

function isPage(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A place as `HOST:PORT`, an IPv6 address in brackets. @throws TypeError for anything else. */
export function placeIn(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([\da-f:.]+)\]|([^:[\]\s/@]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new TypeError('direct is HOST:PORT, such as 10.0.0.7:3000');
  return { host: match[1] ?? match[2]!, port };
}

function checkCallbacks({ signal, onprobe }: DiagnoseOptions): void {
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError('signal is an AbortSignal');
  if (onprobe !== undefined && typeof onprobe !== 'function') throw new TypeError('onprobe is a function');
}
