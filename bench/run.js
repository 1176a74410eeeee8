// `npm run bench`: handfast, ws and Bun over the same loads, one after the other in rounds, medians, and a table.
// The figure is the server process's own CPU per message or handshake, or its memory per idle connection, as wsload
// reads it from /proc: steadier than any rate. Linux only; wants gcc and zlib's headers.
//   --rows echo-1,idle   --rounds 3   --seconds 3   --rivals handfast,ws   --json
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROWS = {
  'echo-1': {
    load: 'echo 120 B, 100 connections, 1 under way',
    mode: 'echo',
    args: [100, 120, 1],
    timed: true,
  },
  'echo-16': {
    load: 'echo 120 B, 100 connections, 16 under way',
    mode: 'echo',
    args: [100, 120, 16],
    timed: true,
  },
  'echo-16k': {
    load: 'echo 16 KiB, 20 connections, 2 under way',
    mode: 'echo',
    args: [20, 16384, 2],
    timed: true,
    masks: true,
  },
  'echo-1m': {
    load: 'echo 1 MiB, 4 connections',
    mode: 'echo',
    args: [4, 1048576, 1],
    timed: true,
    masks: true,
  },
  handshake: { load: "opening handshakes, Chromium's fields", mode: 'handshake', args: [32], timed: true },
  idle: { load: 'an idle connection, 10,000 of them', mode: 'idle', args: [10000], memory: true },
};
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
console.log(values.json ? JSON.stringify(report(results), null, 2) : table(results));

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
  const server = start(COMMANDS[rival], 0, ENVIRONMENT[rival]);
  try {
    const port = await portOf(server);
    const { mode, args, timed, memory } = ROWS[row];
    const load = start(['./wsload', mode, port, server.pid, ...args, ...(timed ? [seconds] : [])], 1, [
      'ignore',
      'pipe',
      'inherit',
    ]);
    const timer = setTimeout(() => load.kill('SIGKILL'), MEASURE_MS);
    const line = await output(load);
    clearTimeout(timer);
    if (!line) fail(`${rival} did not get through ${row}`);
    const answer = JSON.parse(line);
    return memory ? answer.rss_per_conn : answer.cpu_us;
  } finally {
    server.kill('SIGKILL');
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

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function show(row, value) {
  if (ROWS[row].memory) return `${Math.round(value).toLocaleString('en')} B`;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} µs`;
}

function report(results) {
  return [...results].map(([row, byRival]) => ({
    row,
    load: ROWS[row].load,
    unit: ROWS[row].memory ? 'bytes of RSS per connection' : 'µs of CPU each',
    rounds: Object.fromEntries(byRival),
    median: Object.fromEntries([...byRival].map(([rival, numbers]) => [rival, median(numbers)])),
  }));
}

function table(results) {
  const isWs = (rival) => rival.startsWith('ws');
  const pairs = rivals
    .filter(isWs)
    .flatMap((base) => rivals.filter((rival) => !isWs(rival)).map((rival) => [rival, base]));
  const shown = pairs.filter(([rival, base]) => rival === 'handfast' || base === 'ws');
  const head = [
    'load',
    ...rivals.map(title),
    ...shown.map(([rival, base]) => `${rival} ÷ ${base === 'ws' ? 'ws' : '(ws + bufferutil)'}`),
  ];
  const lines = report(results).map(({ row, load, median: of }) => {
    const figures = rivals.map((rival) => (of[rival] === undefined ? '–' : show(row, of[rival])));
    return [load, ...figures, ...shown.map(([rival, base]) => ratio(of[rival], of[base]))];
  });
  const cells = [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...lines];
  const note = `Server CPU per message or handshake, memory per connection; medians of ${rounds} rounds, Node ${process.versions.node}, `;
  return `${cells.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n\n${note}${where()}.`;
}

function ratio(value, base) {
  return base === undefined ? '–' : (value / base).toFixed(2);
}

function where() {
  return pinned ? 'server and load pinned to a core each, loopback' : 'not pinned, loopback';
}

function title(rival) {
  const version = (file) => JSON.parse(readFileSync(file, 'utf8')).version;
  if (rival === 'handfast') return `handfast ${version('../package.json')}`;
  if (rival === 'ws-native') return `ws + bufferutil ${version('node_modules/bufferutil/package.json')}`;
  return `${rival} ${version(`node_modules/${rival}/package.json`)}`;
}
