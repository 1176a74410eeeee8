// Knows: one TCP connection of a capture as a conversation: the handshake in it, the frames both ways by time, and who ended it how.
// Must not know: files, packets, or how an explanation is shown.

import type { Exchange } from '../forensics/paste.js';
import { findExchanges } from '../forensics/paste.js';
import { parseExtensions, SyntaxFault } from '../handshake/fields.js';
import { type FrameRead, readFrames } from './frame-reading.js';
import { type Direction, type TcpConnection, timeOf } from './tcp.js';

export type Side = 'client' | 'server';

export interface TimedFrame extends FrameRead {
  readonly from: Side;
  /** Milliseconds after the first packet of the connection, when its first octet came. */
  readonly atMs: number;
}

export interface Ending {
  readonly by: Side;
  readonly how: 'FIN' | 'RST';
  readonly atMs: number;
  /** Since the last octet of each side; undefined when it had sent none behind the handshake. */
  readonly silentMs: number;
}

export interface Conversation {
  readonly connection: TcpConnection;
  /** The heads of the handshake; without an answer where none came. */
  readonly exchange?: Exchange;
  readonly isOpen: boolean;
  /** Where the frames of each side begin. */
  readonly behind: Readonly<Record<Side, number>>;
  readonly ending?: Ending;
}

export interface Frames {
  /** Of both sides, by time. */
  readonly frames: readonly TimedFrame[];
  /** False where there are more of them than were read. */
  readonly areAll: boolean;
}

export function conversationOf(connection: TcpConnection): Conversation {
  const { client, server } = connection;
  const request = requestIn(client.octets);
  const ending = endingOf(connection);
  const nowhere = { client: 0, server: 0 };
  if (request === undefined) return { connection, isOpen: false, behind: nowhere, ...(ending && { ending }) };
  const answer = answerIn(server.octets, request.index);
  const text = latin1(client.octets.subarray(request.start, request.end)) + (answer?.text ?? '');
  const exchange = findExchanges(text)[0];
  // Fields without a first line may be read as those of a 101.
  const isOpen = answer !== undefined && exchange?.response?.head.status === 101;
  return {
    connection,
    ...(exchange && { exchange }),
    isOpen,
    behind: isOpen ? { client: request.end, server: answer.end } : nowhere,
    ...(ending && { ending }),
  };
}

/** Octets of a head that are looked at. */
const headLimit = 64 * 1024;
/** Requests on one connection before the handshake. */
const mostRequests = 50;

interface Place {
  readonly start: number;
  /** Behind the empty line. */
  readonly end: number;
  readonly index: number;
}

/** The request that is a handshake; a key alone is enough, since a proxy may have taken Upgrade away. */
function requestIn(octets: Uint8Array): Place | undefined {
  let start = 0;
  for (let index = 0; index < mostRequests; index += 1) {
    const head = latin1(octets.subarray(start, start + headLimit));
    const length = head.indexOf('\r\n\r\n');
    if (length < 0) return undefined;
    const end = start + length + 4;
    if (/^(?:sec-websocket-key|upgrade: *websocket)/im.test(head.slice(0, length)))
      return { start, end, index };
    start = end + bodyBytes(head.slice(0, length));
  }
  return undefined;
}

/** The answer to the request at `index`: those before it are passed over, interim ones stay with it. */
function answerIn(octets: Uint8Array, index: number): { text: string; end: number } | undefined {
  let start = 0;
  let text = '';
  for (let passed = 0; passed <= mostRequests; ) {
    const head = latin1(octets.subarray(start, start + headLimit));
    const length = head.indexOf('\r\n\r\n');
    if (length < 0 || !head.startsWith('HTTP/')) return undefined;
    const end = start + length + 4;
    const status = Number(/^HTTP\/\S{1,8} (\d{3})/.exec(head)?.[1]);
    const isInterim = status >= 100 && status < 200 && status !== 101;
    if (passed === index) text += head.slice(0, length + 4);
    if (!isInterim) {
      if (passed === index)
        return { text: text + (status === 101 ? '' : head.slice(length + 4, length + 2004)), end };
      passed += 1;
    }
    start = end + (isInterim ? 0 : bodyBytes(head.slice(0, length)));
  }
  return undefined;
}

function bodyBytes(head: string): number {
  const length = Number(/^content-length: *(\d{1,15})/im.exec(head)?.[1] ?? 0);
  return Number.isSafeInteger(length) ? length : 0;
}

function hasDeflate(exchange: Exchange | undefined): boolean {
  const field = exchange?.response?.head.fields.combined('sec-websocket-extensions');
  const agreed = field === undefined ? [] : parseExtensions(field);
  return !(agreed instanceof SyntaxFault) && agreed.some(({ name }) => name === 'permessage-deflate');
}

/** What was said behind the handshake: at most `most` frames of each side. */
export function framesOf({ connection, exchange, isOpen, behind }: Conversation, most: number): Frames {
  if (!isOpen) return { frames: [], areAll: true };
  const deflate = hasDeflate(exchange);
  const [client, server] = (['client', 'server'] as const).map((from) => {
    const direction = connection[from];
    const octets = direction.octets.subarray(behind[from]);
    return readFrames(octets, { role: from, deflate }, most).map((frame): TimedFrame => {
      const atMs = timeOf(direction, behind[from] + frame.at) - connection.startMs;
      return { ...frame, from, atMs };
    });
  }) as [TimedFrame[], TimedFrame[]];
  const frames = [...client, ...server].sort((one, other) => one.atMs - other.atMs);
  return { frames, areAll: client.length < most && server.length < most };
}

/** Who was the first to say that it is over. */
function endingOf({ client, server, startMs }: TcpConnection): Ending | undefined {
  const ends = (['client', 'server'] as const).flatMap((by) => {
    const { finMs, rstMs } = by === 'client' ? client : server;
    return [
      ...(finMs === undefined ? [] : [{ by, how: 'FIN' as const, at: finMs }]),
      ...(rstMs === undefined ? [] : [{ by, how: 'RST' as const, at: rstMs }]),
    ];
  });
  const first = ends.sort((one, other) => one.at - other.at)[0];
  if (first === undefined) return undefined;
  const heard = Math.max(...[client, server].map(({ pieces }) => lastBefore(pieces, first.at) ?? startMs));
  return { by: first.by, how: first.how, atMs: first.at - startMs, silentMs: first.at - heard };
}

function lastBefore(pieces: Direction['pieces'], atMs: number): number | undefined {
  let last: number | undefined;
  for (const piece of pieces) if (piece.atMs <= atMs) last = Math.max(last ?? 0, piece.atMs);
  return last;
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}
