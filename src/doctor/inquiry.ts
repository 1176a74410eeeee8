// Knows: what every part of a diagnosis works with: the target, the way there, what has been found out so far.
// Must not know: what the parts look for, or the network. An inquiry is a generator: it yields probes and is given observations,
// so that the same code drives a live run, a saved one, and a test with a table.
import type { HopSeen, Respondent } from '../forensics/respondents.js';
import { whoAnswered } from '../forensics/respondents.js';
import { shellWord } from '../forensics/shell-word.js';
import { printable } from '../reason.js';
import type { ExchangeProbe, HelloProbe, Observation, Route, SessionPlan } from './observation.js';
import { bodyOf, fieldOf, headOf, isAnswered } from './reading.js';
import type { Finding, ReflectedLine, StageLine } from './report.js';
import { pageRequest, requestHead, type Variation } from './requests.js';
import { routeOf, type Target } from './target.js';

/** What the parts of a diagnosis share and add to. */
export class Case {
  readonly target: Target;
  /** ISO 8601: what a clock said when the run began. */
  readonly startedAt: string;
  readonly stages: StageLine[] = [];
  /** Why the handshake failed; several when several things are wrong one behind another, or when it is undecided. */
  readonly causes: Finding[] = [];
  readonly findings: Finding[] = [];
  /** The address that answers; undefined when a proxy looks up the name. */
  address: string | undefined = undefined;
  /** Others of the name that answer on the port. */
  otherAddresses: readonly string[] = [];
  baseline: Observation | undefined = undefined;
  /** Every observation so far. */
  readonly seen: Observation[] = [];
  respondent: Respondent | undefined = undefined;
  reflected: readonly ReflectedLine[] | undefined = undefined;
  /** Stages of which the grade needs to know that they ran. */
  readonly ran = new Set<string>();
  /** What A+ asks for beyond the absence of findings, and whether it was seen. */
  readonly merits = new Map<string, boolean>();

  constructor(target: Target, startedAt: string) {
    this.target = target;
    this.startedAt = startedAt;
  }

  get route(): Route {
    return routeOf(this.target, this.address);
  }

  /** The user's handshake with one thing changed. */
  variant(key: string, about: string, variation: Variation, session?: SessionPlan): ExchangeProbe {
    const request = requestHead(this.target, variation);
    return { kind: 'exchange', key, about, route: this.route, request, ...(session && { session }) };
  }

  /** An ordinary request for a page on the same host. */
  page(key: string, path: string): ExchangeProbe {
    const about = `GET ${path}, no handshake`;
    return { kind: 'exchange', key, about, route: this.route, request: pageRequest(this.target, path) };
  }

  hello(key: string, about: string, options: Partial<HelloProbe> = {}): HelloProbe {
    return { kind: 'hello', key, about, route: { ...this.route, secure: true }, ...options };
  }

  stage(line: StageLine): void {
    this.stages.push(line);
  }

  /** Programs seen on the path, as far as the answer to the user's handshake tells. */
  get hops(): readonly HopSeen[] {
    return this.respondent?.hops ?? [];
  }

  get hopNames(): readonly string[] {
    return this.hops.map(({ name }) => name);
  }

  get proxies(): readonly HopSeen[] {
    return this.hops.filter(({ role }) => role !== 'server');
  }

  /** Whether anything between us and the server shows itself, even without a name. */
  get isProxied(): boolean {
    const via = this.baseline === undefined ? undefined : fieldOf(this.baseline, 'via');
    return this.proxies.length > 0 || via !== undefined;
  }

  /** Whether a program wrote the answer itself, by its page or its words. */
  wrote(role: HopSeen['role']): HopSeen | undefined {
    return this.hops.find((hop) => hop.role === role && hop.wrote);
  }

  /** `doctor` with more options, for whoever has to decide. */
  command(...options: readonly string[]): string {
    return ['handfast doctor', ...options, shellWord(printable(this.target.url, 2048))].join(' ');
  }
}

export function respondentOf(seen: Observation): Respondent | undefined {
  if (!isAnswered(seen)) return undefined;
  const respondent = whoAnswered(headOf(seen), bodyOf(seen));
  return respondent.hops.length > 0 ? respondent : undefined;
}
