// Knows: whose address a connection counts for (RFC 7239; X-Forwarded-For), and how many each address has and how fast they come.
// Must not know: what is done about it. What an untrusted peer says of itself is not read at all.
import { BlockList, isIP, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { RequestHead } from '../handshake/head.js';

/** A list of hops longer than this is somebody's game. */
const MAX_HOPS = 50;
/** Addresses that are remembered; those without a connection are forgotten first. */
const MAX_REMEMBERED = 16_384;

interface Client {
  readonly address: string;
  readonly secure: boolean;
}

/** Which peers are proxies whose word counts. */
export class TrustedProxies {
  readonly #list: BlockList | undefined;

  /** @throws TypeError for what is neither an address nor a network such as `10.0.0.0/8`. */
  constructor(entries: readonly string[]) {
    if (entries.length === 0) return;
    this.#list = new BlockList();
    for (const entry of entries) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address);
      const width = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
      if (family === 0 || !Number.isInteger(width) || width < 0 || width > (family === 6 ? 128 : 32)) {
        throw new TypeError(`trustedProxies takes addresses and networks, not ${JSON.stringify(entry)}`);
      }
      this.#list.addSubnet(address, width, family === 6 ? 'ipv6' : 'ipv4');
    }
  }

  get isEmpty(): boolean {
    return this.#list === undefined;
  }

  includes(address: string): boolean {
    const bare = address.split('%', 1)[0]!;
    const family = isIP(bare);
    return family !== 0 && this.#list?.check(bare, family === 6 ? 'ipv6' : 'ipv4') === true;
  }

  /** The client behind the proxies: the first address from the right that is not one of them. */
  clientOf(peer: string, secure: boolean, head: RequestHead | undefined): Client {
    if (this.#list === undefined || head === undefined || !this.includes(peer))
      return { address: peer, secure };
    const forwarded = head.fields.combined('forwarded');
    const hops = forwarded === undefined ? plainHops(head) : forwardedHops(forwarded);
    let last = { address: peer, secure };
    for (let index = hops.length - 1; index >= Math.max(0, hops.length - MAX_HOPS); index -= 1) {
      const hop = hops[index]!;
      if (hop.address === undefined) return last;
      last = { address: hop.address, secure: hop.secure ?? last.secure };
      if (!this.includes(hop.address)) return last;
    }
    return last;
  }
}

/** The other side of a handshake: the socket's, or what trusted proxies say; looked up when it is asked for. */
export class Peer {
  readonly socket: Duplex;
  readonly #proxies: TrustedProxies;
  readonly #head: RequestHead;
  #client: Client | undefined = undefined;

  constructor(socket: Duplex, proxies: TrustedProxies, head: RequestHead) {
    this.socket = socket;
    this.#proxies = proxies;
    this.#head = head;
  }

  get address(): string {
    return this.#look().address;
  }

  get secure(): boolean {
    return this.#proxies.isEmpty ? isEncrypted(this.socket) : this.#look().secure;
  }

  #look(): Client {
    this.#client ??= this.#proxies.clientOf(addressOf(this.socket), isEncrypted(this.socket), this.#head);
    return this.#client;
  }
}

/** The address that the socket itself shows; '' when it has none (any more). */
export function addressOf(socket: Duplex): string {
  return plainAddress((socket as Socket).remoteAddress ?? '');
}

export function isEncrypted(socket: Duplex): boolean {
  return (socket as TLSSocket).encrypted === true;
}

interface Hop {
  readonly address: string | undefined;
  readonly secure: boolean | undefined;
}

/** What the request says of the way it came, as it says it, whoever wrote that: the client first. */
export function forwardedOf({ fields }: RequestHead): readonly string[] {
  const forwarded = fields.combined('forwarded');
  const list = forwarded ?? fields.combined('x-forwarded-for');
  if (list === undefined) return [];
  const hops = list.split(',', MAX_HOPS).map((entry) => entry.trim());
  return forwarded === undefined
    ? hops
    : hops.map((hop) => /(?:^|;)\s*for="?([^";]*)/i.exec(hop)?.[1] ?? hop);
}

function plainHops(head: RequestHead): Hop[] {
  const list = head.fields.combined('x-forwarded-for');
  if (list === undefined) return [];
  const protocol = head.fields.get('x-forwarded-proto')?.trim().toLowerCase();
  const secure = protocol === undefined ? undefined : protocol === 'https' || protocol === 'wss';
  return list.split(',', MAX_HOPS + 1).map((entry) => ({ address: addressIn(entry), secure }));
}

/** RFC 7239 §4: `for=192.0.2.60;proto=https, for="[2001:db8::1]:4711"`. */
function forwardedHops(value: string): Hop[] {
  return value.split(',', MAX_HOPS + 1).map((element) => {
    let address: string | undefined;
    let secure: boolean | undefined;
    for (const pair of element.split(';', 8)) {
      const equals = pair.indexOf('=');
      const name = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase();
      const text = pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
      if (name === 'for') address = addressIn(text);
      if (name === 'proto') secure = text.toLowerCase() === 'https' || text.toLowerCase() === 'wss';
    }
    return { address, secure };
  });
}

/** An address with or without a port or brackets; undefined for names, zones and anything else. */
function addressIn(text: string): string | undefined {
  const entry = text.trim();
  if (entry.startsWith('[')) {
    const inner = entry.slice(1, Math.max(1, entry.indexOf(']')));
    return isIPv6(inner) && !inner.includes('%') ? plainAddress(inner) : undefined;
  }
  const bare = entry.split(':').length === 2 ? entry.slice(0, entry.indexOf(':')) : entry;
  return isIP(bare) !== 0 && !bare.includes('%') ? plainAddress(bare) : undefined;
}

/** An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is that IPv4 address. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

/** What connections are counted by: an IPv4 address, or the /64 that an IPv6 subscriber gets as a whole. */
export function countedAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...new Array<string>(Math.max(0, missing)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** What is known of one address. */
export interface Tally {
  connections: number;
  /** Handshakes that may still be tried now; fills up again with time. */
  tokens: number;
  filledAt: number;
}

export class AddressBook {
  readonly #tallies = new Map<string, Tally>();
  readonly #perSecond: number;
  #forgetAt = MAX_REMEMBERED;

  constructor(handshakesPerSecond: number) {
    this.#perSecond = handshakesPerSecond;
  }

  of(address: string, now: number): Tally {
    const key = countedAddress(address);
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      if (this.#tallies.size >= this.#forgetAt) this.#forget(now);
      tally = { connections: 0, tokens: this.#perSecond, filledAt: now };
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  /** Of the address that has the most. */
  get mostConnections(): number {
    let most = 0;
    for (const { connections } of this.#tallies.values()) most = Math.max(most, connections);
    return most;
  }

  /** Takes one handshake from the address's bucket; false when it is empty. */
  spend(tally: Tally, now: number): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true;
    tally.tokens = Math.min(
      this.#perSecond,
      tally.tokens + ((now - tally.filledAt) / 1000) * this.#perSecond,
    );
    tally.filledAt = now;
    if (tally.tokens < 1) return false;
    tally.tokens -= 1;
    return true;
  }

  /** Drops addresses without a connection whose bucket is full again, and if there are none, the oldest without one. */
  #forget(now: number): void {
    for (const [key, tally] of this.#tallies) {
      if (tally.connections === 0 && now - tally.filledAt >= 1000) this.#tallies.delete(key);
    }
    for (const [key, tally] of this.#tallies) {
      if (this.#tallies.size <= MAX_REMEMBERED * 0.75) break;
      if (tally.connections === 0) this.#tallies.delete(key);
    }
    // A search looks at all of them, so the next one has to wait until a good part is new, however many are connected.
    this.#forgetAt = Math.max(MAX_REMEMBERED, Math.ceil(this.#tallies.size * 1.25));
  }
}
