// The other side of a compressed connection. Its codec is Node's streaming zlib, one stream for each direction that lives as long
// as the connection, in the window that was agreed on: a message of ours that refers too far back cannot be read by it.
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';
import type { Connection } from '../../src/connection/connection.js';
import type { Way } from './deflate-parameters.js';
import { TAIL } from './payloads.js';
import { Peer, type Role } from './peer.js';

/** One message in, one message out. */
class Through {
  readonly #stream: DeflateRaw | InflateRaw;
  readonly #takeover: boolean;
  #parts: Buffer[] = [];
  #failed: (error: Error) => void = () => {};

  constructor(make: typeof createDeflateRaw | typeof createInflateRaw, { takeover, windowBits }: Way) {
    // zlib lets a message refer to all of the chunk that it writes, whatever the window: so the chunk must not be large either.
    const chunkSize = Math.min(8 * 2 ** windowBits, 65_536);
    this.#stream = make({ windowBits, chunkSize, flush: constants.Z_SYNC_FLUSH });
    this.#takeover = takeover;
    this.#stream.on('data', (part: Buffer) => this.#parts.push(part));
    // zlib does not call back for a write that fails.
    this.#stream.on('error', (error) => this.#failed(error));
  }

  async write(octets: Uint8Array): Promise<Buffer> {
    // RFC 7692 §7.1.1: without takeover every message begins with an empty window.
    if (!this.#takeover) this.#stream.reset();
    this.#parts = [];
    await new Promise<void>((resolve, reject) => {
      this.#failed = reject;
      this.#stream.write(octets, (error) => (error ? reject(error) : resolve()));
    });
    return Buffer.concat(this.#parts);
  }

  close(): void {
    this.#stream.close();
  }
}

export class DeflatePeer extends Peer implements Disposable {
  readonly #deflate: Through;
  readonly #inflate: Through;

  constructor(role: Role, duplex: Duplex, connection: Connection, ways: Record<Role, Way>) {
    super(role, duplex, connection);
    this.#deflate = new Through(createDeflateRaw, ways[role === 'server' ? 'client' : 'server']);
    this.#inflate = new Through(createInflateRaw, ways[role]);
  }

  /** RFC 7692 §7.2.1: a message, flushed, without the four octets that every flush ends with. */
  async deflate(message: Uint8Array): Promise<Buffer> {
    const octets = await this.#deflate.write(message);
    assert.ok(octets.subarray(-4).equals(TAIL));
    return octets.subarray(0, -4);
  }

  /** RFC 7692 §7.2.2: the reverse. */
  inflate(octets: Uint8Array): Promise<Buffer> {
    return this.#inflate.write(Buffer.concat([octets, TAIL]));
  }

  /** The next message is this one, compressed or not. Returns how many octets it was on the wire, and whether it was. */
  async expectEcho(isText: boolean, message: Buffer): Promise<{ bytes: number; compressed: boolean }> {
    const first = await this.#part();
    const compressed = first.rsv === 4;
    assert.deepEqual([first.rsv & 3, first.opcode], [0, isText ? 1 : 2]);
    const parts = [first];
    while (!parts.at(-1)!.fin) {
      const part = await this.#part();
      assert.deepEqual([part.rsv, part.opcode], [0, 0]);
      parts.push(part);
    }
    const octets = Buffer.concat(parts.map(({ payload }) => payload));
    const got = compressed ? await this.inflate(octets) : octets;
    assert.equal(got.length, message.length, 'the length is as sent');
    assert.ok(got.equals(message), 'the payload is as sent');
    return { bytes: octets.length, compressed };
  }

  async #part() {
    const frame = await this.next();
    assert.ok(frame !== 'end', 'a message, not the end');
    return frame;
  }

  [Symbol.dispose](): void {
    this.connection.terminate();
    this.#deflate.close();
    this.#inflate.close();
  }
}
