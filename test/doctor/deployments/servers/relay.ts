// Knows: a small reverse proxy of node:http that does what HTTP asks of one and no more: what belongs to a single hop, such as
// Upgrade, is not passed on (RFC 9110 §7.6.1). Must not know: what stands behind it.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { bound, together } from './listen.js';
import type { Host } from './row.js';

const HOP_BY_HOP = new Set([
  'connection',
  'upgrade',
  'keep-alive',
  'te',
  'transfer-encoding',
  'proxy-authorization',
]);

export interface RelayOptions {
  /** Added to requests and answers. Default none: then nothing shows that there is a proxy. */
  readonly via?: string;
  /** Taken off the path of each request. */
  readonly prefix?: string;
  /** Of the URL. Default that of the host behind. */
  readonly path?: string;
}

export async function relayed(behind: Host, options: RelayOptions = {}): Promise<Host> {
  const origin = new URL(behind.url);
  const front = await bound(
    createServer((incoming, response) => forward(incoming, response, origin, options)),
  );
  return together(`ws://127.0.0.1:${front.port}${options.path ?? origin.pathname}`, front, behind);
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  origin: URL,
  { via, prefix = '' }: RelayOptions,
) {
  const { url = '/', method = 'GET' } = incoming;
  const path = url.startsWith(prefix) ? url.slice(prefix.length) : url;
  const more = via === undefined ? {} : { via };
  const headers = { ...endToEnd(incoming), ...more };
  const outgoing = request({ host: origin.hostname, port: origin.port, method, path, headers, agent: false });
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode!, { ...endToEnd(answer), ...more });
    answer.pipe(response);
  });
  outgoing.on('error', () => response.writeHead(502).end());
  incoming.pipe(outgoing);
}

function endToEnd({ headers }: IncomingMessage) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
