// Knows: the conversation of ../compressed.ts by the WebSocket that browsers have, wherever it comes from: a page, undici, npm ws, Bun.
// Must not know: anything outside the function, whose source also runs in a page.
import type { Report } from '../scenario.js';

interface Opened {
  readonly extensions: string;
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
}

export async function compressed(WebSocket: new (url: string) => unknown, url: string): Promise<Report> {
  const socket = new WebSocket(url) as Opened;
  socket.binaryType = 'arraybuffer';
  const came: unknown[] = [];
  let tell = () => {};
  socket.onmessage = ({ data }) => {
    came.push(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
    tell();
  };
  const closed = new Promise<[number, string]>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve([code, reason]);
  });
  await new Promise<void>((resolve) => {
    socket.onopen = () => resolve();
  });
  const next = async () => {
    while (came.length === 0) {
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
    return came.shift();
  };
  const isBack = async (message: string | Uint8Array) => {
    const back = await next();
    if (typeof message === 'string') return back === message;
    return (
      back instanceof Uint8Array &&
      back.length === message.length &&
      back.every((octet, at) => octet === message[at])
    );
  };
  const echoes = (message: string | Uint8Array) => {
    socket.send(message);
    return isBack(message);
  };
  const long = await echoes('grüße, 世界 👋 '.repeat(3000));
  const binary = await echoes(Uint8Array.from({ length: 1 << 20 }, (_, at) => (at * 31 + 7) & 255));
  const noText = await echoes('');
  const noBytes = await echoes(new Uint8Array(0));
  const more = '-'.repeat(100);
  const messages = Array.from(
    { length: 200 },
    (_, at) => `{"number":${at},"text":"grüße, 世界 👋","more":"${more}"}`,
  );
  for (const message of messages) socket.send(message);
  let small = true;
  for (const message of messages) small = (await isBack(message)) && small;
  socket.close(4001, 'done ✓');
  return { extensions: socket.extensions, long, binary, noText, noBytes, small, close: await closed };
}
