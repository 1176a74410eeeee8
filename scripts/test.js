// `npm test`: builds, compiles the tests to .build/, makes sure that the peers the tests talk to are installed, and runs
// node's own test runner over them. `npm test -- test/frames` runs a part; options with a dash go to node:
// `npm test -- test/client --test-name-pattern=redirect`. Its exit code is the runner's.
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const DEADLINE_MS = 12 * 60_000;
const FILE_TIMEOUT_MS = 4 * 60_000;
const RUNTIMES = 'test/runtimes';
const MARK = 'HANDFAST_TEST_RUN';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));

const files = select(wanted);
run('build', ['scripts/build.js', '--if-stale']);
run('compile the tests', ['node_modules/typescript/bin/tsc', '-p', 'test']);
ensurePeers();
process.exit(await runTests());

function fail(message) {
  console.error(`test: ${message}`);
  process.exit(1);
}

function select(prefixes) {
  const sources = readdirSync('test', { recursive: true })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
  const stems = prefixes.map((prefix) => prefix.replace(/^\.\//, ''));
  const chosen = sources.filter((name) => stems.length === 0 || stems.some((stem) => name.startsWith(stem)));
  if (chosen.length === 0) fail(`no test file matches ${stems.join(' ')}`);
  return chosen;
}

function run(step, args) {
  console.log(`test: ${step}`);
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) fail(`${step} failed`);
}

// Browsers, proxies and the clients of other languages are Debian's: root on Debian gets what is missing. Runtimes that
// Debian does not have come through npm into a folder of their own, at the versions of its lock file. Where that fails,
// as without a network, the suites that need it are skipped by name, and under CI that is a failure.
function ensurePeers() {
  const needs = Object.entries(JSON.parse(readFileSync('test/support/needs.json', 'utf8')));
  const missing = () => needs.filter(([, need]) => !need.files.every((file) => existsSync(file)));
  const packages = missing().flatMap(([, need]) => need.package ?? []);
  if (packages.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) aptInstall(packages);
  if (missing().some(([, need]) => need.runtime)) npmInstall();
  const left = missing();
  if (left.length === 0) return;
  const line = `left out, not installed: ${left.map(([name]) => name).join(', ')} (${remedies(left)})`;
  if (process.env.CI === 'true') fail(line);
  console.log(`test: ${line}`);
}

function remedies(left) {
  const packages = left.flatMap(([, need]) => need.package ?? []);
  const apt = packages.length > 0 ? [`apt-get install ${packages.join(' ')}`] : [];
  const npm = left.some(([, need]) => need.runtime) ? [`npm ci --prefix ${RUNTIMES}; Linux on x64 only`] : [];
  return [...apt, ...npm].join('; ');
}

// Their packages are optional, since no version fits every machine: npm says nothing about one that it could not get.
function npmInstall() {
  console.log(`test: npm ci --prefix ${RUNTIMES}`);
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1', '--loglevel=error'];
  spawnSync('npm', ['ci', '--prefix', RUNTIMES, ...options], { stdio: 'ignore', timeout: 5 * 60_000 });
}

function aptInstall(packages) {
  console.log(`test: apt-get install ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: 5 * 60_000 };
  if (spawnSync('apt-get', ['update', '-qq'], quiet).status !== 0) return;
  withoutServices(() =>
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet),
  );
}

// Proxies are services, and Debian starts a service as it is installed, on port 80 or 3128. The tests start their own, so
// the policy for services forbids it meanwhile; one that the machine has already is left as it is.
function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

// The runner is a process group of its own, so that a deadline or Ctrl-C ends all of it and nothing else.
async function runTests() {
  const mark = randomUUID();
  const runner = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--test',
      '--test-reporter=spec',
      `--test-concurrency=${availableParallelism()}`,
      `--test-timeout=${FILE_TIMEOUT_MS}`,
      ...options,
      ...files.map((file) => `.build/${file.replace(/\.ts$/, '.js')}`),
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], detached: true, env: { ...process.env, [MARK]: mark } },
  );
  const stop = () => kill(-runner.pid);
  const deadline = setTimeout(() => {
    console.error(`test: not finished after ${DEADLINE_MS / 60_000} minutes, stopped`);
    stop();
  }, DEADLINE_MS);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const code = await new Promise((resolve) => runner.on('close', (status) => resolve(status ?? 1)));
  clearTimeout(deadline);
  return endLeftovers(mark) ? code : code || 1;
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

// Every process of this run carries its mark in the environment. One that outlived the runner is named, ended, and
// counts as a failure: tests clean up after themselves.
function endLeftovers(mark) {
  if (!existsSync('/proc/self/environ')) return true;
  const left = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && carries(name, `${MARK}=${mark}`));
  for (const pid of left) {
    console.error(`test: left behind: process ${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
    kill(Number(pid));
  }
  return left.length === 0;
}

function carries(pid, mark) {
  return read(`/proc/${pid}/environ`).includes(mark);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
