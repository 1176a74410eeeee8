// Knows: how what was found becomes the report: verdict, exit code, grade, every probe as it is shown.
// Must not know: how it was found, or how it is shown. RFC 9457 for the words of a problem.
import { createHash } from 'node:crypto';
import { type ClientVerdict, simulateClients } from '../forensics/clients.js';
import { printable } from '../reason.js';
import { RATING } from './findings.js';
import { clientsText } from './formats/words.js';
import { gradeOf } from './grade.js';
import type { Case } from './inquiry.js';
import type { FrameSeen, Observation } from './observation.js';
import { bodyOf, isOpen, isReaction, payloadOf, resultOf } from './reading.js';
import type { Recording } from './recording.js';
import type { Finding, ProbeShown, Report, Severity, StageLine, Verdict } from './report.js';

/** Exit codes of the command line, and of whoever wants to be scripted like it. */
const EXITS: Readonly<Record<Verdict, number>> = {
  good: 0,
  findings: 1,
  'handshake-refused': 2,
  'handshake-invalid': 2,
  unreachable: 3,
  undecided: 4,
  cut: 5,
};

export function compose(recording: Recording, own: Case): Report {
  const { observations, tool, started, url, ms } = recording;
  const clients = clientsOf(own.baseline);
  const verdict = verdictOf(own);
  const sum = (part: (seen: Observation) => number) =>
    observations.reduce((total, seen) => total + part(seen), 0);
  return {
    schema: 'handfast-report/1',
    tool,
    rating: RATING,
    target: printable(url, 2048),
    started,
    exit: EXITS[verdict],
    verdict,
    ...gradeOf(own, clients),
    stages: withClients(own, clients).map((line) => ({ ...line, text: printable(line.text, 300) })),
    causes: own.causes.map(shown),
    findings: own.findings
      .map(shown)
      .sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity)),
    ...(own.respondent !== undefined && { respondent: own.respondent }),
    clients,
    ...(own.reflected !== undefined && { reflected: own.reflected }),
    probes: observations.map(probeShown),
    budget: {
      connections: sum(({ connections }) => connections),
      bytesOut: sum(({ bytesOut }) => bytesOut),
      bytesIn: sum(({ bytesIn }) => bytesIn),
      ms: Math.round(ms),
    },
  };
}

const SEVERITIES: readonly Severity[] = ['error', 'warn', 'note'];

/** What is named here keeps everybody out before a word of HTTP. */
const BEFORE_HTTP = /^(?:URL|BROWSER|DNS|TCP|TLS|FWD)_/;

function verdictOf(own: Case): Verdict {
  const { causes, findings, baseline } = own;
  const isStopped = own.seen.some(
    ({ skipped }) => skipped === 'stopped' || skipped === 'deadline' || skipped === 'interrupted',
  );
  const [cause] = causes;
  if (cause === undefined) {
    const isWhole = baseline !== undefined && baseline.skipped === undefined && own.ran.has('session');
    if (!isWhole || isStopped) return 'undecided';
    return findings.some(({ severity }) => severity === 'error') ? 'findings' : 'good';
  }
  if (BEFORE_HTTP.test(cause.code) || cause.code === 'CLIENT_CLOCK_SKEW') return 'unreachable';
  if (baseline?.answer !== undefined && !isReaction(baseline)) return 'undecided';
  if (causes.every(({ confidence }) => confidence === 'possible')) return 'undecided';
  if (own.ran.has('upgrade')) return 'cut';
  return baseline !== undefined && isOpen(baseline) ? 'handshake-invalid' : 'handshake-refused';
}

function clientsOf(baseline: Observation | undefined): readonly ClientVerdict[] {
  if (baseline?.answer === undefined || !isOpen(baseline) || baseline.probe.kind !== 'exchange') return [];
  return simulateClients(baseline.answer, baseline.probe.request);
}

/** Who would take the 101: behind what was asked of the handshake alone, before what was measured over time. */
function withClients(
  { stages, baseline, ran }: Case,
  clients: readonly ClientVerdict[],
): readonly StageLine[] {
  // Of a 101 that is wrong the cause says it.
  if (clients.length === 0 || !ran.has('upgrade')) return stages;
  const isGood = clients.every(({ outcome }) => outcome === 'accepts');
  const line: StageLine = {
    stage: 'clients',
    name: 'Clients',
    mark: isGood ? 'good' : 'warn',
    text: isGood ? `${clientsText(clients)} would accept this 101` : clientsText(clients),
    probes: [baseline!.id],
  };
  const at = stages.findIndex(({ stage }) => AFTER_CLIENTS.has(stage));
  return at < 0 ? [...stages, line] : stages.toSpliced(at, 0, line);
}

const AFTER_CLIENTS: ReadonlySet<string> = new Set(['idle', 'http2']);

/** Text of a peer stands in details and steps: made safe and bounded here, once. */
function shown(found: Finding): Finding {
  return {
    ...found,
    title: printable(found.title, 200),
    ...(found.headline !== undefined && { headline: printable(found.headline, 300) }),
    detail: lines(found.detail, 600),
    ...(found.remarks !== undefined && {
      remarks: found.remarks.map(({ label, text }) => ({ label, text: lines(text, 600) })),
    }),
    steps: found.steps.map((one) => ({
      ...one,
      asked: printable(one.asked, 200),
      answered: printable(one.answered, 200),
      ...(one.note !== undefined && { note: printable(one.note, 200) }),
    })),
  };
}

const SHOWN_BODY = 2000;
const SHOWN_LINE = 4096;
const SHOWN_EVENTS = 100;

function probeShown(seen: Observation): ProbeShown {
  const { id, probe, address, answer, end } = seen;
  const body = bodyOf(seen);
  const at = probe.kind === 'exchange' ? probe.request : undefined;
  return {
    id,
    kind: probe.kind,
    key: probe.key,
    about: printable(probe.about, 200),
    ...(address !== undefined && { address }),
    result: printable(resultOf(seen), 300),
    ...(at !== undefined && { request: lines(at, SHOWN_LINE) }),
    ...(answer !== undefined && {
      response: [...answer.interim, answer.head].map((head) => lines(head, SHOWN_LINE)).join(''),
    }),
    ...(body !== '' && {
      body: printable(body, SHOWN_BODY),
      bodySha256: createHash('sha256').update(answer!.body, 'latin1').digest('hex'),
    }),
    times: Object.fromEntries(Object.entries(seen.times).filter(([, ms]) => ms !== undefined)) as Record<
      string,
      number
    >,
    events: seen.frames.slice(0, SHOWN_EVENTS).map(event),
    ...(end !== undefined && { end: `${end.how} at ${Math.round(end.atMs)} ms` }),
  };
}

/** Line by line, so that what a peer put into a line cannot leave it. */
function lines(text: string, limit: number): string {
  return text
    .split(/\r?\n/)
    .map((line) => printable(line, limit))
    .join('\n');
}

const OPCODES: Readonly<Record<number, string>> = {
  0: 'continuation',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
};

function event(frame: FrameSeen): ProbeShown['events'][number] {
  const { atMs, direction, opcode } = frame;
  return { atMs, direction, text: `${OPCODES[opcode] ?? `opcode ${opcode}`} ${contentOf(frame)}` };
}

function contentOf(frame: FrameSeen): string {
  const payload = payloadOf(frame);
  if (frame.opcode === 8 && payload.length >= 2) {
    return `${payload.readUInt16BE(0)} ${printable(payload.subarray(2).toString('utf8'))}`.trim();
  }
  const text = frame.opcode === 1 && frame.rsv === 0 ? ` "${printable(payload.toString('utf8'), 60)}"` : '';
  return `${frame.length} octets${text}`;
}
