// Knows: the command `doctor`: which targets, one after another; the report of each; the files; the exit code.
// Must not know: how a target is examined (doctor/), or how a report is shown (cli/doctor/).
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { checkUsage } from '../doctor/diagnose.js';
import { readReports } from '../doctor/formats/json.js';
import type { DiagnoseOptions } from '../doctor/options.js';
import type { Report } from '../doctor/report.js';
import { printable } from '../reason.js';
import { diagnoseOptions, type Flags } from './doctor/flags.js';
import { exitOf, type Limits, limited } from './doctor/limits.js';
import { type Outputs, printed, writeFiles, written } from './doctor/outputs.js';
import { Progress } from './doctor/progress.js';
import { givenFlags, type TargetAsked, targetsIn, targetsInFile } from './doctor/targets.js';
import { exits } from './exits.js';
import { terminalFor } from './terminal.js';

type DoctorOptions = Outputs &
  Flags & { readonly file?: string; readonly since?: string; readonly ascii: boolean };

/** One examination: the report, and what was observed as text that `replayed` reads. */
export interface Examined {
  readonly report: Report;
  readonly recording: string;
}

/** Given nothing that `checkUsage` refuses. */
export type Examine = (url: string, options: DiagnoseOptions) => Promise<Examined>;

interface Work {
  readonly target: TargetAsked;
  readonly options: DiagnoseOptions;
}

interface Plan {
  readonly work: readonly Work[];
  /** By target. */
  readonly earlier: ReadonlyMap<string, Report>;
}

export async function doctorCommand(
  operands: readonly string[],
  command: Command,
  examine: Examine,
): Promise<number> {
  const options = command.optsWithGlobals<DoctorOptions>();
  const plan = await planned(operands, command, options);
  if (typeof plan === 'string') return misused(plan);
  const interrupt = new AbortController();
  let signals = 0;
  const onInterrupt = () => {
    signals++;
    if (signals > 1) process.exit(exits.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    return await examineAll(plan, options, examine, interrupt.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** Everything that can be wrong with the usage is found before anything is sent. */
async function planned(
  operands: readonly string[],
  command: Command,
  options: DoctorOptions,
): Promise<Plan | string> {
  if (options.json && options.md) return '--json and --md both write to stdout; choose one';
  const given = givenFlags(command);
  const named = targetsIn(operands, given);
  if (typeof named === 'string') return named;
  const listed = options.file === undefined ? [] : await readTargets(options.file, given);
  if (typeof listed === 'string') return listed;
  const targets = [...named, ...listed];
  if (targets.length === 0) return 'a URL is missing: handfast doctor wss://host/path';
  if (options.save !== undefined && targets.length > 1) return '--save keeps one run; give one target';
  const earlier = options.since === undefined ? [] : await readEarlier(options.since);
  if (typeof earlier === 'string') return earlier;
  const work: Work[] = [];
  for (const target of targets) {
    const found = await diagnoseOptions(target.flags);
    if (typeof found === 'string') return found;
    const fault = usageFault(target.url, found);
    if (fault !== undefined) return fault;
    work.push({ target, options: found });
  }
  return { work, earlier: new Map(earlier.map((report) => [report.target, report])) };
}

async function readTargets(
  file: string,
  given: ReturnType<typeof givenFlags>,
): Promise<TargetAsked[] | string> {
  const text = await readText(file);
  return text === undefined ? `${file} cannot be read` : targetsInFile(file, text, given);
}

async function readEarlier(file: string): Promise<Report[] | string> {
  const text = await readText(file);
  if (text === undefined) return `${file} cannot be read`;
  const reports = readReports(text);
  return typeof reports === 'string' ? `--since: ${file}: ${reports}` : reports;
}

/** `-` is stdin. */
async function readText(file: string): Promise<string | undefined> {
  if (file !== '-') return readFile(file, 'utf8').catch(() => undefined);
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return text;
}

/** One target after another, each printed as soon as it is known. */
async function examineAll(
  { work, earlier }: Plan,
  options: DoctorOptions,
  examine: Examine,
  signal: AbortSignal,
): Promise<number> {
  const terminal = terminalFor(process.stdout, process.env, options.ascii);
  const progress = new Progress(process.stderr, options.ascii, options.quiet);
  const reports: Report[] = [];
  const limits: Limits[] = [];
  for (const { target, options: asked } of work) {
    if (signal.aborted) break;
    const examined = await examine(target.url, { ...asked, signal, onprobe: progress.probe }).finally(() =>
      progress.clear(),
    );
    const judged = limited(examined.report, target.flags);
    const report = signal.aborted ? { ...judged, exit: exits.interrupted } : judged;
    reports.push(report);
    limits.push(target.flags);
    process.stdout.write(printed(terminal, report, options, work.length === 1, earlier.get(report.target)));
    const fault =
      options.save === undefined ? undefined : await written(options.save, examined.recording, 0o600);
    if (fault !== undefined) return failed(fault);
  }
  const fault = await writeFiles(reports, options, limits);
  if (fault !== undefined) return failed(fault);
  return signal.aborted ? exits.interrupted : exitOf(reports);
}

/** Only what is wrong about the usage itself: a TypeError of a later day is a bug of ours. */
function usageFault(url: string, options: DiagnoseOptions): string | undefined {
  try {
    checkUsage(url, options);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function misused(problem: string): number {
  process.stderr.write(`handfast: ${printable(problem, 500)}\n(handfast doctor --help lists the options)\n`);
  return exits.usage;
}

function failed(problem: string): number {
  process.stderr.write(`handfast: ${printable(problem, 500)}\n`);
  return exits.failed;
}
