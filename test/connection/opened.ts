// Connections on memory and on real sockets for tests, and the frames that a plain peer sees.
import { Connection, type Handlers } from '../../src/connection/connection.js';
import { type ConnectionOptions, connectionSettings, open } from '../../src/connection/settings.js';
import { hex, show } from '../frames/hex.js';
import { type MemoryEnd, pair } from './pair.js';

/** A server's connection in memory, and the wire's other end. */
export interface Opened {
  readonly connection: Connection;
  readonly ours: MemoryEnd;
  readonly wire: Wire;
}

/** The other end of a connection under test: writes hexadecimal octets, shows what came as hexadecimal. */
export class Wire {
  readonly end: MemoryEnd;
  #received = '';
  ended = false;
  /** Keeps its half open when the other side has ended. */
  lingers = false;

  constructor(end: MemoryEnd) {
    this.end = end;
    end.on('data', (chunk: Buffer) => {
      this.#received += show(chunk);
    });
    end.on('end', () => {
      this.ended = true;
      if (!this.lingers) end.end();
    });
    end.on('error', () => {});
  }

  send(octets: string): this {
    this.end.write(hex(octets));
    return this;
  }

  /** What came so far; the next call shows only what comes later. */
  take(): string {
    const received = this.#received;
    this.#received = '';
    return received;
  }
}

export function opened(
  options: ConnectionOptions & { early?: Uint8Array } = {},
  highWaterMark?: number,
): Opened {
  const [ours, theirs] = pair(highWaterMark);
  const connection = open(ours, { role: 'server', heartbeat: false, ...options });
  return { connection, ours, wire: new Wire(theirs) };
}

/** The same with handlers that a whole endpoint shares. */
export function openedWith(handlers: Handlers<undefined>, options: ConnectionOptions = {}): Opened {
  const [ours, theirs] = pair();
  const settings = connectionSettings(
    'server',
    { heartbeat: false, ...options },
    handlers as Handlers<never>,
  );
  const connection = new Connection(ours, settings, '', undefined);
  connection.start();
  return { connection, ours, wire: new Wire(theirs) };
}

/** Two connections with each other. */
export function joined(options: ConnectionOptions = {}): { server: Connection; client: Connection } {
  const [ours, theirs] = pair();
  const server = open(ours, { role: 'server', ...options });
  return { server, client: open(theirs, { role: 'client', ...options }) };
}

/** Lets everything that is under way in memory arrive. */
export async function settled(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A frame to a server, its mask zeros: `to(1, '61')`. */
export function to(opcode: number, payload = '', fin = true): string {
  const size = (payload.replace(/\s/g, '').length / 2 + 0x80).toString(16);
  return `${((fin ? 0x80 : 0) | opcode).toString(16).padStart(2, '0')}${size}00000000${payload}`;
}
