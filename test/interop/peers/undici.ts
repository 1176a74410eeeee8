// undici's WebSocket, the one that Node has as a global, as a client in this process.
import { once } from 'node:events';
import { WebSocket } from 'undici';
import type { Report } from '../scenario.js';
import { payload, TEXT } from '../scenario.js';
import { compressed } from './standard.js';

interface Closing {
  readonly code: number;
  readonly reason: string;
}

const closing = async (ws: WebSocket): Promise<[number, string]> => {
  const [event] = (await once(ws, 'close')) as [Closing];
  return [event.code, event.reason];
};

async function message(ws: WebSocket): Promise<string | ArrayBuffer> {
  const [event] = (await once(ws, 'message')) as [{ data: string | ArrayBuffer }];
  return event.data;
}

async function talk(url: string): Promise<Report> {
  const ws = new WebSocket(url, ['chat.v1', 'echo.v2']);
  ws.binaryType = 'arraybuffer';
  await once(ws, 'open');
  ws.send(TEXT);
  const text = (await message(ws)) as string;
  ws.send(payload);
  const binary = payload.equals(Buffer.from((await message(ws)) as ArrayBuffer));
  ws.send('please: ping');
  const answered = (await message(ws)) as string;
  ws.close(4001, 'done ✓');
  return { subprotocol: ws.protocol, text, binary, answered, close: await closing(ws) };
}

async function closed(url: string): Promise<Report> {
  return { close: await closing(new WebSocket(url)) };
}

async function refused(url: string): Promise<Report> {
  const ws = new WebSocket(url, { headers: { Origin: 'http://evil.example' } });
  await once(ws, 'error');
  return {};
}

export const client = { talk, closed, refused, compressed: (url: string) => compressed(WebSocket, url) };
