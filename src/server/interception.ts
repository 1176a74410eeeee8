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

/**
 * Shows `take` every request before any listener; one that it takes reaches none of them. Who did the same before comes later. Returns how
 * to end it: the server is then as it was, unless somebody else has put something in front of it meanwhile, which stays.
 */
export function interceptRequests(server: HttpServer, take: Taker, overhear?: Overhearer): () => void {
  const holder = server as unknown as { emit: Emit };
  const isOwn = Object.hasOwn(server, 'emit');
  const below = holder.emit;
  let isOver = false;
  const emit: Emit = function (event, ...values) {
    const isRequest = event === 'request' && !isOver;
    if (isRequest && take(values[0] as IncomingMessage, values[1] as ServerResponse)) return true;
    if (event === 'clientError' && !isOver) overhear?.(values[0] as UnreadError, values[1] as Duplex);
    return below.call(this, event, ...values);
  };
  holder.emit = emit;
  return () => {
    isOver = true;
    if (holder.emit !== emit) return;
    if (isOwn) holder.emit = below;
    else delete (holder as Partial<typeof holder>).emit;
  };
}
