// Knows: who may watch: this machine by one of its own names, or whoever has the token. Nothing else is asked, and nothing leaks before.
// Must not know: pages or sockets. RFC 6265 for the cookie; a page of another origin can neither read nor set it (SameSite=Strict).
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Fields } from '../handshake/head.js';

/** What is known of somebody who asks. */
export interface Visitor {
  /** The socket's address, whatever a proxy says. */
  readonly peer: string;
  readonly fields: Pick<Fields, 'get' | 'has'>;
}

const COOKIE = 'handfast-inspector';

export class Access {
  readonly #token: string | undefined;
  /** Of this process: a cookie ends with it. */
  readonly #secret = randomBytes(32);

  constructor(token: string | undefined) {
    this.#token = token;
  }

  get hasToken(): boolean {
    return this.#token !== undefined;
  }

  /** Whether they may see everything. */
  admits(visitor: Visitor): boolean {
    return isOfThisMachine(visitor) || this.#hasCookie(visitor) || this.#hasBearer(visitor);
  }

  /** The cookie for whoever gives the right token; undefined for a wrong one. */
  cookieFor(token: string, secure: boolean): string | undefined {
    if (this.#token === undefined || !isSame(token, this.#token)) return undefined;
    const attributes = ['HttpOnly', 'SameSite=Strict', 'Path=/', ...(secure ? ['Secure'] : [])];
    return [`${COOKIE}=${this.#proof()}`, ...attributes].join('; ');
  }

  #proof(): string {
    return createHmac('sha256', this.#secret)
      .update(this.#token ?? '')
      .digest('base64url');
  }

  #hasCookie({ fields }: Visitor): boolean {
    if (this.#token === undefined) return false;
    const pairs = (fields.get('cookie') ?? '').split(/; */);
    const given = pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    return given !== undefined && isSame(given, this.#proof());
  }

  /** For the terminal, which can set fields. */
  #hasBearer({ fields }: Visitor): boolean {
    const given = /^Bearer +(\S+)$/i.exec(fields.get('authorization') ?? '')?.[1];
    return this.#token !== undefined && given !== undefined && isSame(given, this.#token);
  }
}

/** Fields by which a proxy on this machine tells that it only passes something on. */
const PASSED_ON = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via', 'x-forwarded-host'];

/**
 * A peer on the loopback interface that asks for a loopback name. Any page can make a name of its own mean 127.0.0.1 (DNS rebinding), so
 * the name has to be one that nobody else can have; and what a proxy here passes on comes from somewhere else.
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
