// Knows: how a request reaches a server over HTTP/2 and how its answer leaves: RFC 8441 §5, RFC 9113 §8. It yields an
// Offer, whose Duplex is a stream of `node:http2`. Must not know: sessions (`http2-server-session.ts`), what is accepted, or why not.
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { cut, own } from '../duplex.js';
import { serializeExtensions } from '../handshake/fields.js';
import type { RequestHead } from '../handshake/head.js';
import type { RefusalAnswer } from '../handshake/refusal.js';
import type { Rejection } from '../reason.js';
import { explainEnd } from './http2-stream.js';
import { type AcceptAnswer, Attempt, type Intake, LINGER_MS, type Offer } from './offer.js';

/** What a server does with what arrives over HTTP/2. */
export type StreamIntake = Pick<Intake, 'offer' | 'settled'>;

/** A stream from its request until its handshake is answered. */
export class StreamOffer extends Attempt<StreamIntake> implements Offer {
  declare readonly socket: ServerHttp2Stream;
  readonly head: RequestHead;
  readonly line: Duplex;
  readonly releasable = false;
  /** Whether a connection lives on the stream, or did. */
  accepted = false;

  /** `lost` as for `explainEnd`. */
  constructor(
    stream: ServerHttp2Stream,
    head: RequestHead,
    line: Duplex,
    intake: StreamIntake,
    lost: (error?: Error) => Rejection | undefined,
  ) {
    super(stream, intake);
    this.head = head;
    this.line = line;
    explainEnd(stream, lost);
    own(stream, this);
  }

  release(): Socket {
    throw new TypeError('a stream of HTTP/2 cannot be handed on');
  }

  accept({ subprotocol, extensions }: AcceptAnswer): Uint8Array | undefined {
    const fields: OutgoingHttpHeaders = { ':status': 200 };
    if (subprotocol !== '') fields['sec-websocket-protocol'] = subprotocol;
    if (extensions.length > 0) fields['sec-websocket-extensions'] = serializeExtensions(extensions);
    this.#respond(fields, false);
    this.accepted = true;
    this.socket.once('finish', askToLeave);
    this.settle();
    return this.takeEarly();
  }

  refuse({ status, fields, body }: RefusalAnswer): void {
    if (this.answered) return;
    const answer: OutgoingHttpHeaders = { ':status': status };
    for (const [name, value] of fields) answer[name.toLowerCase()] = value.trim();
    this.#respond(answer, body === '');
    if (body !== '') this.socket.end(body, 'latin1');
    this.settle();
    this.linger();
  }

  /** A stream that was reset takes no answer, and may not have told so yet. */
  #respond(fields: OutgoingHttpHeaders, endStream: boolean): void {
    const { socket: stream } = this;
    if (!stream.closed && !stream.destroyed) stream.respond(fields, { endStream });
  }

  onData(chunk: Uint8Array): void {
    if (!this.answered) this.keepEarly(chunk);
  }

  /** END_STREAM. On the request itself it is a reason to refuse; later it is the peer that leaves. */
  onEnd(): void {
    if (this.answered) return;
    this.leave();
    cut(this.socket);
  }

  onError(): void {
    this.leave();
  }

  /** A refused peer had its time. */
  override due(): void {
    const { socket: stream } = this;
    // RFC 9113 §8.1: after a whole answer NO_ERROR asks the client to stop sending.
    if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
    else cut(stream);
  }
}

/**
 * RFC 6455 §7.1.1: the server ends first, once both close frames went, and the client then has nothing to say. Yet it
 * may leave its half open: nghttpx never ends that of a stream to a server. RFC 9113 §8.1: NO_ERROR asks for it.
 */
function askToLeave(this: ServerHttp2Stream): void {
  if (!this.readableEnded) setTimeout(() => this.close(constants.NGHTTP2_NO_ERROR), LINGER_MS).unref();
}
