// Knows: how a stream of HTTP/2 that carries a WebSocket ends, told to whoever owns it: RFC 8441 §5, RFC 9113 §6.4 and §7.
// For both halves. Must not know: how the stream was opened.
import type { Http2Stream } from 'node:http2';
import { ownerOf, wasCut } from '../duplex.js';
import { CarrierError } from '../errors.js';
import type { Rejection } from '../reason.js';
import { H2_FAILURES } from './http2-failures.js';

/**
 * Tells the owner of a stream why it ended, where that was neither END_STREAM nor ourselves; to be called before `own`. `lost` says
 * what ended the whole session, if it has: Node resets every stream then, with codes that nobody sent, or with the session's error.
 */
export function explainEnd(stream: Http2Stream, lost: (error?: Error) => Rejection | undefined): void {
  const tell = (error?: Error) => {
    const rejection = wasCut(stream) ? undefined : (lost(error) ?? resetOf(stream));
    if (rejection !== undefined) ownerOf(stream)?.onError(new CarrierError(rejection, error));
  };
  stream.on('error', tell).once('close', tell);
}

function resetOf({ rstCode }: Http2Stream): Rejection | undefined {
  // Once a server has said all, it may reset with NO_ERROR a stream whose other half is open: RFC 9113 §8.1.
  if (!rstCode) return undefined;
  return { reason: H2_FAILURES.H2_STREAM_RESET, evidence: { seen: `RST_STREAM ${codeName(rstCode)}` } };
}

// RFC 9113 §7, in the order of the numbers.
const NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** Such as `CANCEL (8)`. */
export function codeName(code: number): string {
  return `${NAMES[code] ?? 'unknown code'} (${code})`;
}
