// A program for tests: reads a URL and options as JSON, diagnoses as the library does, writes what came of it and what it took as
// one line of JSON, and must then end by itself: whatever a run leaves open would keep it alive.
import { text } from 'node:stream/consumers';
import { record, replay } from '../../../src/doctor/diagnose.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import type { Report } from '../../../src/doctor/report.js';

export interface Diagnosed {
  readonly report: Report;
  /** As `--save` writes it. */
  readonly saved: string;
  readonly replayMs: number;
  readonly maxRssBytes: number;
}

const { url, options } = JSON.parse(await text(process.stdin)) as { url: string; options: DiagnoseOptions };
const recording = await record(url, options);
const since = performance.now();
const report = replay(recording);
const replayMs = performance.now() - since;
const maxRssBytes = process.resourceUsage().maxRSS * 1024;
const diagnosed: Diagnosed = { report, saved: JSON.stringify(recording), replayMs, maxRssBytes };
process.stdout.write(`${JSON.stringify(diagnosed)}\n`);
