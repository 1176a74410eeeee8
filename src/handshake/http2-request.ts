// Knows: the rules for a request that only HTTP/2 has: RFC 8441 §4 and §5, RFC 9113 §8.3.1 and §8.5. They go before those
// of every carrier (`request.ts`). Must not know: what HTTP/2 itself forbids, such as `connection` or a missing `:path`:
// no such request arrives.
import { http2Reasons as reasons } from './http2-reasons.js';
import type { Rule } from './request.js';
import type { RequestReading } from './request-reading.js';
import { requestReasons } from './request-reasons.js';

export const HTTP2_RULES: readonly Rule<RequestReading>[] = [
  {
    // RFC 9113 §10.5.1: the limit that SETTINGS tell holds once the client has acknowledged it, and this one from the
    // first octet on.
    reason: requestReasons.REQ_HEAD_TOO_LARGE,
    carrier: 'h2',
    check: ({ head: { http2 }, maxBytes }) =>
      http2 !== undefined && http2.bytes > maxBytes
        ? { field: 'head', seen: `more than ${maxBytes} bytes` }
        : undefined,
  },
  {
    // RFC 8441 §5: a proxy that speaks HTTP/2 to its server writes CONNECT and :protocol; one that passes the fields of a handshake on as an
    // ordinary request has lost what makes it one.
    reason: requestReasons.PROXY_UPGRADE_STRIPPED,
    carrier: 'h2',
    check: ({ head: { method }, key }) =>
      method !== 'CONNECT' && key !== undefined
        ? { field: ':protocol', wanted: 'websocket, since sec-websocket-key is there' }
        : undefined,
  },
  {
    // RFC 8441 §5: what is GET with Upgrade on HTTP/1.1 is CONNECT with :protocol here.
    reason: reasons.H2_CONNECT_WANTED,
    carrier: 'h2',
    check: ({ head: { method, http2 } }) => {
      if (method !== 'CONNECT') return { field: ':method', seen: method, wanted: 'CONNECT' };
      return http2?.protocol === undefined && http2 !== undefined
        ? { field: ':protocol', wanted: 'websocket' }
        : undefined;
    },
  },
  {
    // RFC 8441 §5; RFC 9110 §7.8: names of protocols are compared without regard to case.
    reason: reasons.H2_PROTOCOL_UNKNOWN,
    carrier: 'h2',
    check: ({ head: { http2 } }) => {
      const protocol = http2?.protocol;
      if (protocol === undefined || protocol.toLowerCase() === 'websocket') return undefined;
      return { field: ':protocol', seen: protocol, wanted: 'websocket' };
    },
  },
  {
    // RFC 9113 §8.5: after CONNECT both sides send DATA; who has ended the stream cannot.
    reason: reasons.H2_CONNECT_ENDED,
    carrier: 'h2',
    check: ({ head: { method, http2 } }) =>
      method === 'CONNECT' && http2?.ended ? { field: 'END_STREAM', seen: 'on the request' } : undefined,
  },
  {
    // RFC 8441 §5: https for wss, http for ws. Behind a proxy that ends TLS it need not be ours.
    reason: reasons.H2_SCHEME,
    carrier: 'h2',
    check: ({ head: { http2 } }) => {
      const scheme = http2?.scheme;
      if (scheme === undefined || ['https', 'http'].includes(scheme.toLowerCase())) return undefined;
      return { field: ':scheme', seen: scheme, wanted: 'https or http' };
    },
  },
  {
    // RFC 9113 §8.3.1: two authorities for one request are two requests to two readers.
    reason: reasons.H2_HOST_MISMATCH,
    carrier: 'h2',
    check: ({ head: { http2 }, host }) => {
      const other = http2?.otherHost;
      return other === undefined ? undefined : { field: 'host', seen: other, wanted: host! };
    },
  },
];

/** What is worth a word but refuses nothing. */
export const HTTP2_NOTES: readonly Rule<RequestReading>[] = [
  {
    // RFC 8441 §5: the key and its answer have no part on HTTP/2.
    reason: reasons.H2_HEADERS_IN_CONNECT,
    carrier: 'h2',
    check: ({ key }) =>
      key === undefined ? undefined : { field: 'Sec-WebSocket-Key', seen: key, wanted: 'no such field' },
  },
];
