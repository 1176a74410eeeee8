// Knows: what a raw handshake with a deployment's options gets; through a forward proxy, what the wish for a tunnel gets.
// Must not know: what it should get.
import { raw } from '../../../support/raw.js';
import type { Deployment } from '../deployment.js';
import { transcript } from '../servers/transcript.js';
import type { Row } from './row.js';

const QUIET_MS = 5_000;

/** As `transcript` writes it; what SOCKS says in hexadecimal. */
export function shown({ url, options = {} }: Deployment, { listens, quietMs }: Row): Promise<string> {
  const patience = { listens: listens ?? false, ...(quietMs !== undefined && { quietMs }) };
  if (!options.proxy) return transcript(url, options, {}, patience);
  const proxy = new URL(options.proxy);
  const waitMs = options.stageMs ?? QUIET_MS;
  const asked =
    proxy.protocol === 'socks5:' ? bySocks(proxy, new URL(url)) : byConnect(proxy, new URL(url), waitMs);
  return asked.catch((error: NodeJS.ErrnoException) => `[${error.code ?? error.message}]`);
}

async function byConnect(proxy: URL, { host }: URL, waitMs: number): Promise<string> {
  const { port, username, password } = proxy;
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  const more = username === '' ? '' : `Proxy-Authorization: Basic ${credentials}\r\n`;
  using connection = await raw(Number(port));
  connection.send(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`);
  await connection.until('\r\n\r\n', waitMs).catch(() => {});
  return connection.received.toString('latin1').replaceAll('\r\n', '\n') || `[${connection.end}]`;
}

/** RFC 1928 with RFC 1929: greeting, user and password, the wish for an address. */
async function bySocks(proxy: URL, target: URL): Promise<string> {
  using connection = await raw(Number(proxy.port));
  const [user, password] = [Buffer.from(proxy.username), Buffer.from(proxy.password)];
  const port = Number(target.port);
  await connection.send(Uint8Array.of(5, 1, 2)).until(2);
  await connection.send(Uint8Array.of(1, user.length, ...user, password.length, ...password)).until(4);
  connection.send(Uint8Array.of(5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255));
  await connection.until(14, 500).catch(() => {});
  return connection.received.toString('hex').replace(/..(?!$)/g, '$& ');
}
