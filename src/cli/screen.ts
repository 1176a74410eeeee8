// Knows: how lines that stay and one line that changes share a terminal: the changing one is last, and makes way for each that stays.
// Must not know: what is said. Where stdout is no terminal nothing changes, and lines are as long as they are.
import type { Terminal } from './terminal.js';
import { columns } from './terminal.js';

type Output = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };

const CLEAR = '\r\x1b[K';

export class Screen {
  readonly #output: Output;
  readonly #terminal: Terminal;
  readonly #hasStatus: boolean;
  #status = '';

  constructor(output: Output, terminal: Terminal, hasStatus: boolean) {
    this.#output = output;
    this.#terminal = terminal;
    this.#hasStatus = hasStatus && output.isTTY === true;
  }

  /** Columns to keep within; a reader that is a program gets whole lines. */
  get width(): number {
    if (this.#output.isTTY === true) return this.#output.columns || this.#terminal.width;
    return process.env.COLUMNS === undefined ? Number.POSITIVE_INFINITY : this.#terminal.width;
  }

  write(text: string): void {
    this.#output.write(this.#status === '' ? `${text}\n` : `${CLEAR}${text}\n${this.#status}`);
  }

  /** Replaces the line that changes. */
  status(text: string): void {
    if (!this.#hasStatus) return;
    let line = text;
    // In the last column a terminal may begin a new line, and the next clearing would miss this one.
    while (columns(line) >= this.width) line = line.slice(0, -1);
    this.#status = this.#terminal.paint(line, 'faint');
    this.#output.write(`${CLEAR}${this.#status}`);
  }

  end(): void {
    if (this.#status !== '') this.#output.write(CLEAR);
    this.#status = '';
  }
}
