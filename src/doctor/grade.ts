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
  const graded = ifTrusted(own, clients);
  const distrust = own.causes.find(isDistrust);
  if (distrust === undefined || graded.grade === null) return graded;
  return { grade: 'T', gradeIfTrusted: graded.grade, gradeReason: distrust.code };
}

/** Browsers fetch what is missing of a chain: that has a cap. */
function isDistrust({ code }: Finding): boolean {
  return code.startsWith('TLS_CERT_');
}

function ifTrusted(own: Case, clients: readonly ClientVerdict[]): Graded {
  const causes = own.causes.filter((cause) => !isDistrust(cause));
  // A 101 that only lax clients take is graded F; one that was never there has no grade.
  const invalid = causes.flatMap(limitsOf).filter(([cap]) => cap === 'F' || cap === 'D');
  if (invalid.length > 0) return lowest(invalid);
  const fatal = causes.find(isFatal);
  if (fatal !== undefined) {
    const what = own.ran.has('upgrade') ? 'session' : 'handshake';
    return { grade: null, gradeReason: `${what} failed: ${fatal.code}` };
  }
  if (own.target.reflect === 'backend')
    return { grade: null, gradeReason: 'a reflection answered in the place of the application' };
  const missing = NEEDED.filter((stage) => !own.ran.has(stage));
  if (missing.length > 0) return { grade: null, gradeReason: `not all of it ran: ${missing.join(', ')}` };
  if (own.seen.some(({ skipped }) => skipped === 'stopped'))
    return { grade: null, gradeReason: 'not all of it ran: the server asked to be left alone' };
  const limits = [...[...causes, ...own.findings].flatMap(limitsOf), ...moreLimits(own, clients)];
  return limits.length > 0 ? lowest(limits) : earned(own, clients);
}

/** What is the fault of the page or of our own clock, and what came after a session that worked, takes no grade away. */
function isFatal({ code }: Finding): boolean {
  return !/^(?:BROWSER_|IDLE_|CLIENT_CLOCK_SKEW$|TLS_CHAIN_)/.test(code) && !AFTERWARDS.has(code);
}

const AFTERWARDS: ReadonlySet<string> = new Set([
  'LIFETIME_CUT',
  'HEARTBEAT_APP',
  'AUTH_INIT_TIMEOUT',
  'FWD_IDLE',
]);

/** The best grade that is left, and why. */
type Limit = readonly [cap: Grade, why: string];

function limitsOf({ cap, code }: Finding): readonly Limit[] {
  return cap === undefined ? [] : [[cap, code]];
}

/** What no single finding tells. */
function moreLimits({ target, merits, findings }: Case, clients: readonly ClientVerdict[]): readonly Limit[] {
  const hasBoth = TOGETHER.every((code) => findings.some((one) => one.code === code));
  const refusing = clients.filter(({ client, outcome }) => BROWSERS.has(client) && outcome !== 'accepts');
  const lacksTls13 = target.secure && merits.get('TLS 1.3') === false;
  return [
    ...(hasBoth ? TOGETHER.map((code): Limit => ['C', code]) : []),
    ...refusing.map(({ client }): Limit => ['B', `${client} refuses it`]),
    ...(lacksTls13 ? [['A-', 'no TLS 1.3'] as const] : []),
  ];
}

function lowest(limits: readonly Limit[]): Graded {
  const grade = ORDER[Math.max(...limits.map(([cap]) => ORDER.indexOf(cap)))]!;
  const codes = limits.filter(([cap]) => cap === grade).map(([, why]) => why);
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
