// Knows: who may watch: whoever has the token, or, where there is none, this machine by one of its own names.
// Must not know: pages or sockets. RFC 6265 for the cookie, RFC 6750 for the token in a field.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Fields } from '../handshake/head.js';
import { countedAddress } from '../server/addresses.js';
import { Guesses } from './guesses.js';

/** What is known of somebody who asks. */
export interface Visitor {
  /** The socket's address, whatever a proxy says. */
  readonly peer: string;
  readonly fields: Pick<Fields, 'get' | 'has'>;
}

/** `machine`: from this machine only. `token`: they have to give it. `later`: they gave too many wrong ones. */
export type Verdict = 'welcome' | 'machine' | 'token' | 'later';

/** A cookie is good for so long: a week. */
const COOKIE_MS = 7 * 24 * 3_600_000;

export class Access {
  readonly #token: string | undefined;
  /** Of the token: a browser keeps one jar for all ports of a host. */
  readonly #cookieName: string;
  readonly #guesses = new Guesses();

  constructor(token: string | undefined) {
    this.#token = token;
    this.#cookieName = `handfast-inspector-${this.#sign('name').slice(0, 8)}`;
  }

  judge(visitor: Visitor, now: number = Date.now()): Verdict {
    if (this.#token === undefined) return isOfThisMachine(visitor) ? 'welcome' : 'machine';
    if (this.#hasCookie(visitor, now)) return 'welcome';
    // The terminal can set fields.
    const given = /^Bearer +(\S+)$/i.exec(visitor.fields.get('authorization') ?? '')?.[1];
    return given === undefined ? 'token' : this.judgeToken(given, visitor, now);
  }

  /** The same for a token that came in the form. */
  judgeToken(given: string, { peer }: Visitor, now: number = Date.now()): Verdict {
    if (this.#token === undefined) return 'machine';
    const address = countedAddress(peer);
    if (!this.#guesses.mayGuess(address, now)) return 'later';
    if (isSame(given, this.#token)) return 'welcome';
    this.#guesses.wasWrong(address, now);
    return 'token';
  }

  /**
   * What takes the token's place in a browser. It holds in every process that has the token, and ends with it. Without a path of its own
   * it belongs to that of the page, under whatever prefix a proxy shows it. Lax, so that a link to a handshake works in a mail; another
   * site's page can open no socket with it.
   */
  cookie(isSecure: boolean, now: number = Date.now()): string {
    const until = String(now + COOKIE_MS);
    const attributes = ['HttpOnly', 'SameSite=Lax', `Max-Age=${COOKIE_MS / 1000}`];
    const pair = `${this.#cookieName}=${until}.${this.#sign(until)}`;
    return [pair, ...attributes, ...(isSecure ? ['Secure'] : [])].join('; ');
  }

  #hasCookie({ fields }: Visitor, now: number): boolean {
    const start = `${this.#cookieName}=`;
    const pairs = (fields.get('cookie') ?? '').split(/; */).filter((pair) => pair.startsWith(start));
    // Another host of the site may have set one of the same name beside it.
    return pairs.some((pair) => this.#isGood(pair.slice(start.length), now));
  }

  #isGood(cookie: string, now: number): boolean {
    const [until = '', proof = ''] = cookie.split('.');
    return isSame(proof, this.#sign(until)) && now < Number(until);
  }

  #sign(text: string): string {
    return createHmac('sha256', `handfast-inspector ${this.#token}`).update(text).digest('base64url');
  }
}

/** Fields by which a proxy on this machine tells that it only passes something on. */
const PASSED_ON = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-original-forwarded-for',
  'x-original-host',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'cdn-loop',
  'cf-connecting-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'true-client-ip',
];

/**
 * A peer on the loopback interface that asks for a loopback name. Any page can make a name of its own mean 127.0.0.1 (DNS rebinding), so
 * the name has to be one that nobody else can have; and what a proxy here passes on comes from somewhere else. A proxy that tells
 * nothing of itself cannot be told from this machine, which is why production takes a token (`settings.ts`).
 */
function isOfThisMachine({ peer, fields }: Visitor): boolean {
  if (!isLoopback(peer) || PASSED_ON.some((name) => fields.has(name))) return false;
  const host = (fields.get('host') ?? '')
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
  return host === 'localhost' || (isIP(host) !== 0 && isLoopback(host));
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === '::1';
}

/** In a time that does not depend on where they differ. */
function isSame(one: string, other: string): boolean {
  const key = randomBytes(16);
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
