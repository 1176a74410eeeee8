// Knows: the one line on stderr that says what is being asked, while a person watches.
// Must not know: what comes of it. Nothing is written where stderr is no terminal.
import type { Probe } from '../../doctor/observation.js';
import { type Terminal, terminalFor } from '../terminal.js';

interface Watched {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const eraseLine = '\r\x1b[K';

export class Progress {
  readonly #stream: Watched;
  readonly #terminal: Terminal;
  readonly #isShown: boolean;
  #count = 0;

  constructor(stream: Watched, ascii: boolean, isQuiet: boolean) {
    this.#stream = stream;
    this.#terminal = terminalFor(stream, process.env, ascii);
    this.#isShown = stream.isTTY === true && process.env.TERM !== 'dumb' && !isQuiet;
  }

  readonly probe = (probe: Probe): void => {
    if (!this.#isShown) return;
    this.#count++;
    const [line = ''] = this.#terminal.wrap(`p${this.#count} ${probe.about} …`, this.#terminal.width - 3);
    this.#stream.write(`${eraseLine}  ${line}`);
  };

  /** Before anything else is written, and at the end. */
  clear(): void {
    if (this.#isShown && this.#count > 0) this.#stream.write(eraseLine);
    this.#count = 0;
  }
}
