// The load of bench/inspector.js: so many handshakes a second to each of several servers, of which a part is refused. Those that are
// accepted say something, hear it again, and close a second later.
import { connect } from 'node:net';

const OPEN_MS = 1000;
const TICK_MS = 10;

/** Goes on until the answer is called, which gives how many there were for each server. */
export function startHandshakes(ports, { rate, refused }) {
  const began = performance.now();
  let count = 0;
  const timer = setInterval(() => {
    for (const due = ((performance.now() - began) / 1000) * rate; count < due; count += 1) {
      const isRefused = isIn(count, refused);
      // Each server is the first one as often as the others.
      for (let at = 0; at < ports.length; at += 1)
        handshake(ports[(at + count) % ports.length], isRefused, count);
    }
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    return count;
  };
}

/** True for such a share of the numbers, spread evenly. */
function isIn(count, share) {
  return Math.floor((count + 1) * share) > Math.floor(count * share);
}

const ORIGINS = ['https://staging.example.com', 'https://preview.example.com', 'https://old.example.com'];
const HELLO = masked(1, Buffer.from('{"type":"hello","text":"so that something is said"}'));
const CLOSE = masked(8, Buffer.from([0x03, 0xe8]));

function handshake(port, isRefused, count) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const origin = isRefused ? ORIGINS[count % ORIGINS.length] : `http://127.0.0.1:${port}`;
  socket.on('error', () => {});
  socket.once('data', (answer) => {
    if (answer.latin1Slice(9, 12) !== '101') return;
    socket.write(HELLO);
    setTimeout(() => socket.write(CLOSE), OPEN_MS);
  });
  socket.on('data', () => {});
  socket.write(head(port, origin, count));
}

/** As Chromium writes it, of somebody who is logged in. */
function head(port, origin, count) {
  const key = Buffer.alloc(16, count).toString('base64');
  return [
    `GET /chat?room=${count % 50} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    'Upgrade: websocket',
    `Origin: ${origin}`,
    'Sec-WebSocket-Version: 13',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-US,en;q=0.9',
    `Cookie: session=${String(count).padStart(24, 'c0ffee')}; theme=dark`,
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    'Sec-WebSocket-Protocol: chat.v2',
    '',
    '',
  ].join('\r\n');
}

function masked(opcode, payload) {
  const mask = [1, 2, 3, 4];
  const body = payload.map((octet, at) => octet ^ mask[at % 4]);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, ...mask]), body]);
}
