// Knows: how the heads of a client are fields of `node:http2`, in both directions. RFC 9113 §8.3, RFC 8441 §5.
// Must not know: streams, or what the fields say.
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import { Fields, type HeadLimits, type RequestHead, type ResponseHead } from '../handshake/head.js';
import { type Evidence, isSecretName } from '../reason.js';

/** The request as Node wants it. The names of secrets are told to HPACK, which then keeps their values out of its tables. */
export function headersOf(
  { method, target, fields }: RequestHead,
  scheme: 'https' | 'http',
): OutgoingHttpHeaders {
  // RFC 8441 §4, §5: all pseudo-header fields of a request, and `:protocol`; Host travels as `:authority`.
  const headers: Record<string | symbol, string | string[]> = Object.assign(Object.create(null), {
    ':method': method,
    ':protocol': 'websocket',
    ':scheme': scheme,
    ':authority': fields.get('host')!,
    ':path': target,
  });
  for (const [name] of fields) {
    if (name === 'host') continue;
    const values = fields.getAll(name);
    headers[name] = values.length === 1 ? values[0]! : values;
  }
  // RFC 7541 §7.1.3.
  headers[sensitiveHeaders] = Object.keys(headers).filter(isSecretName);
  return headers as OutgoingHttpHeaders;
}

/** The answer's head as Node gives it. */
export function headOf(headers: IncomingHttpHeaders): ResponseHead {
  const fields = new Fields();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':')) continue;
    for (const line of Array.isArray(value) ? value : [value ?? '']) fields.append(name, line);
  }
  return { carrier: 'h2', version: '2', status: Number(headers[':status']), reason: '', fields };
}

/** What of a head is above the limits, counted as on HTTP/1.1: a line is name, colon, space and value. */
export function excessIn(
  { fields }: ResponseHead,
  { maxFields, maxLineBytes, maxBytes }: HeadLimits,
): Evidence | undefined {
  if (fields.size > maxFields) return { field: 'head', seen: `more than ${maxFields} fields` };
  let bytes = 0;
  for (const [name, value] of fields) {
    const length = name.length + value.length + 2;
    if (length > maxLineBytes) return { field: name, seen: `more than ${maxLineBytes} bytes` };
    bytes += length + 2;
  }
  return bytes > maxBytes ? { field: 'head', seen: `more than ${maxBytes} bytes` } : undefined;
}
