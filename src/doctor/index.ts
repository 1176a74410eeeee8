// The door `handfast/doctor`: find out why a WebSocket does not open, from code.
export { diagnose, record, replay } from './diagnose.js';
export { html } from './formats/html.js';
export { junit } from './formats/junit.js';
export { markdown } from './formats/markdown.js';
export { sarif } from './formats/sarif.js';
export type { DiagnoseOptions, Profile } from './options.js';
export { parseRecording, type Recording } from './recording.js';
export type {
  Confidence,
  Finding,
  Grade,
  ProbeShown,
  Remark,
  Report,
  Severity,
  StageLine,
  Step,
  Verdict,
} from './report.js';
