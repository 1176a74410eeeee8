// Knows: a plain TCP or TLS connection as a test's hand: send these bytes, collect what comes until a mark, FIN or RST.
// Must not know: HTTP or WebSocket.
import { once } from 'node:events';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const WAIT_MS = 5_000;

/** How the other side ended its half; `open` when it had not by the deadline. */
export type End = 'fin' | 'rst' | 'open';

export interface RawOptions {
  readonly host?: string;
  /** Speak TLS and trust this certificate. */
  readonly ca?: string;
  /** Source address, such as 127.0.0.2. */
  readonly from?: string;
  /** Keep our half open after theirs has ended. */
  readonly allowHalfOpen?: boolean;
}

export class RawConnection implements Disposable {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #end: End = 'open';
  #change: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#change();
    });
    socket.on('end', () => this.#ended('fin'));
    socket.on('error', () => this.#ended('rst'));
    socket.on('close', () => this.#change());
  }

  #ended(end: End): void {
    if (this.#end === 'open') this.#end = end;
    this.#change();
  }

  get received(): Buffer {
    return this.#received;
  }

  get end(): End {
    return this.#end;
  }

  /** Writes bytes; a string is taken octet by octet (latin1). */
  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Writes the pieces one by one with a pause after each. */
  async drip(pieces: Iterable<string | Uint8Array>, pauseMs: number): Promise<void> {
    for (const piece of pieces) {
      if (this.socket.destroyed) return;
      this.send(piece);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Waits until the text, or that many bytes, has come; returns all received so far. Fails at the deadline or the end. */
  async until(mark: string | number, timeoutMs: number = WAIT_MS): Promise<Buffer> {
    const here = () =>
      typeof mark === 'string' ? this.#received.includes(mark, 0, 'latin1') : this.#received.length >= mark;
    await this.#wait(() => here() || this.#end !== 'open', timeoutMs);
    if (!here()) throw new Error(`no ${JSON.stringify(mark)}, then ${this.#end}, in ${this.#show()}`);
    return this.#received;
  }

  /** Takes what has come so far, so that the next `until` sees only what comes later. */
  take(): Buffer {
    const all = this.#received;
    this.#received = Buffer.alloc(0);
    return all;
  }

  /** Waits for the other side's end, or the deadline; returns all received so far and how it ended. */
  async ending(
    timeoutMs: number = WAIT_MS,
  ): Promise<{ received: Buffer; text: string; end: End; tookMs: number }> {
    const start = performance.now();
    await this.#wait(() => this.#end !== 'open', timeoutMs);
    const tookMs = performance.now() - start;
    return { received: this.#received, text: this.#received.toString('latin1'), end: this.#end, tookMs };
  }

  async #wait(done: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!done() && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - performance.now());
        this.#change = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #show(): string {
    return JSON.stringify(this.#received.toString('latin1').slice(0, 400));
  }

  /** Ends with RST instead of FIN. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Opens a connection to a port of 127.0.0.1 (or `host`) without sending anything. */
export async function raw(port: number, options: RawOptions = {}): Promise<RawConnection> {
  const { host = '127.0.0.1', ca, from, allowHalfOpen = false } = options;
  const where = { host, port, allowHalfOpen, ...(from && { localAddress: from }) };
  const socket = ca ? connectTls({ ...where, ca, servername: 'localhost' }) : connect(where);
  await once(socket, ca ? 'secureConnect' : 'connect');
  return new RawConnection(socket.setNoDelay(true));
}

/** Sends bytes on a connection of its own and returns what came until the other side ended, or the deadline. */
export async function probe(
  port: number,
  bytes: string | Uint8Array,
  options: RawOptions & { timeoutMs?: number } = {},
) {
  using connection = await raw(port, options);
  return await connection.send(bytes).ending(options.timeoutMs);
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
