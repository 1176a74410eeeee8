// Knows: what those who watch do to open connections, what they are told came of it, and whose reading they hold: for as long as they
// watch, and no longer. Must not know: rows, the sockets of watchers, or batches (`feed.ts`). All that is asked for is published.
import { setTimeout as sleep } from 'node:timers/promises';
import { broadcast } from '../connection/broadcast.js';
import { Connection } from '../connection/connection.js';
import { Opcode } from '../frames/frame.js';
import * as trace from '../trace.js';
import { type Deed, Denied, deedOf, kindOf } from './deeds.js';
import type { FromServer } from './protocol.js';

/** Somebody who watches. */
export interface Actor {
  /** Their address. */
  readonly by: string;
}

/** An action as it was asked for; `action` may be anything. */
export interface ActAsked {
  readonly ask: number;
  readonly id: number;
  readonly at: number;
  readonly action: unknown;
}

/** What came of it, in words; some is waited for. */
type Outcome = string | Denied | Promise<string | Denied>;

/**
 * Behind so much that waits no message is added. The limits of a connection allow more by themselves, so that no peer is closed as too
 * slow for a message of ours; and what is compressed on another thread is larger, so that ours never wait behind it.
 */
const FULL_BYTES = 32_768;
const PONG_MS = 10_000;

export class Actions {
  readonly #isOn: boolean;
  readonly #onhold: (id: number, isHeld: boolean) => void;
  readonly #pongMs: number;
  /** Connections whose reading is held, and by whom. */
  readonly #held = new Map<Connection<unknown>, { readonly id: number; readonly actor: Actor }>();
  /** Those with a ping of ours that has no pong yet. */
  readonly #pinged = new WeakSet<Connection<unknown>>();
  /** Who closed them. */
  readonly #closers = new WeakMap<trace.TracedConnection, string>();
  /** The frame that is being sent for somebody: frames are told while they are sent. */
  #sending: Pick<trace.FrameTrace, 'connection' | 'opcode'> | undefined;

  /** `onhold` hears the number of each connection whose reading is held from now on, or no longer. */
  constructor(isOn: boolean, onhold: (id: number, isHeld: boolean) => void, pongMs: number = PONG_MS) {
    this.#isOn = isOn;
    this.#onhold = onhold;
    this.#pongMs = pongMs;
  }

  /** Does it, unless it may not be done, and tells what came of it. Never rejects unless `tell` throws. */
  async act(
    actor: Actor,
    asked: ActAsked,
    aim: trace.TracedConnection | Denied,
    tell: (told: FromServer) => void,
  ): Promise<void> {
    let outcome: string | Denied = FAILED;
    try {
      outcome = await this.#attempt(actor, asked, aim);
    } catch (error) {
      trace.reportFault('an action of the inspector failed', error);
    }
    const said = outcome instanceof Denied ? { ...outcome } : { words: outcome };
    tell({ type: 'did', ask: asked.ask, id: asked.id, ...said });
  }

  /** Somebody has left: what they hold goes on. */
  leave(actor: Actor): void {
    this.refresh();
    for (const [connection, { id, actor: holder }] of this.#held) {
      if (holder !== actor) continue;
      this.#release(connection);
      publish(actor, { id, action: { do: 'resume' } }, connection, undefined);
    }
  }

  /** Forgets those that the application reads again by itself, and those that have ended. To be called now and then. */
  refresh(): void {
    for (const connection of this.#held.keys())
      if (connection.state !== 'open' || !connection.paused) this.#release(connection);
  }

  /** Of a frame that is being told: whether somebody who watches has asked for it. */
  isAskedFor({ connection, opcode, direction }: trace.FrameTrace): boolean {
    const sending = this.#sending;
    return direction === 'out' && sending?.connection === connection && sending.opcode === opcode;
  }

  /** The address of whoever asked for its end. */
  closerOf(connection: trace.TracedConnection): string | undefined {
    return this.#closers.get(connection);
  }

  #attempt(actor: Actor, asked: ActAsked, aim: trace.TracedConnection | Denied): Outcome {
    this.refresh();
    const outcome = this.#begin(actor, asked, this.#isOn ? opened(aim) : OFF);
    publish(actor, asked, aim, outcome);
    return outcome;
  }

  #begin(actor: Actor, { id, action }: ActAsked, connection: Connection<unknown> | Denied): Outcome {
    if (connection instanceof Denied) return connection;
    const deed = deedOf(action);
    if (deed instanceof Denied) return deed;
    if (deed.do === 'ping') return this.#ping(connection);
    if (deed.do === 'pause') return this.#pause(actor, id, connection);
    if (deed.do === 'resume') return this.#resume(connection);
    if (deed.do === 'close') return this.#close(actor, connection, deed.code, deed.reason);
    return this.#send(connection, deed);
  }

  /** A broadcast to one: of all ways to send it is the one that leaves out whoever reads too slowly. */
  #send(connection: Connection<unknown>, { do: kind, bytes }: Message): Outcome {
    const waiting = connection.bufferedBytes;
    const send = () => broadcast([connection], bytes, { text: kind === 'text', slow: 'drop' }).sent;
    if (waiting < FULL_BYTES && this.#mark(connection, kind, send) === 1)
      return `Sent, ${octets(bytes.length)}.`;
    return new Denied('full', `Not sent: ${octets(waiting)} still wait for the client to take them.`);
  }

  #ping(connection: Connection<unknown>): Outcome {
    if (this.#held.has(connection))
      return new Denied('held', 'Nothing is read from it, so no pong would be: resume its reading first.');
    if (this.#pinged.has(connection)) return new Denied('waiting', 'The ping before has no pong yet.');
    this.#pinged.add(connection);
    const pong = this.#mark(connection, 'ping', () => connection.ping());
    const answered = pong.then(
      (ms) => {
        this.#pinged.delete(connection);
        return `The pong came after ${Math.round(ms)} ms.`;
      },
      () => new Denied('gone', 'It ended before the pong came.'),
    );
    const late = new Denied('unanswered', `No pong came within ${this.#pongMs / 1000} s.`);
    return Promise.race([answered, sleep(this.#pongMs, late, { ref: false })]);
  }

  #close(actor: Actor, connection: Connection<unknown>, code: number, reason: string): Outcome {
    this.#closers.set(connection, actor.by);
    const closed = this.#mark(connection, 'close', () => connection.close(code, reason));
    return closed.then(({ clean, initiator }) => {
      if (initiator !== 'local') return 'It has ended, but not by this.';
      return clean
        ? `Closed with ${code}, and the client answered.`
        : `Closed with ${code}. The client did not answer, and was cut off.`;
    });
  }

  #pause(actor: Actor, id: number, connection: Connection<unknown>): Outcome {
    const holder = this.#held.get(connection);
    if (holder !== undefined)
      return new Denied('held', `Its reading is paused already, from ${holder.actor.by}.`);
    // To go on when its own reason is over is then the application's affair.
    if (connection.paused) return new Denied('held', 'The application has paused its reading just now.');
    connection.pause();
    this.#held.set(connection, { id, actor });
    this.#onhold(id, true);
    return 'Nothing is read from it until it is resumed, or until you leave.';
  }

  #resume(connection: Connection<unknown>): Outcome {
    if (!this.#held.has(connection))
      return new Denied('running', 'Nobody who watches has paused its reading.');
    this.#release(connection);
    return 'It is read again.';
  }

  #release(connection: Connection<unknown>): void {
    const { id } = this.#held.get(connection)!;
    this.#held.delete(connection);
    this.#onhold(id, false);
    if (connection.paused) connection.resume();
  }

  /** Sends a frame so that it is known while it is told. */
  #mark<Result>(connection: Connection<unknown>, kind: keyof typeof OPCODES, send: () => Result): Result {
    this.#sending = { connection, opcode: OPCODES[kind] };
    try {
      return send();
    } finally {
      this.#sending = undefined;
    }
  }
}

type Message = Extract<Deed, { readonly bytes: Uint8Array }>;

const OPCODES = { text: Opcode.text, binary: Opcode.binary, ping: Opcode.ping, close: Opcode.close } as const;
const OFF = new Denied('off', 'Nobody may act here: this inspector was made without `actions: true`.');
const GONE = new Denied('gone', 'This connection is closing, or has ended.');
const FAILED = new Denied('fault', 'It failed on the server, which has reported why.');

/** What is told on the channels is the connection itself, unless it is of another copy of this package. */
function opened(aim: trace.TracedConnection | Denied): Connection<unknown> | Denied {
  if (aim instanceof Denied) return aim;
  return aim instanceof Connection && aim.state === 'open' ? aim : GONE;
}

function octets(count: number): string {
  return count === 1 ? '1 octet' : `${count.toLocaleString('en')} octets`;
}

function publish(
  { by }: Actor,
  { id, action }: Pick<ActAsked, 'id' | 'action'>,
  aim: trace.TracedConnection | Denied,
  outcome: Outcome | undefined,
): void {
  if (!trace.acts.hasSubscribers) return;
  const deed = deedOf(action);
  const isKnown = !(deed instanceof Denied);
  trace.acts.publish({
    at: Date.now(),
    by,
    act: kindOf(action),
    id,
    connection: aim instanceof Denied ? undefined : aim,
    bytes: isKnown && 'bytes' in deed ? deed.bytes.length : undefined,
    code: isKnown && deed.do === 'close' ? deed.code : undefined,
    reason: isKnown && deed.do === 'close' ? deed.reason : undefined,
    denied: outcome instanceof Denied ? outcome.denied : undefined,
  });
}
