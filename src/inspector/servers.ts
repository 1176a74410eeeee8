// Knows: the servers of the process that were heard and have not ended, and how each is called. Must not know: what they told.
import type { TracedServer } from '../trace.js';

export class Servers {
  readonly #names = new Map<TracedServer, string>();
  /** What is still told of them makes them none that runs. */
  readonly #ended = new WeakSet<TracedServer>();
  readonly #onseveral: () => void;
  #hasSeveral = false;

  /** `onseveral` is called once, when the second one is heard. */
  constructor(onseveral: () => void) {
    this.#onseveral = onseveral;
  }

  /** Whether there were ever several at once. */
  get hasSeveral(): boolean {
    return this.#hasSeveral;
  }

  get all(): readonly TracedServer[] {
    return [...this.#names.keys()];
  }

  /** Remembers it; how it is called. */
  hear(server: TracedServer): string {
    const known = this.#names.get(server);
    if (known !== undefined) return known;
    const name = server.url || `server ${server.id}`;
    if (this.#ended.has(server)) return name;
    this.#names.set(server, name);
    if (!this.#hasSeveral && this.#names.size > 1) {
      this.#hasSeveral = true;
      this.#onseveral();
    }
    return name;
  }

  /** It has ended. */
  end(server: TracedServer): void {
    this.#names.delete(server);
    this.#ended.add(server);
  }

  clear(): void {
    this.#names.clear();
  }
}
