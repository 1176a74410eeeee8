// `node bench/watching.js [DIST…]`: what the diagnostics channels cost: CPU of the process for a handshake and for an echoed
// message through memory, while nobody listens and while somebody listens to all; and what one look at a channel costs.
// With several folders of built code (`dist` of another commit) they take turns, so that a change can be told from the noise.
import { spawnSync } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { pathToFileURL } from 'node:url';

const ROUNDS = 5;
const HANDSHAKES = 20_000;
const MESSAGES = 1_000_000;
const LOOKS = 200_000_000;
const CHANNELS = [
  'handshake:arrive',
  'handshake',
  'connection:open',
  'connection:close',
  'frame',
  'heartbeat',
  'limit',
];

function compare(folders) {
  const figures = new Map();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const folder of folders) {
      for (const watching of ['unwatched', 'watched']) {
        const child = spawnSync(process.execPath, [process.argv[1], '--one', folder, watching], {
          encoding: 'utf8',
        });
        if (child.status !== 0) throw new Error(child.stderr);
        const key = `${folder} ${watching}`;
        figures.set(key, [...(figures.get(key) ?? []), JSON.parse(child.stdout)]);
      }
    }
  }
  for (const [key, rounds] of figures) {
    const median = (name) => rounds.map((each) => each[name]).sort((one, other) => one - other)[ROUNDS >> 1];
    console.log(
      `${key}: handshake ${median('handshakeUs').toFixed(2)} µs, echo ${median('echoUs').toFixed(3)} µs, one look ${median('lookNs').toFixed(2)} ns`,
    );
  }
}

async function measure(folder, isWatched) {
  const at = (file) => new URL(file, pathToFileURL(`${folder}/`)).href;
  const { createServer, open } = await import(at('index.js'));
  const { memoryPair } = await import(at('testing.js'));
  if (isWatched) for (const name of CHANNELS) channel(`handfast:${name}`).subscribe(() => {});
  const limits = { maxConnectionsPerAddress: Infinity, maxHandshakesPerSecond: Infinity };
  const server = createServer({ port: 0, limits, compression: true });
  await server.ready;
  const shake = () => handshakes(server, memoryPair, HANDSHAKES);
  await handshakes(server, memoryPair, 3_000);
  const handshakeUs = (await spent(shake)) / HANDSHAKES;
  await server.close();
  await echoes(open, memoryPair, MESSAGES / 10);
  const echoUs = (await spent(() => echoes(open, memoryPair, MESSAGES))) / MESSAGES;
  console.log(JSON.stringify({ handshakeUs, echoUs, lookNs: looks() }));
}

/** User and system time of the process in microseconds. */
async function spent(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const REQUEST = Buffer.from(
  [
    'GET /chat HTTP/1.1',
    'Host: memory.test',
    'Connection: Upgrade',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    'Upgrade: websocket',
    'Origin: http://memory.test',
    'Sec-WebSocket-Version: 13',
    'Accept-Encoding: gzip, deflate',
    'Accept-Language: en-US,en;q=0.9',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    '\r\n',
  ].join('\r\n'),
);

async function handshakes(server, memoryPair, count) {
  for (let done = 0; done < count; done += 1) {
    const { client, server: end } = memoryPair();
    server.adopt(end);
    const answered = new Promise((resolve) => client.once('data', resolve));
    client.write(REQUEST);
    await answered;
    client.destroy();
  }
}

/** 120 octets, 16 frames a chunk, echoed; the frames are made once. */
async function echoes(open, memoryPair, count) {
  const { client, server: end } = memoryPair();
  const connection = open(end, { role: 'server', heartbeat: false });
  connection.onbytes = (bytes, isText) => void connection.send(bytes, { text: isText });
  const frame = Buffer.concat([Buffer.from([0x82, 0x80 | 120, 0, 0, 0, 0]), Buffer.alloc(120, 0x61)]);
  const chunk = Buffer.concat(new Array(16).fill(frame));
  const expected = 16 * 122;
  let came = 0;
  let go = () => {};
  client.on('data', ({ length }) => {
    came += length;
    if (came >= expected) go();
  });
  for (let done = 0; done < count; done += 16) {
    came = 0;
    const back = new Promise((resolve) => (go = resolve));
    client.write(Buffer.from(chunk));
    await back;
  }
  connection.terminate();
}

/** A round of a loop that looks at one of eight channels, so that the compiler cannot take the look out of it. */
function looks() {
  const channels = Array.from({ length: 8 }, (_, number) => channel(`handfast:watching:${number}`));
  let seen = 0;
  const before = process.hrtime.bigint();
  for (let count = 0; count < LOOKS; count += 1) if (channels[count & 7].hasSubscribers) seen += 1;
  const tookNs = Number(process.hrtime.bigint() - before);
  if (seen > 0) throw new Error('somebody listens');
  return tookNs / LOOKS;
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--one') await measure(rest[0], rest[1] === 'watched');
else compare(mode === undefined ? ['dist'] : [mode, ...rest]);
