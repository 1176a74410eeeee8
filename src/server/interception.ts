// Knows: how a request is kept from the listeners of a server of `node:http`: those of a framework are there already, each of them would
// answer, and a listener cannot stop the next one. And how what it cannot read is overheard: with a listener for that, it would leave
// the answer to us. Must not know: which requests, or how they are answered.
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Answers a request, or says that it does not. */
export type Taker = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Hears of what came and was no request, or no TLS. `rawPacket` is the portion of it in which the error was found. */
export type Overhearer = (error: UnreadError, socket: Duplex) => void;

export interface UnreadError extends NodeJS.ErrnoException {
  readonly rawPacket?: Uint8Array;
}

type Emit = (this: HttpServer, event: string | symbol, ...values: unknown[]) => boolean;

interface Ears {
  readonly take: Taker;
  readonly overhear: Overhearer | undefined;
}

interface Interception {
  /** The last that came is asked first. */
  ears: readonly Ears[];
  /** Puts the server back as it was, unless somebody else has put something in front of it meanwhile, which stays. */
  restore(): boolean;
}

/** One for each server, however many come and go in whatever order: none of them leaves anything behind. */
const interceptions = new WeakMap<HttpServer, Interception>();

/** Shows `take` every request before any listener; one that it takes reaches none of them. Returns how to end it. */
export function interceptRequests(server: HttpServer, take: Taker, overhear?: Overhearer): () => void {
  const interception = interceptions.get(server) ?? intercept(server);
  interceptions.set(server, interception);
  const own: Ears = { take, overhear };
  interception.ears = [own, ...interception.ears];
  return () => {
    interception.ears = interception.ears.filter((each) => each !== own);
    if (interception.ears.length === 0 && interception.restore()) interceptions.delete(server);
  };
}

function intercept(server: HttpServer): Interception {
  const holder = server as unknown as { emit: Emit };
  const isOwn = Object.hasOwn(server, 'emit');
  const below = holder.emit;
  const emit: Emit = function (event, ...values) {
    if (event === 'request') {
      const [request, response] = values as [IncomingMessage, ServerResponse];
      if (interception.ears.some(({ take }) => take(request, response))) return true;
    }
    if (event === 'clientError') {
      const [error, socket] = values as [UnreadError, Duplex];
      for (const { overhear } of interception.ears) overhear?.(error, socket);
    }
    return below.call(this, event, ...values);
  };
  const restore = () => {
    if (holder.emit !== emit) return false;
    if (isOwn) holder.emit = below;
    else delete (holder as Partial<typeof holder>).emit;
    return true;
  };
  const interception: Interception = { ears: [], restore };
  holder.emit = emit;
  return interception;
}
