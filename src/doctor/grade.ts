// Knows: how a grade comes about: start at A, the lowest cap of a finding is the grade, A+ has to be earned. No arithmetic.
// Must not know: how anything was found. The caps stand with the findings, the rules are versioned (`RATING`).
import type { ClientVerdict } from '../forensics/clients.js';
import { RATING } from './findings.js';
import type { Case } from './inquiry.js';
import type { Finding, Grade } from './report.js';

export interface Graded {
  readonly grade: Grade | null;
  readonly gradeIfTrusted?: Grade;
  readonly gradeReason: string;
}

const ORDER: readonly Grade[] = ['A+', 'A', 'A-', 'B', 'C', 'D', 'F'];
/** Without all of these nothing can be said of an endpoint as a whole. */
const NEEDED = ['upgrade', 'session', 'conformance', 'origin'];
/** Together they let anybody in who cannot even write a request. */
const TOGETHER = ['CONF_VERSION_UNCHECKED', 'CONF_KEY_UNCHECKED'];
const BROWSERS: ReadonlySet<string> = new Set(['chrome', 'firefox']);

export function gradeOf(own: Case, clients: readonly ClientVerdict[]): Graded {
  const distrust = own.causes.filter(isDistrust);
  const causes = own.causes.filter((cause) => !isDistrust(cause));
  // A 101 that only lax clients take is graded F; one that was never there has no grade.
  const invalid = causes.find(({ cap }) => cap === 'F' || cap === 'D');
  if (invalid !== undefined) return capped(invalid.cap!, [invalid.code]);
  const other = causes.find(({ code }) => !['IDLE_CUT', 'LIFETIME_CUT'].includes(code));
  if (other !== undefined) return { grade: null, gradeReason: `handshake failed: ${other.code}` };
  if (own.target.reflect === 'backend')
    return { grade: null, gradeReason: 'a reflection answered in the place of the application' };
  const missing = NEEDED.filter((stage) => !own.ran.has(stage));
  if (missing.length > 0) return { grade: null, gradeReason: `not all of it ran: ${missing.join(', ')}` };
  const graded = untrusted(own, clients, [...causes, ...own.findings]);
  if (distrust.length === 0) return graded;
  const gradeIfTrusted = graded.grade === null || graded.grade === 'T' ? undefined : graded.grade;
  return {
    grade: 'T',
    ...(gradeIfTrusted !== undefined && { gradeIfTrusted }),
    gradeReason: distrust[0]!.code,
  };
}

function isDistrust({ code }: Finding): boolean {
  return /^TLS_C(?:ERT_|HAIN_)/.test(code);
}

function untrusted(own: Case, clients: readonly ClientVerdict[], findings: readonly Finding[]): Graded {
  const caps = findings.filter(({ cap }) => cap !== undefined);
  const worst = Math.max(1, ...caps.map(({ cap }) => ORDER.indexOf(cap!)));
  const hasBoth = TOGETHER.every((code) => findings.some((one) => one.code === code));
  const failing = clients.filter(({ client, outcome }) => BROWSERS.has(client) && outcome !== 'accepts');
  const lacksTls13 = own.target.secure && own.merits.get('TLS 1.3') === false;
  const at = Math.max(
    lacksTls13 ? ORDER.indexOf('A-') : 1,
    worst,
    hasBoth ? ORDER.indexOf('C') : 0,
    failing.length > 0 ? ORDER.indexOf('B') : 0,
  );
  if (at > 1) {
    const codes = caps.filter(({ cap }) => ORDER.indexOf(cap!) === at).map(({ code }) => code);
    if (hasBoth && at === ORDER.indexOf('C')) codes.push(...TOGETHER);
    if (lacksTls13 && at === ORDER.indexOf('A-')) codes.push('no TLS 1.3');
    if (codes.length === 0) codes.push(...failing.map(({ client }) => `${client} refuses it`));
    return capped(ORDER[at]!, codes);
  }
  return earned(own, clients);
}

function capped(grade: Grade, codes: readonly string[]): Graded {
  return { grade, gradeReason: [...new Set(codes)].join(', ') };
}

/** What A+ asks for: seen, not assumed. */
const MERITS = [
  'TLS 1.3',
  'foreign origins refused with 403',
  'version 99 refused with 426',
  'no twin without TLS',
  'HSTS for half a year',
  'close echoed, TCP ended by the server',
  'idle',
];

const WORDS: Readonly<Record<string, string>> = {
  idle: 'an idle connection that survives two minutes or a ping of the server (--idle 120)',
};

function earned(own: Case, clients: readonly ClientVerdict[]): Graded {
  const missing = MERITS.filter((merit) => own.merits.get(merit) !== true).map(
    (merit) => WORDS[merit] ?? merit,
  );
  if (clients.some(({ outcome }) => outcome !== 'accepts')) missing.push('all simulated clients accept');
  if (missing.length === 0) return { grade: 'A+', gradeReason: `nothing is missing (rating ${RATING})` };
  return { grade: 'A', gradeReason: `for A+: ${missing.join('; ')}` };
}
