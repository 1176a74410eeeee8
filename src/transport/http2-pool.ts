// Knows: which HTTP/2 sessions there are and who may share one: attempts to reach the same host and port with the same TLS options.
// Must not know: how one is dialled, or what is asked over it.
import type { Timings } from '../errors.js';
import { Dialing, type Reached, type Target } from './http2-dialing.js';
import { SESSION_TIMES, type Session, type SessionTimes } from './http2-session.js';
import type { Patience } from './patience.js';
import { DEFAULT_TLS } from './tls.js';

/** What is shared by attempts that may share. */
interface Shared {
  readonly sessions: Set<Session>;
  dialing: Dialing | undefined;
}

export class SessionPool {
  readonly #shared = new Map<string, Shared>();
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
    const shared = this.#shared.get(key) ?? { sessions: new Set(), dialing: undefined };
    for (const value of shared.sessions) if (value.hasRoom) return Promise.resolve({ ok: true, value });
    this.#shared.set(key, shared);
    shared.dialing ??= this.#dial(target, key, shared);
    return shared.dialing.join(patience, timings);
  }

  /** How many sessions there are, or are on their way. */
  get size(): number {
    let size = 0;
    for (const { sessions, dialing } of this.#shared.values()) size += sessions.size + (dialing ? 1 : 0);
    return size;
  }

  #dial(target: Target, key: string, shared: Shared): Dialing {
    const { sessions } = shared;
    const dropIfEmpty = () => {
      if (sessions.size === 0 && shared.dialing === undefined) this.#shared.delete(key);
    };
    const onRetired = (session: Session) => {
      sessions.delete(session);
      dropIfEmpty();
    };
    const dialing = new Dialing(target, { ...this.#times, onRetired }, (session) => {
      // One that was given up may still bring a session, when there is another dialling already.
      if (shared.dialing === dialing) shared.dialing = undefined;
      if (session !== undefined && !session.isOver) {
        sessions.add(session);
        this.#shared.set(key, shared);
      }
      dropIfEmpty();
    });
    return dialing;
  }
}

/** That of this process. */
export const pool = new SessionPool();

/** A connection that was made without a check must not serve an attempt that wants it. */
function keyOf({ place: { host, port, secure }, tls = DEFAULT_TLS, orHttp1 }: Target): string {
  return JSON.stringify([secure, host, port, orHttp1, tls.identity]);
}
