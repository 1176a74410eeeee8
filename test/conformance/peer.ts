// The other side of a connection under test, octet by octet: it writes whatever it is told, lawful or not, and reads frames
// with a reader of its own, which shares nothing with src/frames.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from '../../src/connection/connection.js';
import { type ConnectionOptions, open } from '../../src/connection/settings.js';
import type { DeflateAgreement } from '../../src/deflate/permessage-deflate.js';
import { pair } from '../connection/pair.js';

export type Role = 'server' | 'client';

export interface Frame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface FrameOptions {
  fin?: boolean;
  rsv?: number;
  /** Overrides the mask bit that the role demands. */
  masked?: boolean;
}

const WAIT_MS = 10_000;
const MASK = [0x5a, 0x13, 0xc7, 0xf1];

/** How octets travel: over a loopback socket, or in memory, where every write stays a chunk of its own. */
export type Carrier = 'tcp' | 'memory';

export class Peer {
  /** The connection under test. */
  readonly connection: Connection;
  /** Its role; this peer plays the other one. */
  readonly role: Role;
  readonly #duplex: Duplex;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = 2;
  #ended = false;
  #changed: () => void = () => {};

  constructor(role: Role, duplex: Duplex, connection: Connection) {
    this.role = role;
    this.connection = connection;
    this.#duplex = duplex;
    duplex.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes >= this.#wanted) this.#changed();
    });
    duplex.on('end', () => {
      this.#ended = true;
      this.#changed();
    });
    duplex.on('error', () => {});
  }

  /** One frame as this side writes it: masked when the connection under test is a server. */
  frame(opcode: number, payload: Uint8Array | string = '', options: FrameOptions = {}): Buffer {
    const { fin = true, rsv = 0, masked = this.role === 'server' } = options;
    const body = Buffer.from(payload as Uint8Array);
    const size = body.length;
    const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
    const bit = masked ? 0x80 : 0;
    if (size < 126) head.push(bit | size);
    else if (size < 65_536) head.push(bit | 126, size >> 8, size & 0xff);
    else head.push(bit | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (size >>> shift) & 0xff));
    if (!masked) return Buffer.concat([Buffer.from(head), body]);
    for (let at = 0; at < size; at += 1) body[at] = body[at]! ^ MASK[at & 3]!;
    return Buffer.concat([Buffer.from([...head, ...MASK]), body]);
  }

  /** The whole message, or its parts as fragments. */
  message(isText: boolean, ...parts: (Uint8Array | string)[]): Buffer[] {
    return parts.map((part, at) =>
      this.frame(at > 0 ? 0 : isText ? 1 : 2, part, { fin: at === parts.length - 1 }),
    );
  }

  /** The same for a message that is compressed already (RFC 7692 §6.1): RSV1 stands on the first frame, and only there. */
  compressed(isText: boolean, ...parts: Uint8Array[]): Buffer[] {
    return parts.map((part, at) =>
      this.frame(at > 0 ? 0 : isText ? 1 : 2, part, { fin: at === parts.length - 1, rsv: at > 0 ? 0 : 4 }),
    );
  }

  closeFrame(code?: number, reason: Uint8Array | string = ''): Buffer {
    if (code === undefined) return this.frame(8);
    return this.frame(
      8,
      Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason as Uint8Array)]),
    );
  }

  /** Writes octets, in chops of so many. */
  write(octets: Uint8Array | readonly Uint8Array[], chop = Number.POSITIVE_INFINITY): void {
    const all = Array.isArray(octets) ? Buffer.concat(octets) : (octets as Buffer);
    if (all.length <= chop) this.#duplex.write(all);
    else for (let at = 0; at < all.length; at += chop) this.#duplex.write(all.subarray(at, at + chop));
  }

  end(): void {
    this.#duplex.end();
  }

  /** The next frame, or `end`. Fails when neither comes in time. */
  async next(timeoutMs: number = WAIT_MS): Promise<Frame | 'end'> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const frame = this.#take();
      if (frame !== undefined) return frame;
      if (this.#ended) return 'end';
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`nothing came for ${timeoutMs} ms`);
      await this.#change(left);
    }
  }

  /** True when nothing comes for so long. */
  async silent(ms: number): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return this.#bytes === 0 && !this.#ended;
  }

  async #change(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(): Frame | undefined {
    if (this.#bytes < this.#wanted) return undefined;
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    const short = all.length < 2 ? 0 : all[1]! & 0x7f;
    const masked = all.length >= 2 && all[1]! >= 0x80;
    const sizeAt = short === 127 ? 10 : short === 126 ? 4 : 2;
    const head = sizeAt + (masked ? 4 : 0);
    this.#wanted = head;
    if (all.length < head) return undefined;
    const size = short === 127 ? Number(all.readBigUInt64BE(2)) : short === 126 ? all.readUInt16BE(2) : short;
    this.#wanted = head + size;
    if (all.length < this.#wanted) return undefined;
    // RFC 6455 §5.1: a client masks, a server does not. The connection under test is held to it in every frame.
    assert.equal(masked, this.role === 'client', 'the mask bit of a frame received');
    const payload = Buffer.from(all.subarray(head, head + size));
    if (masked) for (let at = 0; at < size; at += 1) payload[at] = payload[at]! ^ all[sizeAt + (at & 3)]!;
    const rest = all.subarray(head + size);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    this.#wanted = 2;
    return { fin: all[0]! >= 0x80, rsv: (all[0]! >> 4) & 7, opcode: all[0]! & 15, payload };
  }

  // ---- what is expected

  async expectMessage(isText: boolean, payload: Uint8Array | string): Promise<void> {
    const frame = await this.next();
    assert.ok(frame !== 'end', 'a message, not the end');
    assert.deepEqual([frame.fin, frame.rsv, frame.opcode], [true, 0, isText ? 1 : 2]);
    const want = Buffer.from(payload as Uint8Array);
    assert.equal(frame.payload.length, want.length);
    assert.ok(frame.payload.equals(want), 'the payload is as sent');
  }

  async expectPong(payload: Uint8Array | string): Promise<void> {
    const frame = await this.next();
    assert.ok(frame !== 'end', 'a pong, not the end');
    assert.deepEqual([frame.fin, frame.rsv, frame.opcode], [true, 0, 10]);
    assert.ok(frame.payload.equals(Buffer.from(payload as Uint8Array)), 'the payload is the ping’s');
  }

  async expectClose(code: number | undefined): Promise<string> {
    const frame = await this.next();
    assert.ok(frame !== 'end', 'a close frame, not the end');
    assert.deepEqual([frame.fin, frame.rsv, frame.opcode], [true, 0, 8]);
    assert.equal(frame.payload.length > 0 ? frame.payload.readUInt16BE(0) : undefined, code);
    return frame.payload.subarray(2).toString();
  }

  async expectEnd(): Promise<void> {
    assert.equal(await this.next(), 'end');
  }

  /** Our close frame is answered with `code`, in the order that RFC 6455 §7.1.1 wants for TCP, and both saw it so. */
  async expectCleanClose(code: number | undefined): Promise<void> {
    await this.expectClose(code);
    if (this.role === 'server') await this.expectEnd();
    this.end();
    if (this.role === 'client') await this.expectEnd();
    const record = await this.connection.closed;
    assert.deepEqual([record.clean, record.code, record.cause], [true, code ?? 1005, undefined]);
  }

  /** Closes with 1000, with nothing else to come before the answer. */
  async closeCleanly(): Promise<void> {
    this.write(this.closeFrame(1000));
    await this.expectCleanClose(1000);
  }

  /** The connection is failed at once: the next frame is a close frame with the row's code and name, then the end. */
  async expectFailure(closeCode: number, row: string): Promise<void> {
    const reason = await this.expectClose(closeCode);
    assert.ok(reason.startsWith(`${row}: `), reason);
    await this.expectEnd();
    this.end();
    const record = await this.connection.closed;
    assert.deepEqual([record.cause, record.clean, record.sent?.code], [row, false, closeCode]);
  }
}

export interface PeerOptions extends ConnectionOptions {
  readonly echo?: boolean;
  /** What both sides agreed on for compression. Default none. */
  readonly agreement?: DeflateAgreement;
}

/** A connection in the given role whose other end is a peer. `echo` sends every message back. */
export async function peerOf(role: Role, carrier: Carrier, options: PeerOptions = {}): Promise<Peer> {
  const { echo = true, ...rest } = options;
  const [ours, theirs] = carrier === 'memory' ? pair() : await socketPair();
  const connection = open(ours, { role, ...rest });
  if (echo) connection.onbytes = (bytes, isText) => void connection.send(bytes, { text: isText });
  return new Peer(role, theirs, connection);
}

export async function socketPair(): Promise<[Duplex, Duplex]> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = dial((listener.address() as AddressInfo).port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(listener, 'connection'), once(socket, 'connect')]);
  listener.close();
  socket.setNoDelay(true);
  return [(accepted as import('node:net').Socket).setNoDelay(true), socket];
}
