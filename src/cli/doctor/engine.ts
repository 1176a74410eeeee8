// Knows: how the command line has a target examined, and how a saved run is told again, offline.
// Must not know: how an examination is done, or which flags there are.
import { record, replay } from '../../doctor/diagnose.js';
import { parseRecording } from '../../doctor/recording.js';
import type { Examine } from '../doctor.js';
import type { Terminal } from '../terminal.js';
import { reportText, type Shown } from './terminal-report.js';

export const examine: Examine = async (url, options) => {
  const recording = await record(url, options);
  return { report: replay(recording), recording: `${JSON.stringify(recording)}\n` };
};

/** What `--save` kept, told as on the day it was made. @throws TypeError for a text that is no saved run. */
export function savedRun(
  terminal: Terminal,
  text: string,
  shown: Shown = {},
): { text: string; exit: number } {
  const report = replay(parseRecording(text));
  return { text: reportText(terminal, report, shown), exit: report.exit };
}
