// Knows: how a tunnel through a forward proxy is opened: the proxy reached over TCP or TLS, asked for a way to the place, its answer read;
// bounded, timed, the credentials taken out of whatever is told. Must not know: what is said in which protocol (`http-connect.ts`,
// `socks5.ts`), or what travels through the tunnel.
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { disown, type Owner, own } from '../duplex.js';
import type { Timings } from '../errors.js';
import { FAILURES } from './failures.js';
import { FORWARD_FAILURES } from './forward-failures.js';
import { type ForwardProxy, hideCredentials, hideCredentialsIn } from './forward-proxy.js';
import { HttpConnect } from './http-connect.js';
import type { Negotiation } from './negotiation.js';
import { msSince, type Patience, type Stop } from './patience.js';
import { Socks5 } from './socks5.js';
import { type Failure, failed, isReset } from './system-errors.js';
import { connectTcp, type Dialed, type Port, resolve, unnamed } from './tcp.js';
import { type PreparedTls, secure } from './tls.js';

export interface TunnelOptions {
  /** How names become addresses; `dns.lookup` unless given. */
  readonly lookup?: LookupFunction | undefined;
  /** For a proxy that is reached over TLS (`https`). */
  readonly tls?: PreparedTls | undefined;
}

/**
 * A socket that leads to the place, paused, with whatever came behind the answer still to be read; or why there is none. `answer` is
 * what the proxy said, without the credentials: the head as it came, over SOCKS its octets in hexadecimal.
 */
export type Tunnelled =
  | { readonly ok: true; readonly value: Socket; readonly answer: string }
  | (Failure & { readonly answer?: string });

/**
 * Opens a tunnel to `place`. `timings` get `dnsMs` and `tcpMs` of the way to the proxy and `proxyMs`: from there to its answer, TLS to the
 * proxy with it. Nothing of the place itself is spoken to yet.
 */
export async function openTunnel(
  proxy: ForwardProxy,
  place: Port,
  { lookup, tls }: TunnelOptions,
  patience: Patience,
  timings: Timings,
): Promise<Tunnelled> {
  const target = await targetOf(proxy, place, lookup, patience, timings);
  if (!target.ok) return target;
  const tcp = await connectTcp(proxy, lookup, patience, timings);
  if (!tcp.ok) return unreachable(proxy, tcp);
  const since = performance.now();
  let socket: Socket = tcp.value;
  if (proxy.scheme === 'https') {
    const secured = await secure(socket, proxy.host, { tls }, patience, { totalMs: 0 });
    if (!secured.ok) return unreachable(proxy, secured);
    socket = secured.value;
  }
  const negotiation = negotiationWith(proxy, target.value);
  const tunnelled = await new Tunnelling(socket, proxy, negotiation).run(patience);
  if (tunnelled.ok) timings.proxyMs = msSince(since);
  return tunnelled;
}

/** What a stop means while a tunnel to `host` is under way. */
export function stoppedTunnel(
  proxy: ForwardProxy,
  host: string,
  { dnsMs, tcpMs }: Timings,
  patience: Patience,
  why: Stop,
): Failure {
  if (proxy.scheme === 'socks5' && dnsMs === undefined && tcpMs === undefined && isIP(host) === 0)
    return unnamed(host, patience, why);
  const reason = tcpMs === undefined ? FORWARD_FAILURES.FWD_UNREACHABLE : FORWARD_FAILURES.FWD_TIMEOUT;
  return patience.failure(why, 'proxy', reason, `no answer of ${proxy.name}`);
}

/** RFC 1928 §4 lets the proxy look a name up; who says `socks5` and not `socks5h` wants it done here. */
async function targetOf(
  { scheme }: ForwardProxy,
  { host, port }: Port,
  lookup: LookupFunction | undefined,
  patience: Patience,
  timings: Timings,
): Promise<Dialed<Port>> {
  if (scheme !== 'socks5' || isIP(host) !== 0) return { ok: true, value: { host, port } };
  const found = await resolve(host, lookup, patience, timings);
  return found.ok ? { ok: true, value: { host: found.value, port } } : found;
}

function negotiationWith(proxy: ForwardProxy, target: Port): Negotiation {
  return proxy.scheme === 'http' || proxy.scheme === 'https'
    ? new HttpConnect(target, proxy.credentials)
    : new Socks5(target, proxy.credentials);
}

/** What kept this side from the proxy, told as the proxy's failure and not as the server's. */
function unreachable(proxy: ForwardProxy, { rejection: { reason, evidence }, cause }: Failure): Failure {
  if (reason === FAILURES.CLIENT_CLOSED_EARLY)
    return failed(reason, { field: 'stage', seen: 'proxy' }, cause);
  const found = [reason.code, evidence.seen].filter(Boolean).join(', ');
  return failed(FORWARD_FAILURES.FWD_UNREACHABLE, { field: 'proxy', seen: `${proxy.name}: ${found}` }, cause);
}

const NOTHING = new Uint8Array(0);

/** A connected socket until the proxy has answered. */
class Tunnelling implements Owner {
  readonly #socket: Socket;
  readonly #proxy: ForwardProxy;
  readonly #negotiation: Negotiation;
  #resolve!: (outcome: Tunnelled) => void;
  #receivedBytes = 0;
  #error: Error | undefined = undefined;
  #isOver = false;

  constructor(socket: Socket, proxy: ForwardProxy, negotiation: Negotiation) {
    this.#socket = socket;
    this.#proxy = proxy;
    this.#negotiation = negotiation;
  }

  run(patience: Patience): Promise<Tunnelled> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      own(this.#socket, this);
      patience.entrust((why) => {
        const seen =
          this.#receivedBytes === 0 ? 'no octet' : `no whole answer, only ${this.#receivedBytes} octets`;
        const text = `${seen} of ${this.#proxy.name}`;
        this.#fail(patience.failure(why, 'proxy', FORWARD_FAILURES.FWD_TIMEOUT, text));
      });
      if (this.#socket.destroyed) return this.onClose();
      if (!this.#isOver) this.#socket.write(this.#negotiation.greeting);
    });
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#receivedBytes += chunk.length;
    let step = this.#negotiation.push(chunk);
    while (step.state === 'more') {
      if (step.send === undefined) return;
      this.#socket.write(step.send);
      // What a hasty proxy has said already.
      step = this.#negotiation.push(NOTHING);
    }
    if (step.state === 'open') this.#open(step.rest);
    else this.#fail(failed(step.rejection.reason, step.rejection.evidence));
  }

  #open(rest: Uint8Array): void {
    this.#isOver = true;
    const socket = this.#socket;
    // Between two owners nobody else would hear an error; the next one finds the socket destroyed.
    disown(socket.on('error', ignore));
    if (rest.length > 0) socket.unshift(rest);
    this.#resolve({ ok: true, value: socket, answer: this.#answer() });
  }

  #fail({ rejection: { reason, evidence }, cause }: Failure): void {
    this.#isOver = true;
    this.#socket.destroy();
    const told = failed(reason, hideCredentialsIn(evidence, this.#proxy), cause);
    this.#resolve(this.#receivedBytes === 0 ? told : { ...told, answer: this.#answer() });
  }

  #answer(): string {
    return hideCredentials(this.#negotiation.answer, this.#proxy);
  }

  onError(error: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  onEnd(): void {
    this.#socket.end();
  }

  onDrain(): void {}

  /** It hung up in place of an answer. */
  onClose(): void {
    if (this.#isOver) return;
    const error = this.#error ?? this.#socket.errored ?? undefined;
    const how = error === undefined ? 'FIN' : isReset(error) ? 'RST' : error.message;
    const seen = `${this.#receivedBytes} octets, then ${how}`;
    this.#fail(failed(FORWARD_FAILURES.FWD_NOT_A_PROXY, { field: 'answer', seen }, error));
  }
}

function ignore(): void {}
