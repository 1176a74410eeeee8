// Knows: to which channels the inspector listens and when: to what was accepted while somebody watches, or for a sample; to frames while
// somebody looks at some. What is heard waits for the next batch. Must not know: what is made of it (`feed.ts`).
import * as trace from '../trace.js';
import type { Samples } from './samples.js';

/** Who makes something of what is heard, in the order in which it happened. */
export interface Listener {
  /** `isKept`: it is one of the sample, or somebody watches. */
  accepted(told: trace.HandshakeTrace, isKept: boolean): void;
  failed(told: trace.HandshakeTrace): void;
  closed(told: trace.ConnectionTrace): void;
  /** A server has ended. */
  ended(server: trace.TracedServer): void;
  /** At once, as all that follow. */
  pinged(told: trace.HeartbeatTrace): void;
  frame(told: trace.FrameTrace): void;
}

/** What is heard holds its head with its secrets, which may be 16 KiB: so many wait to be looked at, and no more. */
const MOST_HEARD = 500;
const NEVER = Number.POSITIVE_INFINITY;

export class Hearing {
  readonly #listener: Listener;
  readonly #samples: Samples;
  readonly #always: ReadonlyArray<Pick<Subscription, 'set'>>;
  readonly #accepted: Pick<Subscription, 'set'>;
  readonly #pings: Pick<Subscription, 'set'>;
  readonly #frames: Pick<Subscription, 'set'>;
  /** What was heard and not looked at yet. */
  #heard: Array<() => void> = [];
  #isWatched = false;
  #isClosed = false;
  #sampleTimer: NodeJS.Timeout | undefined = undefined;

  /** `samples`: of what is accepted while nobody watches. */
  constructor(listener: Listener, samples: Samples) {
    this.#listener = listener;
    this.#samples = samples;
    this.#always = [
      new Subscription(trace.failures, (told) => this.#soon(() => listener.failed(told))),
      new Subscription(trace.closed, (told) => this.#soon(() => listener.closed(told))),
      new Subscription(trace.drains, ({ phase, server }) => {
        if (phase === 'end') this.#soon(() => listener.ended(server));
      }),
    ];
    this.#accepted = new Subscription(trace.handshakes, (told) => this.#hearAccepted(told));
    this.#pings = new Subscription(trace.heartbeats, (told) => listener.pinged(told));
    this.#frames = new Subscription(trace.frames, (told) => listener.frame(told));
    for (const each of this.#always) each.set(true);
    this.#listenToAccepted();
  }

  /** Whether somebody watches: then it hears all but frames. */
  watch(isWatched: boolean): void {
    this.catchUp();
    this.#isWatched = isWatched;
    this.#pings.set(isWatched);
    this.#listenToAccepted();
  }

  /** Whether somebody looks at frames: each costs its server something. */
  look(isWanted: boolean): void {
    this.#frames.set(isWanted);
  }

  /** Looks at what was heard. */
  catchUp(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const look of heard) look();
  }

  close(): void {
    this.catchUp();
    this.#isClosed = true;
    for (const each of this.#always) each.set(false);
    this.#frames.set(false);
    this.watch(false);
  }

  /**
   * While somebody watches, what is heard is looked at with the next batch: all at once costs far less than each by itself, between
   * other work. Nothing of it is kept before. While nobody does, there is so little to do that to hold what was heard would cost more.
   */
  #soon(look: () => void): void {
    if (!this.#isWatched) return look();
    this.#heard.push(look);
    if (this.#heard.length >= MOST_HEARD) this.catchUp();
  }

  /** Each that is told costs its server something. */
  #listenToAccepted(): void {
    clearTimeout(this.#sampleTimer);
    const waitMs = this.#isClosed ? NEVER : this.#isWatched ? 0 : this.#samples.waitMs(Date.now());
    this.#accepted.set(waitMs === 0);
    if (waitMs > 0 && waitMs < NEVER)
      this.#sampleTimer = setTimeout(() => this.#listenToAccepted(), waitMs).unref();
  }

  /** Whether more are wanted is decided at once: each that is told in vain was paid for. */
  #hearAccepted(told: trace.HandshakeTrace): void {
    if (told.outcome !== 'accepted') return;
    const isKept = this.#isWatched || this.#samples.take(told.at);
    if (!this.#isWatched && this.#samples.waitMs(told.at) > 0) this.#listenToAccepted();
    this.#soon(() => this.#listener.accepted(told, isKept));
  }
}

class Subscription<Message = never> {
  readonly #channel: trace.TraceChannel<Message>;
  readonly #heard: (message: unknown) => void;
  #isOn = false;

  constructor(channel: trace.TraceChannel<Message>, heard: (message: Message) => void) {
    this.#channel = channel;
    this.#heard = (message) => heard(message as Message);
  }

  set(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    if (isOn) this.#channel.subscribe(this.#heard);
    else this.#channel.unsubscribe(this.#heard);
  }
}
