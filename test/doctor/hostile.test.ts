// Against servers, proxies and pages that want to hurt whoever looks at them: each diagnosis ends inside of its limits, by itself, with
// a code, and nothing of theirs gets into an output as anything but text.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import type { Recording } from '../../src/doctor/recording.js';
import { need } from '../support/needs.js';
import type { Diagnosed } from './hostile/diagnosed.js';
import type { Hostile } from './hostile/row.js';
import { HOSTILE } from './hostile-servers.js';
import { outputsOf } from './outputs.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const TIMEOUT_MS = 10_000;
const STAGE_MS = 1_500;
/** What ends a run may be late when others want the processor. */
const SLACK_MS = 2_000;
/** A program that lives so much longer than its run never ends by itself. */
const PATIENCE_MS = 30_000;

const MAX_CONNECTIONS = 16;
const MAX_IN_BYTES = 6 * MIB;
const MAX_SAVED = 2 * MIB;
const MAX_OUTPUT = 8 * MIB;
const MAX_RESIDENT_BYTES = 256 * MIB;

/** Control characters but line ends, bidirectional and other invisible signs, separators of lines. */
const UNSAFE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\u2028\u2029]/u;

const program = fileURLToPath(new URL('hostile/diagnosed.js', import.meta.url));

/** @throws when the program does not end by itself, or says anything on stderr. */
async function diagnosed(url: string, options: DiagnoseOptions): Promise<Diagnosed> {
  const settings = { timeout: PATIENCE_MS, killSignal: 'SIGKILL', maxBuffer: 64 * MIB } as const;
  const running = promisify(execFile)(process.execPath, [program], settings);
  running.child.stdin!.end(JSON.stringify({ url, options }));
  const { stdout, stderr } = await running;
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Diagnosed;
}

async function against(hostile: Hostile): Promise<Diagnosed & { readonly timeoutMs: number }> {
  const host = await hostile.serve();
  const limits = { timeoutMs: TIMEOUT_MS, stageMs: STAGE_MS };
  const options: DiagnoseOptions = { proxy: null, ...limits, ...host.options, ...hostile.options };
  try {
    const timeoutMs = TIMEOUT_MS + (options.idleMs ?? 0);
    return { ...(await diagnosed(host.url, options)), timeoutMs };
  } finally {
    await host.stop();
  }
}

function assertBounded(
  { report, saved, maxRssBytes, timeoutMs }: Awaited<ReturnType<typeof against>>,
  isOwn: boolean,
): void {
  const { connections, ms } = report.budget;
  assert.ok(ms <= timeoutMs + SLACK_MS, `${ms} ms`);
  if (!isOwn) assert.ok(connections <= MAX_CONNECTIONS, `${connections} connections`);
  assert.ok(saved.length <= MAX_SAVED, `${saved.length} characters saved`);
  assert.ok(maxRssBytes <= MAX_RESIDENT_BYTES, `${maxRssBytes} octets of memory`);
  for (const { id, bytesIn } of (JSON.parse(saved) as Recording).observations) {
    assert.ok(bytesIn <= MAX_IN_BYTES, `${id} read ${bytesIn} octets`);
  }
}

function assertNamed({ report }: Diagnosed, expect: readonly string[]): void {
  const { causes, verdict, exit, grade } = report;
  const codes = causes.map(({ code }) => code);
  if (expect.length > 0)
    assert.ok(expect.includes(codes[0]!), `${codes.join(', ')} is none of ${expect.join(', ')}`);
  else assert.ok(codes.length > 0 || verdict === 'undecided' || grade !== null, verdict);
  assert.ok(exit >= 0 && exit <= 5, `exit ${exit}`);
}

function assertSafe({ report, saved }: Diagnosed): void {
  for (const [name, text] of outputsOf(report, saved)) {
    const at = text.search(UNSAFE);
    assert.equal(at, -1, `${name}: ${JSON.stringify(text.slice(Math.max(0, at - 80), at + 20))}`);
    assert.ok(text.length <= MAX_OUTPUT, `${name}: ${text.length} characters`);
    if (name === 'HTML' || name === 'JUnit') assert.doesNotMatch(text, /<script>|<img src=x/, name);
  }
}

describe('a diagnosis ends inside of its limits', { concurrency: 4, skip: need('openssl').skip }, () => {
  for (const hostile of HOSTILE) {
    test(hostile.name, async () => {
      const found = await against(hostile);
      assertBounded(found, hostile.options?.own === true);
      assertNamed(found, hostile.expect);
      assertSafe(found);
    });
  }
});
