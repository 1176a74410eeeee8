// `node bench/inspector.js`: what the inspector costs a server, at 200 handshakes a second of which 30 % are refused: its CPU and memory
// without an inspector, with one that nobody watches, and with a watcher; and how smoothly the page scrolls with 10,000 rows.
// The servers run at the same time under the same load, so that whatever else the machine does strikes them alike.
//   --minutes 10   --rate 200   --refused 0.3   --page (a watcher in Chromium, and its frames a second)   --profile FOLDER
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startHandshakes } from './handshakes.js';

const SAMPLE_MS = 10_000;
/** Until the functions are compiled. */
const WARM_UP_MS = 15_000;
const MIB = 1024 * 1024;

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    rate: { type: 'string', default: '200' },
    refused: { type: 'string', default: '0.3' },
    page: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const lastsMs = Number(values.minutes) * 60_000;
const load = { rate: Number(values.rate), refused: Number(values.refused) };

/** The first is what the others are measured against. */
const SERVERS = [
  { name: 'without', args: [] },
  // How far two that are the same differ.
  { name: 'without, once more', args: [] },
  { name: 'mounted, nobody watches', args: ['--inspect'], goal: 1.03 },
  { name: 'with a watcher', args: ['--inspect'], isWatched: true, goal: 1.25 },
];

execFileSync(process.execPath, ['../scripts/build.js', '--if-stale'], { stdio: ['ignore', 2, 2] });
const servers = await Promise.all(SERVERS.map(start));
process.on('exit', () => {
  for (const { child } of servers) child.kill('SIGKILL');
});
const watched = servers.find(({ isWatched }) => isWatched);
const watcher = await (values.page ? watchByPage(watched.port) : watchByClient(watched.port));
const stop = startHandshakes(
  servers.map(({ port }) => port),
  load,
);
await pause(WARM_UP_MS);
const samples = await sampleAll();
const scrolled = await watcher.scroll?.();
console.log(`${table(samples)}\n\n${note()}`);
if (scrolled) console.log(`\n${scrolled}`);
stop();
await watcher.close();
for (const { child } of servers) {
  child.disconnect();
  await once(child, 'exit');
}
process.exit(0);

async function start(server) {
  const execArgv = values.profile
    ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`, `--cpu-prof-name=${server.name}.cpuprofile`]
    : [];
  const child = fork('servers/inspected.js', server.args, { execArgv });
  const [{ port }] = await once(child, 'message');
  return { ...server, child, port };
}

/** Every ten seconds what each has used. */
async function sampleAll() {
  const samples = [await usages()];
  for (const began = performance.now(); performance.now() - began < lastsMs; ) {
    await pause(Math.min(SAMPLE_MS, lastsMs));
    const sample = await usages();
    const line = sample.map(({ rss, heapUsed }) => `${mib(rss)} (${mib(heapUsed)})`).join(', ');
    console.error(
      `${Math.round((performance.now() - began) / 1000)} s: ${line}, CPU ÷ ${ratiosOf(samples.at(-1), sample)}`,
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

function ratiosOf(before, after) {
  const used = after.map(({ cpuMs }, at) => cpuMs - before[at].cpuMs);
  return used.map((ms) => (ms / used[0]).toFixed(3)).join(' ');
}

function table(samples) {
  const [first, last] = [samples[0], samples.at(-1)];
  const lines = servers.map(({ name, goal }, at) => {
    const ratios = samples
      .slice(1)
      .map((sample, index) => used(samples[index], sample, at) / used(samples[index], sample, 0));
    const whole = used(first, last, at) / used(first, last, 0);
    const most = (figure) => Math.max(...samples.map((sample) => sample[at][figure]));
    const seconds = lastsMs / 1000;
    return [
      name,
      `${(used(first, last, at) / seconds).toFixed(1)} ms/s`,
      goal === undefined ? '1' : `${whole.toFixed(3)} (median ${median(ratios).toFixed(3)})`,
      goal === undefined ? '' : `≤ ${goal.toFixed(2)}`,
      goal === undefined ? '' : whole <= goal ? 'yes' : 'no',
      [first[at].rss, last[at].rss, most('rss')].map(mib).join(' / '),
      [first[at].heapUsed, last[at].heapUsed, most('heapUsed')].map(mib).join(' / '),
    ];
  });
  const head = ['server', 'CPU', 'ratio', 'goal', 'met', 'RSS first / last / most, MiB', 'heap in use, MiB'];
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function used(before, after, at) {
  return after[at].cpuMs - before[at].cpuMs;
}

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[sorted.length >> 1];
}

function mib(bytes) {
  return (bytes / MIB).toFixed(1);
}

function note() {
  const { rate, refused } = load;
  const who = values.page ? 'the page in Chromium' : 'a client that offers permessage-deflate';
  return `${rate} handshakes/s to each, ${refused * 100} % refused, ${values.minutes} min; the watcher is ${who}. Node ${process.versions.node}.`;
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

const SCROLL_MS = 10_000;
const PX_A_FRAME = 45;

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
