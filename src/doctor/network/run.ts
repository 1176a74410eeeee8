// Knows: how probes are made politely: how many connections in all and at once, how far apart, for how long, and when to stop.
// Must not know: which probe comes next, or what was found. This folder is the only one of doctor/ that touches the network.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import type { ForwardProxy } from '../../transport/forward-proxy.js';
import { nameFailure } from '../../transport/system-errors.js';
import type {
  AddressSeen,
  ExchangeProbe,
  HelloProbe,
  Http2Probe,
  Inquiry,
  Observation,
  Probe,
  ReachProbe,
  ResolveProbe,
  Skipped,
} from '../observation.js';
import { exchange } from './exchange.js';
import { askHttp2 } from './http2.js';
import { type LineOptions, msSince, openLine, reach, troubleOf } from './line.js';

export interface RunOptions {
  readonly stageMs: number;
  readonly timeoutMs: number;
  readonly maxConnections: number;
  readonly material: SecureContextOptions;
  /** With their credentials; routes name them without. */
  readonly proxies: readonly ForwardProxy[];
  readonly signal?: AbortSignal | undefined;
  /** Told of each probe right before it is made. */
  readonly onprobe?: ((probe: Probe) => void) | undefined;
}

/** Between the starts of two exchanges with one host. */
const APART_MS = 100;
/** After so many resets in a row, the one of the baseline aside, the host wants to be left alone. */
const RESETS = 2;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Findings = Omit<Observation, 'id' | 'probe' | 'startedMs'>;

/** One diagnosis's worth of probes. */
export class Run {
  readonly observations: Observation[] = [];
  readonly #options: RunOptions;
  readonly #since = performance.now();
  readonly #deadline = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #connections = 0;
  #resets = 0;
  #stopped: Skipped | undefined;
  #lastExchange = Number.NEGATIVE_INFINITY;
  readonly #onAbort = () => this.#stop('interrupted');

  constructor(options: RunOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#stop('deadline'), options.timeoutMs);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal?.aborted) this.#onAbort();
  }

  /** Lets the inquiry ask until it has its result. */
  async drive<Result>(inquiry: Inquiry<Result>): Promise<Result> {
    try {
      let step = inquiry.next([]);
      while (!step.done) step = inquiry.next(await Promise.all(step.value.map((probe) => this.#make(probe))));
      return step.value;
    } finally {
      clearTimeout(this.#timer);
      this.#options.signal?.removeEventListener('abort', this.#onAbort);
    }
  }

  get ms(): number {
    return msSince(this.#since);
  }

  async #make(probe: Probe): Promise<Observation> {
    const id = `p${this.observations.length + 1}`;
    const at = this.observations.length;
    const skipped =
      this.#stopped ??
      (this.#connections + costOf(probe) > this.#options.maxConnections ? 'budget' : undefined);
    const nothing = { times: { totalMs: 0 }, frames: [], connections: 0, bytesOut: 0, bytesIn: 0 };
    const placeholder: Observation = {
      id,
      probe,
      startedMs: this.ms,
      skipped: skipped ?? 'interrupted',
      ...nothing,
    };
    this.observations.push(placeholder);
    if (skipped !== undefined) return placeholder;
    this.#connections += costOf(probe);
    this.#options.onprobe?.(probe);
    if (probe.kind === 'exchange') await this.#keepApart();
    const startedMs = this.ms;
    const since = performance.now();
    const found = await this.#perform(probe);
    const times = { ...found.times, totalMs: msSince(since) };
    const observation: Observation = { id, probe, startedMs, ...this.#unlessCutOff(found), times };
    this.observations[at] = observation;
    this.#watch(observation);
    return observation;
  }

  /** What we cut off ourselves is nobody's fault; an answer that was there already counts. */
  #unlessCutOff(found: Findings): Findings {
    if (!this.#deadline.signal.aborted || found.answer !== undefined) return found;
    const { trouble: _, addresses: _a, end: _e, ...rest } = found;
    return { ...rest, ...(this.#stopped !== undefined && { skipped: this.#stopped }) };
  }

  #perform(probe: Probe): Promise<Findings> {
    switch (probe.kind) {
      case 'resolve':
        return this.#resolve(probe);
      case 'reach':
        return this.#reach(probe);
      case 'hello':
        return this.#hello(probe);
      case 'http2':
        return this.#http2(probe);
      case 'exchange':
        return this.#exchange(probe);
    }
  }

  async #resolve({ host }: ResolveProbe): Promise<Findings> {
    const since = performance.now();
    const nothing = { frames: [], connections: 0, bytesOut: 0, bytesIn: 0 };
    const isFound = new AbortController();
    try {
      const signal = AbortSignal.any([this.#deadline.signal, isFound.signal]);
      const found = await Promise.race([
        lookup(host, { all: true }),
        pause(this.#options.stageMs, undefined, { signal }).then(() => {
          throw Object.assign(new Error('no answer of the resolver'), { code: 'EAI_AGAIN' });
        }),
      ]);
      const times = { dnsMs: msSince(since), totalMs: 0 };
      const addresses = found.map(
        ({ address, family }): AddressSeen => ({ address, family: family === 6 ? 6 : 4 }),
      );
      return { ...nothing, times, addresses };
    } catch (error) {
      const { rejection } = nameFailure(error as NodeJS.ErrnoException, host);
      return { ...nothing, times: { totalMs: 0 }, trouble: troubleOf(rejection, error as Error) };
    } finally {
      isFound.abort();
    }
  }

  async #reach({ addresses, port }: ReachProbe): Promise<Findings> {
    const seen = await Promise.all(addresses.map((address) => this.#reachOne(address, port)));
    return {
      times: { totalMs: 0 },
      addresses: seen,
      frames: [],
      connections: addresses.length,
      bytesOut: 0,
      bytesIn: 0,
    };
  }

  async #reachOne(address: string, port: number): Promise<AddressSeen> {
    const line: Parameters<typeof reach>[3] = { times: { totalMs: 0 } };
    const socket = await reach(address, port, this.#lineOptions(), line);
    socket?.destroy();
    const { tcpMs } = line.times;
    return {
      address,
      family: isIP(address) === 6 ? 6 : 4,
      ...(tcpMs !== undefined && { tcpMs }),
      ...(line.trouble !== undefined && { trouble: line.trouble }),
    };
  }

  async #hello({ route, maxVersion, alpn, servername }: HelloProbe): Promise<Findings> {
    const { socket, ...line } = await openLine(
      { ...route, secure: true },
      { ...this.#lineOptions(), ...(alpn && { alpn }), maxVersion, servername },
    );
    socket?.destroy();
    return { ...line, frames: [], connections: 1, bytesOut: 0, bytesIn: 0 };
  }

  async #http2({ route, fields }: Http2Probe): Promise<Findings> {
    const { socket, ...line } = await openLine(route, { ...this.#lineOptions(), alpn: ['h2', 'http/1.1'] });
    const findings: Mutable<Findings> = { ...line, frames: [], connections: 1, bytesOut: 0, bytesIn: 0 };
    if (socket === undefined) return findings;
    if (line.tls?.alpn !== 'h2') {
      socket.destroy();
      return { ...findings, http2: { alpn: line.tls?.alpn ?? '' } };
    }
    const http2 = await askHttp2(socket, fields, this.#options.stageMs, this.#deadline.signal);
    return { ...findings, http2, bytesOut: socket.bytesWritten, bytesIn: socket.bytesRead };
  }

  async #exchange({
    route,
    request,
    session,
    headMs = this.#options.stageMs * 2,
  }: ExchangeProbe): Promise<Findings> {
    const { socket, ...line } = await openLine(route, this.#lineOptions());
    if (socket === undefined) return { ...line, frames: [], connections: 1, bytesOut: 0, bytesIn: 0 };
    const { signal } = this.#deadline;
    const { headMs: tookMs, ...seen } = await exchange(socket, { request, session, headMs, signal });
    const times = { ...line.times, ...(tookMs !== undefined && { headMs: tookMs }) };
    return { ...line, ...seen, times, connections: 1 };
  }

  #lineOptions(): LineOptions {
    const { stageMs, material, proxies } = this.#options;
    return { stageMs, material, proxies, signal: this.#deadline.signal };
  }

  async #keepApart(): Promise<void> {
    const now = performance.now();
    const waitMs = this.#lastExchange + APART_MS - now;
    this.#lastExchange = Math.max(now, this.#lastExchange + APART_MS);
    if (waitMs > 0) await pause(waitMs, undefined, { signal: this.#deadline.signal }).catch(ignore);
  }

  /** Whoever asks to be left alone is. */
  #watch({ probe, answer, trouble, end }: Observation): void {
    if (probe.kind !== 'exchange') return;
    const status = /^HTTP\/\S+ +(\d{3})/.exec(answer?.head ?? '')?.[1];
    const wantsQuiet = status === '429' || (status === '503' && /^retry-after:/im.test(answer!.head));
    const isReset = trouble !== undefined && end?.how === 'rst' && probe.key !== 'baseline';
    this.#resets = isReset ? this.#resets + 1 : 0;
    if (wantsQuiet || this.#resets >= RESETS) this.#stopped ??= 'stopped';
  }

  #stop(why: Skipped): void {
    this.#stopped ??= why;
    this.#deadline.abort();
  }
}

function costOf(probe: Probe): number {
  if (probe.kind === 'resolve') return 0;
  return probe.kind === 'reach' ? probe.addresses.length : 1;
}

function ignore(): void {}
