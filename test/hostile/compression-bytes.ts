// Knows: how compressed messages are written, wrong ones included, and how a hostile end comes to talk to our server or our client
// with compression agreed on. The octets are Node's zlib's; it shares no code with the sources. RFC 7692 §5, §7.
// Must not know: what our end makes of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import type { Child } from '../support/child.js';
import { portOf, RawConnection, raw } from '../support/raw.js';
import { opening } from '../transport/listener.js';
import {
  type FrameOptions,
  frame,
  Op,
  readAnswer,
  readClose,
  readFrames,
  type SeenFrame,
  upgradeTo,
} from './bytes.js';

/** Which of our ends is attacked. */
export type Role = 'server' | 'client';
/** What browsers offer. */
export const OFFER = 'permessage-deflate; client_max_window_bits';
/** What comes of it where neither side keeps context. */
export const NO_TAKEOVER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
/** The first of the three reserved bits, as `frame` takes them. */
export const RSV1 = 4;
const MEBIBYTE = 1_048_576;

const flushed = (plain: string | Uint8Array, options: ZlibOptions = {}) =>
  deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH, ...options });

/** The payload of a message (RFC 7692 §7.2.1): a flush ends it, of which the last four octets are left out. */
export function squeezed(plain: string | Uint8Array, options?: ZlibOptions): Buffer {
  return flushed(plain, options).subarray(0, -4);
}

/** What a payload says (RFC 7692 §7.2.2). */
export function unsqueezed(payload: Uint8Array, options: ZlibOptions = {}): Buffer {
  const whole = Buffer.concat([payload, Buffer.of(0, 0, 0xff, 0xff)]);
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH, ...options });
}

/** So many mebibytes of zeros in about as many kibibytes: the ratio of DEFLATE is 1,032 to 1 at most. */
export function bomb(mebibytes: number): Buffer {
  const one = flushed(Buffer.alloc(MEBIBYTE), { level: 9 });
  return Buffer.concat(Array<Buffer>(mebibytes).fill(one)).subarray(0, -4);
}

/** Bits in the order of the stream: a number begins with its lowest one, a code with its highest (RFC 1951 §3.1.1). */
const number = (value: number, count: number) =>
  [...value.toString(2).padStart(count, '0')].reverse().join('');
/** With the code 0, repeats the length before. */
const again = (times: number) => `0${number(times - 3, 2)}`;
/** A block that is nothing but its tables of codes and its end (RFC 1951 §3.2.7). */
const TABLES = [
  // Not the last block; tables of its own; 286 literals and lengths, 30 distances, 12 lengths of code lengths:
  [number(0, 1), number(2, 2), number(29, 5), number(29, 5), number(8, 4)],
  [1, 0, 0, 0, 3, 0, 3, 0, 0, 3, 0, 3].map((bits) => number(bits, 3)),
  // 226 of length 8 and 60 of length 9; 2 of length 4 and 28 of length 5; the end of the block.
  ['110', again(6).repeat(37), again(3), '111', again(6).repeat(9), again(5)],
  ['100', '100', '101', again(6).repeat(4), again(3), (482).toString(2)],
]
  .flat()
  .join('');

/** About so many octets that expand to none. No other input costs its reader as much. */
export function tables(octets: number): Buffer {
  const bits = `${TABLES.repeat(Math.ceil((octets * 8) / TABLES.length))}000`;
  const octet = (at: number) => Number.parseInt([...bits.slice(at, at + 8)].reverse().join(''), 2);
  return Buffer.from(Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) => octet(at * 8)));
}

/** A frame as the hostile end of a role writes it. */
export type Write = (opcode: number, payload?: string | Uint8Array, options?: FrameOptions) => Buffer;

export function writerTo(role: Role): Write {
  return (opcode, payload, options) =>
    frame(opcode, payload, role === 'server' ? options : { mask: null, ...options });
}

/** A message in frames of so many octets. */
export function split(write: Write, opcode: number, payload: Uint8Array, octets: number): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < payload.length; at += octets) {
    const part = payload.subarray(at, at + octets);
    const isFirst = at === 0;
    const fin = at + octets >= payload.length;
    frames.push(write(isFirst ? opcode : 0, part, { fin, rsv: isFirst ? RSV1 : 0 }));
  }
  return Buffer.concat(frames);
}

/** A message that our end sent. */
export interface Told {
  readonly isSqueezed: boolean;
  readonly payload: Buffer;
}

function toldBy({ rsv, payload }: SeenFrame): Told {
  const isSqueezed = rsv === RSV1;
  return { isSqueezed, payload: isSqueezed ? unsqueezed(payload) : payload };
}

/** The hostile end, with the handshake done. */
export class Foe implements Disposable {
  readonly role: Role;
  readonly connection: RawConnection;
  /** The extensions that the client offered, and those that the server answered; '' for none. */
  readonly offered: string;
  readonly agreed: string;
  readonly write: Write;

  constructor(role: Role, connection: RawConnection, offered: string, agreed: string) {
    this.role = role;
    this.connection = connection;
    this.offered = offered;
    this.agreed = agreed;
    this.write = writerTo(role);
  }

  /** What our end has sent. */
  get frames(): SeenFrame[] {
    return readFrames(this.connection.received, this.role);
  }

  /** Sends one compressed message. */
  squeeze(opcode: number, plain: string | Uint8Array): this {
    this.connection.send(this.write(opcode, squeezed(plain), { rsv: RSV1 }));
    return this;
  }

  /** Waits for a frame. */
  async until(is: (frame: SeenFrame) => boolean): Promise<SeenFrame> {
    return await this.#find((frames) => frames.find(is));
  }

  /** Waits for so many messages, none of them in fragments or with context. */
  async messages(count: number): Promise<Told[]> {
    const messages = await this.#find((frames) => {
      const found = frames.filter(({ opcode }) => opcode < Op.close);
      return found.length < count ? undefined : found;
    });
    return messages.map(toldBy);
  }

  async #find<Found>(look: (frames: SeenFrame[]) => Found | undefined): Promise<Found> {
    for (;;) {
      const found = look(this.frames);
      if (found !== undefined) return found;
      await this.connection.until(this.connection.received.length + 1);
    }
  }

  /** Waits for the end; the close frame that came before it. */
  async ending(timeoutMs = 2000): Promise<{ code: number; reason: string } | undefined> {
    await this.connection.ending(timeoutMs);
    return readClose(this.frames.at(-1));
  }

  [Symbol.dispose](): void {
    this.connection.socket.destroy();
  }
}

/** Opens a connection to our server on one that nothing was sent on yet. */
export async function againstServer(
  connection: RawConnection,
  offer: string | null = OFFER,
  at = '/ws',
): Promise<Foe> {
  const head = upgradeTo(at, { 'Sec-WebSocket-Extensions': offer });
  const { status, fields } = readAnswer(await connection.send(head).until('\r\n\r\n'));
  assert.equal(status, 101);
  connection.take();
  return new Foe('server', connection, offer ?? '', fields.get('sec-websocket-extensions') ?? '');
}

/** Lets our client connect by `dial`, and answers it. */
export async function againstClient(
  dial: (url: string) => unknown,
  answer: string | null = NO_TAKEOVER,
): Promise<Foe> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dialed = dial(`ws://127.0.0.1:${portOf(server)}/`);
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  const connection = new RawConnection(socket.setNoDelay(true));
  const head = (await connection.until('\r\n\r\n')).toString('latin1');
  connection.take();
  connection.send(
    opening(head, answer === null ? {} : { Extensions: `Sec-WebSocket-Extensions: ${answer}` }),
  );
  await dialed;
  const [, offered = ''] = /^sec-websocket-extensions: *(.*)$/im.exec(head) ?? [];
  return new Foe('client', connection, offered, answer ?? '');
}

/**
 * The same where our ends are in another process: `at` is the server's path, and what its client does as well; `answer` is what
 * that is answered.
 */
export async function againstVictim(
  victim: { readonly port: number; readonly child: Child },
  role: Role,
  at: '/ws' | '/sink',
  answer?: string,
): Promise<Foe> {
  if (role === 'server') return await againstServer(await raw(victim.port), OFFER, at);
  return await againstClient(async (url) => {
    victim.child.write(`connect ${url} ${at}`);
    await victim.child.line(/^connected$/);
  }, answer);
}
