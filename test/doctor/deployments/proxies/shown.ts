// Knows: what a raw handshake with a deployment's options gets; through a forward proxy, what CONNECT gets.
// Must not know: what it should get.
import { raw } from '../../../support/raw.js';
import type { Deployment } from '../deployment.js';
import { transcript } from '../servers/transcript.js';
import type { Row } from './row.js';

/** As `transcript` writes it. */
export function shown({ url, options = {} }: Deployment, { listens, quietMs }: Row): Promise<string> {
  const patience = { listens: listens ?? false, ...(quietMs !== undefined && { quietMs }) };
  return options.proxy ? tunnelled(url, options.proxy) : transcript(url, options, {}, patience);
}

async function tunnelled(url: string, proxy: string): Promise<string> {
  const { port, username, password } = new URL(proxy);
  const { host } = new URL(url);
  const credentials =
    username === ''
      ? ''
      : `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`;
  try {
    using connection = await raw(Number(port));
    connection.send(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${credentials}\r\n`);
    return (await connection.until('\r\n\r\n')).toString('latin1').replaceAll('\r\n', '\n');
  } catch (error) {
    return `[${(error as NodeJS.ErrnoException).code}]`;
  }
}
