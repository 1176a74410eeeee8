// Knows: how to hear a channel for as long as a test needs it. Must not know: what is published on it.
import type { TraceChannel } from '../../src/trace.js';

/** What was published since, or what of it is kept: not all of it lasts. */
export interface Heard<Told> extends Disposable {
  readonly all: Told[];
  /** Waits until so many were told. */
  until(count: number): Promise<Told[]>;
}

const WAIT_MS = 20_000;

export function hear<Message>(channel: TraceChannel<Message>): Heard<Message>;
export function hear<Message, Told>(
  channel: TraceChannel<Message>,
  keep: (message: Message) => Told,
): Heard<Told>;
export function hear<Message>(
  channel: TraceChannel<Message>,
  keep: (message: Message) => unknown = (message) => message,
): Heard<unknown> {
  const all: unknown[] = [];
  let change = () => {};
  const listener = (message: unknown) => {
    all.push(keep(message as Message));
    change();
  };
  channel.subscribe(listener);
  return {
    all,
    async until(count) {
      const deadline = Date.now() + WAIT_MS;
      while (all.length < count) {
        if (Date.now() > deadline) throw new Error(`${all.length} of ${count} were told`);
        await new Promise<void>((resolve) => {
          change = resolve;
          setTimeout(resolve, 50);
        });
      }
      return all;
    },
    [Symbol.dispose]: () => void channel.unsubscribe(listener),
  };
}
