// Knows: one connection that speaks HTTP/2 in raw frames: how it begins, and how to wait for what the server says.
// Must not know: what is tried on it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type End, RawConnection, raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { frame, readFrames, type SeenFrame } from './bytes.js';
import {
  data,
  extendedConnect,
  Flag,
  type Http2Frame,
  h2frame,
  headers,
  PREFACE,
  readHttp2,
  SETTINGS_ACK,
  settings,
  statusIn,
  Type,
} from './h2-bytes.js';

const WAIT_MS = 5000;

export class Http2Peer implements Disposable {
  readonly connection: RawConnection;
  /** The next stream that this side opens. */
  next = 1;

  #answered = 0;

  constructor(connection: RawConnection) {
    this.connection = connection;
    connection.socket.on('data', () => this.#answerPings());
  }

  /** Also a peer with bad intentions gives a sign of life. */
  #answerPings(): void {
    const pings = this.frames.filter(({ type, flags }) => type === Type.ping && flags === 0);
    for (const { payload } of pings.slice(this.#answered))
      this.send(h2frame(Type.ping, Flag.ack, 0, payload));
    this.#answered = pings.length;
  }

  /** Everything that came. */
  get frames(): Http2Frame[] {
    return readHttp2(this.connection.received);
  }

  send(...octets: Uint8Array[]): this {
    this.connection.send(Buffer.concat(octets));
    return this;
  }

  /** Waits for a frame. */
  async until(what: string, find: (frame: Http2Frame) => boolean, timeoutMs = WAIT_MS): Promise<Http2Frame> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.frames.find(find);
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      assert.ok(
        left > 0 && this.connection.end === 'open',
        `no ${what}, then ${this.connection.end}: ${this.story}`,
      );
      const before = this.connection.received.length;
      await this.connection.until(before + 1, left).catch(() => {});
    }
  }

  /** What the server said, to be read in a failure. */
  get story(): string {
    return this.frames
      .map(
        ({ type, stream, flags, payload }) =>
          `${type}/${stream}/${flags}/${payload.toString('latin1').slice(0, 80)}`,
      )
      .join(' | ');
  }

  /** The status of the answer on a stream; `rst CODE` or `goaway CODE` when there is none. */
  async answer(stream: number): Promise<number | string> {
    const found = await this.until(
      `answer on ${stream}`,
      ({ type, stream: on }) =>
        (on === stream && (type === Type.headers || type === Type.rst)) || type === Type.goaway,
    );
    if (found.type === Type.headers) return statusIn(found);
    return found.type === Type.rst
      ? `rst ${found.payload.readUInt32BE(0)}`
      : `goaway ${found.payload.readUInt32BE(4)}`;
  }

  /** All data of a stream so far. */
  dataOf(stream: number): Buffer {
    const parts = this.frames.filter((one) => one.type === Type.data && one.stream === stream);
    return Buffer.concat(parts.map(({ payload }) => payload));
  }

  /** The code that a refusal names. */
  async refusal(stream: number): Promise<string> {
    await this.until(
      'whole body',
      ({ type, stream: on, flags }) => type === Type.data && on === stream && (flags & 1) === 1,
    );
    return JSON.parse(String(this.dataOf(stream))).code;
  }

  /** Opens a WebSocket; returns its stream. */
  async open(change: Parameters<typeof extendedConnect>[0] = {}): Promise<number> {
    const stream = this.take();
    this.send(headers(stream, extendedConnect(change)));
    assert.equal(await this.answer(stream), 200);
    return stream;
  }

  /** A number for a stream that was not used yet. */
  take(): number {
    this.next += 2;
    return this.next - 2;
  }

  /** Sends one frame of WebSocket on a stream. */
  say(stream: number, ...what: Parameters<typeof frame>): this {
    return this.send(data(stream, frame(...what)));
  }

  /** Sends a text and waits for it to come back behind what came before. */
  async echo(stream: number, text: string): Promise<void> {
    this.say(stream, 1, text);
    await this.until(`echo of ${text}`, () =>
      readFrames(this.dataOf(stream)).some(({ payload }) => String(payload) === text),
    );
  }

  /** The frames of WebSocket on a stream. */
  seen(stream: number): SeenFrame[] {
    return readFrames(this.dataOf(stream));
  }

  async ending(timeoutMs = WAIT_MS): Promise<End> {
    return (await this.connection.ending(timeoutMs)).end;
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }
}

/** A connection that said nothing yet: over TLS it chose h2 by ALPN. */
export async function silentPeer(port: number, carrier: 'tcp' | 'tls'): Promise<Http2Peer> {
  if (carrier === 'tcp') return new Http2Peer(await raw(port));
  const below = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(below, 'connect');
  const socket = connectTls({
    socket: below,
    ca: certificate().ca,
    servername: 'localhost',
    ALPNProtocols: ['h2'],
  });
  await once(socket, 'secureConnect');
  assert.equal(socket.alpnProtocol, 'h2');
  return new Http2Peer(new RawConnection(socket));
}

/** A connection that has begun: preface, SETTINGS, and an acknowledgement of the server's. */
export async function peer(
  port: number,
  carrier: 'tcp' | 'tls',
  values: Readonly<Record<number, number>> = {},
): Promise<Http2Peer> {
  const made = await silentPeer(port, carrier);
  made.send(PREFACE, settings(values));
  await made.until('SETTINGS', ({ type, flags }) => type === Type.settings && flags === 0);
  return made.send(SETTINGS_ACK);
}
