// Knows: the other clients of a deployment, who use up what a proxy limits: how many at once, or how many in a time.
// Must not know: which limit, or which proxy.
import { type RawConnection, raw } from '../../../support/raw.js';

/** WebSockets that others hold open; or a request of others every few milliseconds. */
export type Crowd = { readonly open: number } | { readonly everyMs: number };

const head = (port: number) =>
  [
    'GET /ws HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==',
    'Sec-WebSocket-Version: 13',
    '',
    '',
  ].join('\r\n');

export async function startCrowd(port: number, crowd: Crowd): Promise<Disposable> {
  return 'open' in crowd ? holding(port, crowd.open) : asking(port, crowd.everyMs);
}

async function holding(port: number, count: number): Promise<Disposable> {
  const held: RawConnection[] = [];
  for (let at = 0; at < count; at++) {
    const connection = await raw(port);
    held.push(connection);
    await connection.send(head(port)).until('\r\n\r\n');
  }
  return { [Symbol.dispose]: () => held.forEach((connection) => void connection[Symbol.dispose]()) };
}

async function asking(port: number, everyMs: number): Promise<Disposable> {
  const ask = async () => {
    const connection = await raw(port);
    await connection.send(head(port)).until('\r\n\r\n');
    connection[Symbol.dispose]();
  };
  await ask();
  const timer = setInterval(() => void ask().catch(() => {}), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
