// Knows: which HTTP/2 sessions there are and who may share one: attempts to reach the same host and port with the same TLS options
// by the same way.
// Must not know: how one is dialled, or what is asked over it.
import type { Timings } from '../errors.js';
import { Dialing, type Reached, type Target } from './http2-dialing.js';
import { SESSION_TIMES, type Session, type SessionTimes } from './http2-session.js';
import type { Patience } from './patience.js';
import { DEFAULT_TLS } from './tls.js';
import { identityOf } from './tls-identity.js';

export class SessionPool {
  readonly #sessions = new Map<string, Set<Session>>();
  readonly #dialings = new Map<string, Dialing>();
  readonly #times: SessionTimes;

  constructor(times: Partial<SessionTimes> = {}) {
    this.#times = { ...SESSION_TIMES, ...times };
  }

  /**
   * Finds a session with room, or has one dialled; who comes while one is dialled waits for the same. `timings` get the stages of a
   * dialling that began for this attempt. Others may be faster: whoever gets a session looks again whether it has room.
   */
  reach(target: Target, patience: Patience, timings: Timings): Promise<Reached> {
    const key = keyOf(target);
    for (const value of this.#sessions.get(key) ?? []) {
      if (value.hasRoom) return Promise.resolve({ ok: true, value });
    }
    const dialing = this.#dialings.get(key) ?? this.#dial(target, key);
    return dialing.join(patience, timings);
  }

  /** How many sessions there are, or are on their way. */
  get size(): number {
    let size = this.#dialings.size;
    for (const sessions of this.#sessions.values()) size += sessions.size;
    return size;
  }

  #dial(target: Target, key: string): Dialing {
    const onRetired = (session: Session) => this.#drop(key, session);
    const dialing = new Dialing(target, { ...this.#times, onRetired }, (session) => {
      // One that was given up may still bring a session, when there is another dialling already.
      if (this.#dialings.get(key) === dialing) this.#dialings.delete(key);
      if (session !== undefined && !session.isOver) this.#add(key, session);
    });
    this.#dialings.set(key, dialing);
    return dialing;
  }

  #add(key: string, session: Session): void {
    const sessions = this.#sessions.get(key);
    if (sessions === undefined) this.#sessions.set(key, new Set([session]));
    else sessions.add(session);
  }

  #drop(key: string, session: Session): void {
    const sessions = this.#sessions.get(key);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(key);
  }
}

/** That of this process. */
export const pool = new SessionPool();

/** A connection that was made without a check, or by another way, must not serve an attempt that wants it. */
function keyOf({ place, tls = DEFAULT_TLS, proxy, proxyTls = DEFAULT_TLS, orHttp1 }: Target): string {
  const { host, port, secure } = place;
  const way = proxy === undefined ? '' : identityOf({ proxy, tls: proxyTls.identity });
  return JSON.stringify([secure, host, port, orHttp1, tls.identity, way]);
}
