// Knows: how a request is kept from the listeners of a server of `node:http`: those of a framework are there already, each of them would
// answer, and a listener cannot stop the next one. Must not know: which requests, or how they are answered.
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';

/** Answers a request, or says that it does not. */
export type Taker = (request: IncomingMessage, response: ServerResponse) => boolean;

type Emit = (this: HttpServer, event: string | symbol, ...values: unknown[]) => boolean;

interface Interception {
  /** The last that came is asked first. */
  takers: readonly Taker[];
  /** Puts the server back as it was, unless somebody else has put something in front of it meanwhile, which stays. */
  restore(): boolean;
}

/** One for each server, however many come and go in whatever order: none of them leaves anything behind. */
const interceptions = new WeakMap<HttpServer, Interception>();

/** Shows `take` every request before any listener; one that it takes reaches none of them. Returns how to end it. */
export function interceptRequests(server: HttpServer, take: Taker): () => void {
  const interception = interceptions.get(server) ?? intercept(server);
  interceptions.set(server, interception);
  interception.takers = [take, ...interception.takers];
  return () => {
    interception.takers = interception.takers.filter((each) => each !== take);
    if (interception.takers.length === 0 && interception.restore()) interceptions.delete(server);
  };
}

function intercept(server: HttpServer): Interception {
  const holder = server as unknown as { emit: Emit };
  const isOwn = Object.hasOwn(server, 'emit');
  const below = holder.emit;
  const emit: Emit = function (event, ...values) {
    if (event === 'request') {
      const [request, response] = values as [IncomingMessage, ServerResponse];
      if (interception.takers.some((take) => take(request, response))) return true;
    }
    return below.call(this, event, ...values);
  };
  const restore = () => {
    if (holder.emit !== emit) return false;
    if (isOwn) holder.emit = below;
    else delete (holder as Partial<typeof holder>).emit;
    return true;
  };
  const interception: Interception = { takers: [], restore };
  holder.emit = emit;
  return interception;
}
