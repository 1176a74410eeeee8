// Knows: everything in which a run can be shown or kept, by name. Must not know: what must or must not stand in it.
import { savedRun } from '../../src/cli/doctor/engine.js';
import { oneLine, reportText } from '../../src/cli/doctor/terminal-report.js';
import { Terminal } from '../../src/cli/terminal.js';
import { html } from '../../src/doctor/formats/html.js';
import { jsonText } from '../../src/doctor/formats/json.js';
import { junit } from '../../src/doctor/formats/junit.js';
import { markdown } from '../../src/doctor/formats/markdown.js';
import { sarif } from '../../src/doctor/formats/sarif.js';
import type { Report } from '../../src/doctor/report.js';

const WHOLE = { verbose: true, trace: true, fix: 'all' };

/** `saved` is what `--save` writes. */
export function outputsOf(report: Report, saved: string): ReadonlyMap<string, string> {
  const wide = new Terminal({ width: 120, ascii: false, colour: false });
  const narrow = new Terminal({ width: 80, ascii: false, colour: false });
  const ascii = new Terminal({ width: 80, ascii: true, colour: false });
  return new Map([
    ['terminal, 80 columns', reportText(narrow, report)],
    ['terminal, 80 columns, all of it', reportText(narrow, report, WHOLE)],
    ['terminal, 120 columns, all of it', reportText(wide, report, WHOLE)],
    ['terminal, ASCII, all of it', reportText(ascii, report, WHOLE)],
    ['one line', oneLine(narrow, report)],
    ['JSON', jsonText([report])],
    ['JSON, a line', jsonText([report], 'line')],
    ['JUnit', junit([report])],
    ['SARIF', sarif([report])],
    ['HTML', html([report])],
    ['Markdown', markdown([report], { fix: 'all' })],
    ['explain', savedRun(narrow, saved, WHOLE).text],
  ]);
}
