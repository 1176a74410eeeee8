// Knows: who gets the events of a Duplex now. Its listeners are shared by the whole process and are attached once, so that
// passing a socket on (from the reading of its head to its connection) is one assignment and no closure.
// Must not know: what an owner does.
import type { Http2Stream } from 'node:http2';
import { Socket } from 'node:net';
import { addAbortSignal, type Duplex } from 'node:stream';

/** Gets the events of the Duplexes that it owns. */
export interface Owner {
  onData(chunk: Uint8Array): void;
  /** The reading side is over; only where the Duplex does not then end its writing side by itself. */
  onEnd(): void;
  onDrain(): void;
  onError(error: Error): void;
  onClose(): void;
}

/** After its FIN a peer has this long to take what is on its way to it. */
const FLUSH_MS = 1500;

const OWNER = Symbol('handfast.owner');
type Owned = Duplex & { [OWNER]: Owner | undefined };

/** Makes `owner` the one who gets the events. The first call starts the flow of data. */
export function own(duplex: Duplex, owner: Owner): void {
  const known = OWNER in duplex;
  (duplex as Owned)[OWNER] = owner;
  if (known) return;
  duplex.on('data', onData).on('error', onError).on('close', onClose);
  if (duplex.allowHalfOpen) duplex.on('end', onEnd);
  if (!isPlainSocket(duplex)) hearOfWaiting(duplex);
}

/**
 * Something written waits. Its owner hears when it has left; and once the peer has ended it has not for ever to leave. A plain
 * socket is told only here: most never have anything that waits, and each listener costs memory.
 */
export function watch(duplex: Duplex): void {
  if (isPlainSocket(duplex) && !duplex.listeners('drain').includes(onDrain)) hearOfWaiting(duplex);
}

function hearOfWaiting(duplex: Duplex): void {
  duplex.on('drain', onDrain);
  if (!duplex.allowHalfOpen) duplex.on('end', onEndAlone);
}

/** Whether it is TCP and nothing else: what such a socket has written, the kernel has. */
export function isPlainSocket(duplex: Duplex): boolean {
  return duplex.constructor === Socket;
}

/** Who owns the Duplex, if anybody. */
export function ownerOf(duplex: Duplex): Owner | undefined {
  return (duplex as Owned)[OWNER];
}

/** Takes our listeners off, for somebody else to use the Duplex. It is paused then. */
export function disown(duplex: Duplex): void {
  duplex.pause();
  duplex
    .off('data', onData)
    .off('drain', onDrain)
    .off('error', onError)
    .off('close', onClose)
    .off('end', onEnd)
    .off('end', onEndAlone);
  delete (duplex as Partial<Owned>)[OWNER];
}

/** Ends a Duplex at once, as a reset does. What was not sent is lost. */
export function cut(duplex: Duplex): void {
  if (!isStream(duplex) || duplex.destroyed) return void duplex.destroy();
  // RFC 8441 §5: what RST is for TCP is RST_STREAM with CANCEL for a stream. `destroy` alone says NO_ERROR, and `close` sends
  // END_STREAM first, which is the orderly end; a stream that is aborted is reset with CANCEL and nothing else.
  CUT.add(duplex);
  addAbortSignal(ABORTED, duplex.on('error', ignore));
}

const ABORTED = AbortSignal.abort();

/** Whether a stream of HTTP/2 was reset by us. Its events and codes do not tell. */
export function wasCut(stream: Http2Stream): boolean {
  return CUT.has(stream);
}

const CUT = new WeakSet<Duplex>();

/** Whether it is a stream of HTTP/2. */
export function isStream(duplex: Duplex): duplex is Http2Stream {
  return 'rstCode' in duplex;
}

function onData(this: Duplex, chunk: Uint8Array): void {
  (this as Owned)[OWNER]?.onData(chunk);
}
function onEnd(this: Duplex): void {
  (this as Owned)[OWNER]?.onEnd();
}
/** Node ends our side once all is written. A peer that has left takes nothing, and TLS may never say so. */
function onEndAlone(this: Duplex): void {
  if (this.writableLength > 0) setTimeout(() => this.destroy(), FLUSH_MS).unref();
}
function onDrain(this: Duplex): void {
  (this as Owned)[OWNER]?.onDrain();
}
function onError(this: Duplex, error: Error): void {
  // What we ended ourselves did not fail.
  if (!CUT.has(this)) (this as Owned)[OWNER]?.onError(error);
}
function onClose(this: Duplex): void {
  (this as Owned)[OWNER]?.onClose();
}
function ignore(): void {}
