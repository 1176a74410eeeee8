// Deno or Bun as the client of our server: `deno run runtime_client.js MODE URL`; one line of JSON out. The modes are those of
// ../scenario.ts and ../compressed.ts.
import { compressed } from './standard.ts';

const payload = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 31 + 7) & 255);

const once = (socket, name) =>
  new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }));
const next = async (socket) => (await once(socket, 'message')).data;
async function closing(socket) {
  const { code, reason } = await once(socket, 'close');
  return [code, reason];
}

const modes = {
  async talk(url) {
    const socket = new WebSocket(url, ['chat.v1', 'echo.v2']);
    socket.binaryType = 'arraybuffer';
    await once(socket, 'open');
    socket.send('grüße, 世界 👋');
    const text = await next(socket);
    socket.send(payload);
    const bytes = new Uint8Array(await next(socket));
    const binary = bytes.length === payload.length && bytes.every((byte, index) => byte === payload[index]);
    socket.send('please: ping');
    const answered = await next(socket);
    socket.close(4001, 'done ✓');
    return { subprotocol: socket.protocol, text, binary, answered, close: await closing(socket) };
  },
  async closed(url) {
    return { close: await closing(new WebSocket(url)) };
  },
  async refused(url) {
    const socket = new WebSocket(url, { headers: { Origin: 'http://evil.example' } });
    const { message } = await once(socket, 'error');
    return { status: Number(/status code (\d{3})/.exec(message)?.[1]) };
  },
  compressed: (url) => compressed(WebSocket, url),
};

const [mode, url] = globalThis.Deno?.args ?? process.argv.slice(2);
console.log(JSON.stringify(await modes[mode](url)));
