// Knows: what a diagnosis is about, judged and filled in: the URL, what the user's handshake says, by which way it goes.
// Must not know: how it goes there. Everything in it is data, so that it can be saved with a recording.
import { randomBytes } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { FieldLine } from '../handshake/head.js';
import type { Route } from './observation.js';
import type { DiagnoseOptions, Profile } from './options.js';
import { placeIn } from './options-check.js';

/** What the user's handshake says and where it goes. */
export interface Target {
  /** As given, for the report; redacted when it is shown or saved. */
  readonly url: string;
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** `Host` of the request: with the port unless it is the scheme's own. */
  readonly authority: string;
  /** Path and query. */
  readonly path: string;
  /** Null: none is sent. */
  readonly origin: string | null;
  /** The origin that the URL itself has. */
  readonly ownOrigin: string;
  readonly subprotocols: readonly string[];
  readonly deflate: boolean;
  readonly headers: readonly FieldLine[];
  readonly cookie?: string;
  readonly profile: Profile;
  /** Without credentials. */
  readonly proxy?: string;
  /** The proxy that the environment names and that is not taken. */
  readonly environmentProxy?: string;
  readonly direct?: { readonly host: string; readonly port: number };
  readonly resolve?: string;
  readonly page?: string;
  readonly idleMs?: number;
  readonly expectOpenMs?: number;
  /** The whole backend reflects, or the server has it mounted. */
  readonly reflect?: 'backend' | 'mounted';
  readonly own: boolean;
  readonly guess: boolean;
  readonly public: boolean;
  readonly insecure: boolean;
  readonly stageMs: number;
  /** A name in no use, for paths and origins that nobody has. */
  readonly nonce: string;
}

/** The target of a URL that was judged good (`client/url.ts`). */
export function targetOf(
  url: URL,
  options: DiagnoseOptions,
  proxy: Pick<Target, 'proxy' | 'environmentProxy'>,
): Target {
  const secure = url.protocol === 'wss:';
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const ownOrigin = `${secure ? 'https' : 'http'}://${url.host}`;
  const { origin, cookie, direct, resolve, page, idleMs, expectOpenMs } = options;
  return {
    url: url.href,
    secure,
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    path: `${url.pathname}${url.search}`,
    origin: origin === undefined ? (page === undefined ? ownOrigin : new URL(page).origin) : origin,
    ownOrigin,
    subprotocols: options.subprotocols ?? [],
    deflate: options.deflate ?? true,
    headers: options.headers ?? [],
    ...(cookie !== undefined && { cookie }),
    profile: options.profile ?? 'handfast',
    ...proxy,
    ...(direct !== undefined && { direct: placeIn(direct) }),
    ...(resolve !== undefined && { resolve }),
    ...(page !== undefined && { page }),
    ...(idleMs !== undefined && { idleMs }),
    ...(expectOpenMs !== undefined && { expectOpenMs }),
    ...(options.reflect && { reflect: options.reflect === true ? 'backend' : 'mounted' }),
    own: options.own ?? false,
    guess: options.guess ?? false,
    public: options.public ?? false,
    insecure: options.insecure ?? false,
    stageMs: options.stageMs ?? 5000,
    nonce: randomBytes(3).toString('hex'),
  };
}

/** The way that a probe takes unless it varies just that. */
export function routeOf({ secure, host, port, proxy }: Target, address?: string): Route {
  return {
    secure,
    host,
    port,
    ...(address !== undefined && { address }),
    ...(proxy !== undefined && { proxy }),
  };
}

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6');

/** RFC 1918, RFC 4193, RFC 6598, loopback and link-local: not reached from the internet. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
