// Knows: how a SOCKS proxy is asked for a tunnel, and what its replies mean. RFC 1928, RFC 1929. Pure: octets in, a step out.
// Must not know: sockets, or how names become addresses: a name that it is given is the proxy's to look up.
import { isIP, isIPv4 } from 'node:net';
import { statusReasons } from '../handshake/rejections.js';
import { type Evidence, type Reason, rejected } from '../reason.js';
import { FORWARD_FAILURES } from './forward-failures.js';
import type { ProxyCredentials } from './forward-proxy.js';
import type { Negotiation, Step } from './negotiation.js';
import type { Port } from './tcp.js';

const VERSION = 5;
/** RFC 1928 §3. */
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
/** RFC 1928 §5. */
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
/** Version, reply, a reserved octet, the kind of address, and the first octet of it. */
const REPLY_BYTES = 5;
const MOST_NAME_BYTES = 255;
/** Of a password: it may come back in parts. */
const RECOGNISED_BYTES = 4;

/** RFC 1928 §6. */
const REPLIES: readonly string[] = [
  'succeeded',
  'general failure of the proxy',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'kind of address not supported',
];

const MORE: Step = { state: 'more' };

export class Socks5 implements Negotiation {
  readonly greeting: Uint8Array;
  readonly #target: Port;
  readonly #credentials: ProxyCredentials | undefined;
  #phase: 'method' | 'credentials' | 'reply' = 'method';
  /** What came of the reply that is awaited; all of them are short. */
  #octets: Buffer = Buffer.alloc(0);
  #answer = '';

  constructor(target: Port, credentials: ProxyCredentials | undefined) {
    this.#target = target;
    this.#credentials = credentials;
    const methods = credentials === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USER_AND_PASSWORD];
    this.greeting = Uint8Array.of(VERSION, methods.length, ...methods);
  }

  get answer(): string {
    return `${this.#answer}${this.#shown(this.#octets.length)}`;
  }

  push(chunk: Uint8Array): Step {
    this.#octets = Buffer.concat([this.#octets, chunk]);
    const first = this.#octets[0];
    if (first === undefined) return MORE;
    // RFC 1929 §2: the answer to user and password has a version of its own.
    const wanted = this.#phase === 'credentials' ? 1 : VERSION;
    if (first !== wanted) return this.#foreign(`${wanted} as its first octet`);
    if (this.#octets.length < 2) return MORE;
    const second = this.#octets[1]!;
    if (this.#phase === 'method') return this.#chosen(second);
    if (this.#phase === 'credentials') return this.#checked(second);
    return this.#replied(second);
  }

  #chosen(method: number): Step {
    if (method === NO_AUTHENTICATION) return this.#ask();
    if (method === USER_AND_PASSWORD && this.#credentials !== undefined) {
      return this.#go('credentials', credentialsOctets(this.#credentials));
    }
    const seen = method === 0xff ? 'none of those that were offered' : `${method}, which was not offered`;
    const wanted = this.#credentials === undefined ? 'credentials' : 'another way than user and password';
    return refused(statusReasons.FWD_AUTH, { field: 'method of SOCKS', seen, wanted });
  }

  #checked(status: number): Step {
    if (status === 0) return this.#ask();
    const wanted = 'other credentials than those given';
    return refused(statusReasons.FWD_AUTH, { field: 'user and password', seen: `status ${status}`, wanted });
  }

  #ask(): Step {
    const { host, port } = this.#target;
    const address = addressOctets(host);
    if (address === undefined) {
      const wanted = `${MOST_NAME_BYTES} octets at most`;
      return refused(FORWARD_FAILURES.FWD_SOCKS, { field: 'host', seen: `${host.length} octets`, wanted });
    }
    return this.#go('reply', Buffer.from([VERSION, 1, 0, ...address, port >> 8, port & 0xff]));
  }

  /** Says the next thing. What came too early stays, to be read as the answer to it. */
  #go(phase: 'credentials' | 'reply', send: Uint8Array): Step {
    this.#phase = phase;
    this.#answer += `${this.#octets.subarray(0, 2).toString('hex')} `;
    this.#octets = this.#octets.subarray(2);
    return { state: 'more', send };
  }

  #replied(reply: number): Step {
    if (reply !== 0) {
      const seen = `${reply}, ${REPLIES[reply] ?? 'which no standard knows'}`;
      return refused(FORWARD_FAILURES.FWD_SOCKS, { field: 'reply of SOCKS', seen, wanted: '0' });
    }
    if (this.#octets.length < REPLY_BYTES) return MORE;
    const length = addressBytes(this.#octets[3]!, this.#octets[4]!);
    if (length === undefined) return this.#foreign('a reply of SOCKS');
    const end = REPLY_BYTES - 1 + length + 2;
    if (this.#octets.length < end) return MORE;
    const rest = this.#octets.subarray(end);
    this.#octets = this.#octets.subarray(0, end);
    return { state: 'open', rest };
  }

  /** The first octets in hexadecimal, without a password that the other side sends back. */
  #shown(most: number): string {
    const password = Buffer.from(this.#credentials?.password ?? '').subarray(0, RECOGNISED_BYTES);
    const at = this.#phase === 'method' || password.length === 0 ? -1 : this.#octets.indexOf(password);
    if (at < 0 || at >= most) return this.#octets.toString('hex', 0, most);
    return `${this.#octets.toString('hex', 0, at)} (hidden)`.trimStart();
  }

  #foreign(wanted: string): Step {
    const seen = this.#shown(16).replace(/[\da-f]{2}(?=[\da-f])/g, '$& ');
    return refused(FORWARD_FAILURES.FWD_NOT_A_PROXY, { field: 'first bytes', seen, wanted });
  }
}

function refused(reason: Reason, evidence: Evidence): Step {
  return { state: 'refused', rejection: rejected(reason, evidence).rejection };
}

/** RFC 1929 §2. */
function credentialsOctets({ user, password }: ProxyCredentials): Uint8Array {
  const [name, secret] = [Buffer.from(user), Buffer.from(password)];
  return Buffer.concat([Uint8Array.of(1, name.length), name, Uint8Array.of(secret.length), secret]);
}

/** How long an address of this kind is; `first` is its first octet, which tells the length of a name. */
function addressBytes(kind: number, first: number): number | undefined {
  if (kind === IPV4) return 4;
  if (kind === IPV6) return 16;
  return kind === NAME ? 1 + first : undefined;
}

/** RFC 1928 §5: the kind and the address; undefined for a name that is too long. */
function addressOctets(host: string): number[] | undefined {
  if (isIPv4(host)) return [IPV4, ...host.split('.').map(Number)];
  if (isIP(host) === 6) return [IPV6, ...ipv6Octets(host)];
  const name = Buffer.from(host, 'latin1');
  return name.length > MOST_NAME_BYTES ? undefined : [NAME, name.length, ...name];
}

/** RFC 4291 §2.2. */
function ipv6Octets(address: string): number[] {
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const [front, back] = [groups(head), groups(tail ?? '')];
  return [...front, ...Array<number>(16 - front.length - back.length).fill(0), ...back];
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
