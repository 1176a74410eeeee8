// `node bench/inspector.js`: what the inspector costs a server, at 200 handshakes a second of which 30 % are refused: its CPU and memory
// without an inspector, with one that nobody watches, and with a watcher; and how smoothly the page scrolls with 10,000 rows.
// The servers run at the same time under the same load, so that whatever else the machine does strikes them alike. Two processes that are
// the same differ by up to a tenth all the same, each for as long as it lives: with rounds every server is started anew, and medians count.
//   --minutes 10   --rounds 1   --rate 200   --refused 0.3   --page (a watcher in Chromium, and its frames a second)   --profile FOLDER
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startHandshakes } from './handshakes.js';

const SAMPLE_MS = 10_000;
/** Until the functions are compiled. */
const WARM_UP_MS = 15_000;
const MIB = 1024 * 1024;
const SCROLL_MS = 10_000;
const PX_A_FRAME = 45;

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    rate: { type: 'string', default: '200' },
    refused: { type: 'string', default: '0.3' },
    page: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const lastsMs = Number(values.minutes) * 60_000;
const load = { rate: Number(values.rate), refused: Number(values.refused) };

/** The others are measured against the mean of the first two, which shows how far two that are the same differ. */
const SERVERS = [
  { name: 'without', args: [] },
  { name: 'without, once more', args: [] },
  { name: 'mounted, nobody watches', args: ['--inspect'], goal: 1.03 },
  { name: 'with a watcher', args: ['--inspect'], isWatched: true, goal: 1.25 },
];

execFileSync(process.execPath, ['../scripts/build.js', '--if-stale'], { stdio: ['ignore', 2, 2] });
let servers = [];
process.on('exit', () => {
  for (const { child } of servers) child.kill('SIGKILL');
});
const rounds = [];
for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await run(round));
console.log(`${table(rounds.map(({ samples }) => samples))}\n\n${note()}`);
for (const { scrolled } of rounds) if (scrolled) console.log(`\n${scrolled}`);
process.exit(0);

async function run(round) {
  // In another order each time: which shares a core with the load depends on when it was started.
  const order = SERVERS.map((_, at) => (at + round) % SERVERS.length);
  servers = [];
  for (const at of order) servers[at] = await start(SERVERS[at]);
  const watched = servers.find(({ isWatched }) => isWatched);
  const watcher = await (values.page ? watchByPage(watched.port) : watchByClient(watched.port));
  const ports = order.map((at) => servers[at].port);
  const stop = startHandshakes(ports, load);
  await pause(WARM_UP_MS);
  const samples = await sampleAll(round);
  const scrolled = await watcher.scroll?.();
  stop();
  await watcher.close();
  for (const { child } of servers) {
    child.disconnect();
    await once(child, 'exit');
  }
  return { samples, scrolled };
}

async function start(server) {
  const execArgv = values.profile
    ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`, `--cpu-prof-name=${server.name}.cpuprofile`]
    : [];
  const child = fork('servers/inspected.js', server.args, { execArgv });
  const [{ port }] = await once(child, 'message');
  return { ...server, child, port };
}

/** Every ten seconds what each has used. */
async function sampleAll(round) {
  const samples = [await usages()];
  for (const began = performance.now(); performance.now() - began < lastsMs; ) {
    await pause(Math.min(SAMPLE_MS, lastsMs - (performance.now() - began)));
    const sample = await usages();
    const line = sample.map(({ rss, heapUsed }) => `${mib(rss)} (${mib(heapUsed)})`).join(', ');
    console.error(
      `${round + 1}, ${Math.round((performance.now() - began) / 1000)} s: ${line}, CPU ÷ ${ratiosOf(samples.at(-1), sample).join(' ')}`,
    );
    samples.push(sample);
  }
  return samples;
}

function usages() {
  return Promise.all(
    servers.map(async ({ child }) => {
      child.send('usage');
      return (await once(child, 'message'))[0];
    }),
  );
}

/** Of what each has used, to the mean of the first two. */
function ratiosOf(before, after) {
  const used = after.map(({ cpuMs }, at) => cpuMs - before[at].cpuMs);
  const without = (used[0] + used[1]) / 2;
  return used.map((ms) => (ms / without).toFixed(3));
}

function table(rounds) {
  const lines = SERVERS.map(({ name, goal }, at) => {
    const ratios = rounds.map((samples) => Number(ratiosOf(samples[0], samples.at(-1))[at]));
    const cpu = rounds.map((samples) => (samples.at(-1)[at].cpuMs - samples[0][at].cpuMs) / (lastsMs / 1000));
    const memory = (figure) => {
      const first = median(rounds.map((samples) => samples[0][at][figure]));
      const last = median(rounds.map((samples) => samples.at(-1)[at][figure]));
      const most = Math.max(...rounds.flatMap((samples) => samples.map((sample) => sample[at][figure])));
      return [first, last, most].map(mib).join(' / ');
    };
    return [
      name,
      `${median(cpu).toFixed(1)} ms/s`,
      median(ratios).toFixed(3),
      rounds.length === 1 ? '' : ratios.map((ratio) => ratio.toFixed(2)).join(' '),
      goal === undefined ? '' : `≤ ${goal.toFixed(2)}`,
      goal === undefined ? '' : median(ratios) <= goal ? 'yes' : 'no',
      memory('rss'),
      memory('heapUsed'),
    ];
  });
  const memories = ['RSS first / last / most, MiB', 'heap in use, MiB'];
  const head = ['server', 'CPU', 'ratio', 'of each round', 'goal', 'met', ...memories];
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function mib(bytes) {
  return (bytes / MIB).toFixed(1);
}

function note() {
  const { rate, refused } = load;
  const who = values.page ? 'the page in Chromium' : 'a client that offers permessage-deflate';
  return `${rate} handshakes/s to each, ${refused * 100} % refused, ${values.minutes} min, ${values.rounds} times; the watcher is ${who}. Node ${process.versions.node}.`;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Who watches.

async function watchByClient(port) {
  const { connect } = await import('../dist/index.js');
  const url = `ws://127.0.0.1:${port}/.handfast/inspector/feed`;
  const connection = await connect(url, { subprotocols: ['handfast-inspector.1'], compression: true });
  connection.onmessage = () => {};
  return { close: () => connection.terminate() };
}

async function watchByPage(port) {
  const { chromium } = await import('playwright-core');
  const { readFileSync } = await import('node:fs');
  const [executablePath] = JSON.parse(readFileSync('../test/support/needs.json', 'utf8')).chromium.files;
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`http://127.0.0.1:${port}/.handfast/inspector/`);
  return { scroll: () => scroll(page), close: () => browser.close() };
}

/** Down and up again through all rows, while new ones come; what the browser says of its own frames. */
async function scroll(page) {
  const { rows, deltas } = await page.evaluate(`new Promise((resolve) => {
    const list = document.querySelector('[role=table][aria-rowcount]').parentElement;
    const rows = Number(list.firstElementChild.getAttribute('aria-rowcount')) - 1;
    const deltas = [];
    let [last, began, by] = [performance.now(), performance.now(), ${PX_A_FRAME}];
    const step = (now) => {
      deltas.push(now - last);
      last = now;
      if (now - began > ${SCROLL_MS}) return resolve({ rows, deltas: deltas.slice(5) });
      if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) by = -${PX_A_FRAME};
      list.scrollTop += by;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  })`);
  const sorted = deltas.toSorted((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  const perSecond = (deltas.length / deltas.reduce((sum, ms) => sum + ms, 0)) * 1000;
  return `Scrolling ${rows} rows: ${perSecond.toFixed(1)} frames/s; between two p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms.`;
}
