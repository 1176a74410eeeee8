// Knows: what a request shows by itself of its way: what a handshake has and it has not, what proxies add, whose hand it is.
// Must not know: the request as it was sent. Beside that, far more can be told (`forensics/reflection-diff.ts`).
import { headOf, type Reflection } from '../forensics/reflection.js';
import { forwardedBy } from '../forensics/respondents.js';
import { listIncludes } from '../handshake/fields.js';
import type { RequestHead } from '../handshake/head.js';
import { isHandshakeAttempt } from '../handshake/request.js';
import { printable } from '../reason.js';

/** A few words each, safe to print: what is missing, the Host, what proxies added, and the hop where it is recognised. */
export function remarksOn(reflection: Reflection): string[] {
  const head = headOf(reflection);
  const added = [...head.fields].map(([name]) => name).filter((name) => ofProxies.test(name));
  const hop = forwardedBy(head);
  return [
    ...missing(head),
    shown(head, 'Host'),
    ...(added.length > 0 ? [`added ${printable([...new Set(added)].join(', '), 400)}`] : []),
    ...(hop === undefined ? [] : [`by ${hop.name} (${printable(hop.tell)})`]),
  ];
}

/** No client that opens a WebSocket sends one of these. */
const ofProxies =
  /^(?:x-forwarded-.+|forwarded|via|x-real-ip|x-varnish|x-host|x-envoy-.+|x-amzn-trace-id|cf-.+|true-client-ip)$/i;

function missing(head: RequestHead): string[] {
  if (!isHandshakeAttempt(head)) return ['asks for no WebSocket'];
  if (head.carrier === 'h2') return head.http2?.protocol === undefined ? ['no :protocol'] : [];
  const { fields } = head;
  const lacks = (name: string, token: string) => !listIncludes(fields.combined(name) ?? '', token);
  return [
    ...(lacks('Upgrade', 'websocket') ? [shown(head, 'Upgrade')] : []),
    ...(lacks('Connection', 'upgrade') ? [shown(head, 'Connection')] : []),
    ...['Sec-WebSocket-Key', 'Sec-WebSocket-Version']
      .filter((name) => !fields.has(name))
      .map((name) => `no ${name}`),
  ];
}

function shown({ fields }: RequestHead, name: string): string {
  const value = fields.combined(name);
  return value === undefined ? `no ${name}` : `${name}: ${printable(value)}`;
}
