// `npm run bench`: handfast, ws and Bun over the same loads, one after the other in rounds, medians, and a table.
// The figure is the server process's own CPU per message, handshake or delivery, or its memory per connection, as wsload
// reads it from /proc: steadier than any rate. Linux only; wants gcc and zlib's headers.
//   --rows echo-1,idle   --rounds 3   --seconds 3   --rivals handfast,ws   --json
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { report, show, table } from './report.js';
import { loadArguments, ROWS, serverArguments } from './rows.js';

const MEASURE_MS = 60_000;

const here = fileURLToPath(new URL('.', import.meta.url));
process.chdir(here);
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: Object.keys(ROWS).join(',') },
    rivals: { type: 'string', default: 'ws,ws-native,handfast,bun' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const rows = values.rows.split(',');
const rivals = values.rivals.split(',');
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
for (const row of rows) if (!ROWS[row]) fail(`no row ${row}; there are ${Object.keys(ROWS).join(', ')}`);

installRivals();
buildLoad();
if (rivals.includes('handfast')) execFileSync(process.execPath, ['../scripts/build.js', '--if-stale']);
const COMMANDS = {
  handfast: [process.execPath, 'servers/handfast.js'],
  ws: [process.execPath, 'servers/ws.js'],
  'ws-native': [process.execPath, 'servers/ws.js'],
  bun: [bunProgram(), 'servers/bun.js'],
};
// ws as npm installs it masks in JavaScript; ws-native has bufferutil beside it, as its README advises for speed.
const ENVIRONMENT = { ws: { WS_NO_BUFFER_UTIL: '1' } };
for (const rival of rivals)
  if (!COMMANDS[rival]) fail(`no rival ${rival}; there are ${Object.keys(COMMANDS).join(', ')}`);
const pinned = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const results = await measureAll();
console.log(
  values.json ? JSON.stringify(report(results), null, 2) : `${table(results, rivals)}\n\n${note()}`,
);

function fail(message) {
  console.error(`bench: ${message}`);
  process.exit(1);
}

function installRivals() {
  if (existsSync('node_modules/bufferutil') && existsSync('node_modules/bun')) return;
  console.error('bench: npm ci');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
}

function buildLoad() {
  if (existsSync('wsload') && statSync('wsload').mtimeMs > statSync('wsload.c').mtimeMs) return;
  console.error('bench: gcc wsload.c');
  const { status, error } = spawnSync('gcc', ['-O2', '-o', 'wsload', 'wsload.c', '-lz'], {
    stdio: ['ignore', 2, 2],
  });
  if (error || status !== 0) fail('wsload did not build (Debian: apt-get install gcc libc6-dev zlib1g-dev)');
}

// The program lies in the platform's package, or where bun's install script has moved it.
function bunProgram() {
  const platforms = existsSync('node_modules/@oven') ? readdirSync('node_modules/@oven') : [];
  const places = [
    ...platforms.map((name) => `node_modules/@oven/${name}/bin/bun`),
    'node_modules/bun/bin/bun.exe',
  ];
  return places.find((place) => existsSync(place)) ?? 'bun';
}

async function measureAll() {
  const runs = (row) => rivals.filter((rival) => rival !== 'ws-native' || ROWS[row].masks);
  const results = new Map(rows.map((row) => [row, new Map(runs(row).map((rival) => [rival, []]))]));
  for (const row of rows) {
    for (let round = 1; round <= rounds; round++) {
      for (const rival of runs(row)) {
        const value = await measure(row, rival);
        results.get(row).get(rival).push(value);
        console.error(`bench: ${row} round ${round} ${rival}: ${show(row, value)}`);
      }
    }
  }
  return results;
}

// One server, one load, on a core each; both end before the next begin.
async function measure(row, rival) {
  const { mode, timed } = ROWS[row];
  const server = start([...COMMANDS[rival], ...serverArguments(ROWS[row])], 0, ENVIRONMENT[rival]);
  try {
    const port = await portOf(server);
    const load = start(['./wsload', mode, port, server.pid, ...loadArguments(ROWS[row], seconds)], 1);
    const timer = setTimeout(() => load.kill('SIGKILL'), MEASURE_MS);
    const line = await output(load);
    clearTimeout(timer);
    if (!line) fail(`${rival} did not get through ${row}`);
    const answer = JSON.parse(line);
    return timed ? answer.cpu_us : answer.rss_per_conn;
  } finally {
    if (server.kill('SIGKILL')) await once(server, 'close');
  }
}

function start(command, core, env) {
  const [program, ...args] = (pinned ? ['taskset', '-c', core, ...command] : command).map(String);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

async function portOf(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const match = /^listening (\d+)/.exec(line);
    if (match) return match[1];
  }
  fail(`${server.spawnargs.join(' ')} did not listen`);
}

async function output(load) {
  let text = '';
  for await (const chunk of load.stdout) text += chunk;
  return text.trim();
}

function note() {
  const where = pinned ? 'server and load pinned to a core each, loopback' : 'not pinned, loopback';
  const what = 'Server CPU per message, handshake or delivery, memory per connection';
  return `${what}; medians of ${rounds} rounds, Node ${process.versions.node}, ${where}.`;
}
