// Knows: the head of an answer as it left, made again for whoever looks at it. Must not know: what was answered why.
import { serializeExtensions } from '../handshake/fields.js';
import { type Carrier, type FieldLine, Fields, type ResponseHead } from '../handshake/head.js';
import { acceptFor } from '../handshake/key.js';
import type { RefusalAnswer } from '../handshake/refusal.js';
import { OPENING_STATUS } from '../handshake/rejections.js';
import type { AcceptAnswer } from '../transport/offer.js';

/** What `writeAccept` writes, and over HTTP/2 what RFC 8441 §5 leaves of it. */
export function openingHead(carrier: Carrier, { key, subprotocol, extensions }: AcceptAnswer): ResponseHead {
  const lines: FieldLine[] = [];
  if (carrier === 'h1') {
    lines.push(['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Accept', acceptFor(key)]);
  }
  if (subprotocol !== '') lines.push(['Sec-WebSocket-Protocol', subprotocol]);
  if (extensions.length > 0) lines.push(['Sec-WebSocket-Extensions', serializeExtensions(extensions)]);
  const reason = carrier === 'h1' ? 'Switching Protocols' : '';
  return headOf(carrier, OPENING_STATUS[carrier], reason, lines);
}

export function refusalHead(carrier: Carrier, { status, phrase, fields }: RefusalAnswer): ResponseHead {
  return headOf(carrier, status, carrier === 'h1' ? phrase : '', [...fields]);
}

/** RFC 9113 §8.2.1: names in lower case; §8.3.2: no phrase. */
function headOf(carrier: Carrier, status: number, reason: string, lines: readonly FieldLine[]): ResponseHead {
  const isH1 = carrier === 'h1';
  const fields = new Fields(isH1 ? lines : lines.map(([name, value]) => [name.toLowerCase(), value]));
  return { carrier, version: isH1 ? '1.1' : '2', status, reason, fields };
}
