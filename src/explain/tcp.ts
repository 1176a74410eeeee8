// Knows: how segments become the two streams of each connection: in order, without what came twice, with what is missing told
// (RFC 9293 §3.4, §3.10).
// Must not know: what the octets say.
import type { Segment } from './packets.js';

/** Octets that came without a gap in front of them. */
interface Piece {
  /** Where it begins in the stream. */
  readonly start: number;
  readonly atMs: number;
}

export interface Direction {
  readonly from: string;
  readonly octets: Uint8Array;
  readonly pieces: readonly Piece[];
  /** Octets of the stream that the capture does not have; behind the first gap nothing is in `octets`. */
  readonly isTorn: boolean;
  readonly finMs?: number;
  readonly rstMs?: number;
  /** Segments that brought octets once more. */
  readonly retransmitted: number;
  /** Segments that stand before others in the stream and were captured behind them. */
  readonly outOfOrder: number;
}

export interface TcpConnection {
  readonly client: Direction;
  readonly server: Direction;
  /** Whether the capture has its SYN, and the answer to it. */
  readonly hasSyn: boolean;
  readonly isAccepted: boolean;
  readonly startMs: number;
  readonly endMs: number;
}

/** Connections in the order in which they began; a SYN from the same port begins another one. */
export function connectionsOf(segments: readonly Segment[]): TcpConnection[] {
  const open = new Map<string, Segment[]>();
  const all: Segment[][] = [];
  for (const segment of segments) {
    const key = segment.from < segment.to ? `${segment.from} ${segment.to}` : `${segment.to} ${segment.from}`;
    const known = open.get(key);
    if (known !== undefined && !beginsAnew(segment, known)) known.push(segment);
    else {
      const begun = [segment];
      open.set(key, begun);
      all.push(begun);
    }
  }
  return all.map(connectionOf);
}

/** A SYN with another number than the first one's, or behind an end. A SYN that came twice is none. */
function beginsAnew(segment: Segment, known: readonly Segment[]): boolean {
  if (!segment.syn || segment.ack) return false;
  const first = known[0]!;
  return !(first.syn && first.from === segment.from && first.seq === segment.seq);
}

function connectionOf(segments: readonly Segment[]): TcpConnection {
  const first = segments[0]!;
  const syn = segments.find((segment) => segment.syn && !segment.ack);
  const accepted = segments.find((segment) => segment.syn && segment.ack);
  const client = syn?.from ?? accepted?.to ?? likelyClient(segments) ?? first.from;
  const server = client === first.from ? first.to : first.from;
  return {
    client: directionOf(segments, client),
    server: directionOf(segments, server),
    hasSyn: syn !== undefined,
    isAccepted: accepted !== undefined,
    startMs: first.atMs,
    endMs: segments.at(-1)!.atMs,
  };
}

/** Without a SYN: who sends a request, or has the higher port. */
function likelyClient(segments: readonly Segment[]): string | undefined {
  const asking = segments.find(
    ({ payload }) => payload[0] === 0x47 && payload[1] === 0x45 && payload[2] === 0x54,
  );
  if (asking !== undefined) return asking.from;
  const { from, to } = segments[0]!;
  return portOf(from) >= portOf(to) ? from : to;
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function directionOf(segments: readonly Segment[], from: string): Direction {
  const own = segments.filter((segment) => segment.from === from);
  const first = own.find(({ syn }) => syn);
  const base = first === undefined ? own[0]?.seq : (first.seq + 1) >>> 0;
  const finMs = own.find(({ fin }) => fin)?.atMs;
  const rstMs = own.find(({ rst }) => rst)?.atMs;
  return {
    from,
    ...assembled(own, base ?? 0),
    ...(finMs !== undefined && { finMs }),
    ...(rstMs !== undefined && { rstMs }),
  };
}

interface Placed {
  readonly start: number;
  /** Its place among the segments as they were captured. */
  readonly order: number;
  readonly atMs: number;
  readonly payload: Uint8Array;
}

function assembled(own: readonly Segment[], base: number): Omit<Direction, 'from'> {
  const placed: Placed[] = [];
  let furthest = 0;
  let ended = 0;
  for (const [order, { seq, atMs, payload, syn, fin }] of own.entries()) {
    if (fin) ended = furthest + ((seq + payload.length - ((base + furthest) >>> 0)) | 0);
    if (payload.length === 0 || syn) continue;
    // Numbers wrap at 2^32: the one nearest to what was seen last is meant.
    const start = furthest + ((seq - ((base + furthest) >>> 0)) | 0);
    furthest = Math.max(furthest, start + payload.length);
    placed.push({ start, order, atMs, payload });
  }
  placed.sort((one, other) => one.start - other.start || one.order - other.order);
  const stream = joined(placed);
  // FIN stands behind the last octet: where that is not here, the capture lacks it, or has cut its packet.
  return { ...stream, isTorn: stream.isTorn || ended > furthest };
}

function joined(placed: readonly Placed[]): Omit<Direction, 'from'> {
  const parts: Uint8Array[] = [];
  const pieces: Piece[] = [];
  let end = placed.length > 0 ? Math.min(0, placed[0]!.start) : 0;
  // What came before the first number that is known, as in a capture that began late.
  const origin = end;
  let retransmitted = 0;
  let outOfOrder = 0;
  let isTorn = false;
  let latest = -1;
  for (const { start, order, atMs, payload } of placed) {
    if (start > end) {
      isTorn = true;
      break;
    }
    const fresh = payload.subarray(end - start);
    if (fresh.length < payload.length) retransmitted += 1;
    if (fresh.length === 0) continue;
    if (order < latest) outOfOrder += 1;
    latest = Math.max(latest, order);
    pieces.push({ start: end - origin, atMs });
    parts.push(fresh);
    end += fresh.length;
  }
  return { octets: Buffer.concat(parts), pieces, isTorn, retransmitted, outOfOrder };
}

/** When the octet at `offset` came. */
export function timeOf({ pieces }: Direction, offset: number): number {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle]!.start <= offset) low = middle;
    else high = middle - 1;
  }
  return pieces[low]?.atMs ?? 0;
}
