// Knows: what 500, 502, 503, 504 and Cloudflare's 52x mean: who answered, how long it took, and whether a plain request fares better.
// Must not know: other statuses. What only the log of the proxy knows is said so.
import { properName } from '../../forensics/program-names.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import {
  bodyLine,
  bodyOf,
  fieldOf,
  isAnswered,
  isOpen,
  isReaction,
  isSameAnswer,
  statusOf,
} from '../reading.js';
import type { Finding } from '../report.js';

/** An answer that took longer than this waited for something. */
const SLOW_MS = 900;

export function* upstream(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const status = statusOf(baseline);
  const who = writerOf(own);
  if (status === 503 && fieldOf(baseline, 'retry-after') !== undefined && who?.name !== 'varnish') {
    return [maintenance(own, baseline)];
  }
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade', { upgrade: null }));
  const fares = faresOf(baseline, plain);
  const steps = [
    timed(baseline, own.wrote('proxy') === undefined ? '' : 'its own page'),
    timed(plain, fares === 'alike' ? 'the same: not about WebSocket' : bodyLine(plain)),
    ...(fares === 'alike' ? yield* elsewhere(own, baseline) : []),
  ];
  const seen: Seen = { status, tookMs: baseline.times.headMs ?? 0, fares, steps };
  if (status === 500) return [serverError(own, baseline, seen)];
  if (status === 508)
    return [finding('PROXY_LOOP', { confidence: 'strong', detail: '', steps, hops: own.hopNames })];
  if (status === 503 && who?.name === 'nginx' && who.wrote) return yield* limited(own, seen);
  return upstreamCauses(own, baseline, seen);
}

/** How a plain request fares; `unknown` where it had no answer that tells. */
type Fares = 'alike' | 'better' | 'unknown';

function faresOf(baseline: Observation, plain: Observation): Fares {
  if (!isAnswered(plain) || !isReaction(plain)) return 'unknown';
  if (isSameAnswer(baseline, plain) || statusOf(baseline) === statusOf(plain)) return 'alike';
  if (isOfGateway(baseline) && isOfGateway(plain)) return 'alike';
  return statusOf(plain) < 500 || isOfGateway(baseline) ? 'better' : 'unknown';
}

/** RFC 9110 §15.6.3, §15.6.5, and what Cloudflare has in their place. */
function isOfGateway(seen: Observation): boolean {
  const status = statusOf(seen);
  return (status >= 502 && status <= 504) || (status >= 520 && status <= 530);
}

/** Whether the rest of the host has the same trouble. */
function* elsewhere(own: Case, baseline: Observation): Inquiry<Finding['steps']> {
  if (own.target.path === '/') return [];
  const root = yield* ask(own.page('page-root', '/'));
  if (!isAnswered(root) || !isReaction(root)) return [];
  const isWhole = statusOf(root) === statusOf(baseline);
  return [step(root, isWhole ? 'the whole host is affected' : 'only this upstream is affected', 'GET /')];
}

interface Seen {
  readonly status: number;
  readonly tookMs: number;
  readonly fares: Fares;
  readonly steps: Finding['steps'];
}

/** The program that wrote the answer, or the one that stands in front. */
function writerOf(own: Case) {
  return own.wrote('proxy') ?? own.wrote('platform') ?? own.proxies[0];
}

function maintenance(own: Case, baseline: Observation): Finding {
  const detail = `It asks to come back after ${fieldOf(baseline, 'retry-after')} seconds. I stopped here.`;
  return finding('ROUTE_MAINTENANCE', {
    confidence: 'strong',
    detail,
    steps: [step(baseline, bodyLine(baseline))],
    hops: own.hopNames,
  });
}

function timed(seen: Observation, note: string) {
  const ms = seen.times.headMs;
  const took = ms === undefined ? '' : `after ${ms > SLOW_MS ? seconds(ms) : `${Math.ceil(ms)} ms`}`;
  return step(seen, [took, note].filter(Boolean).join(', '));
}

function serverError(own: Case, baseline: Observation, { fares, steps, tookMs }: Seen): Finding {
  if (own.wrote('proxy')?.name === 'haproxy' && tookMs > SLOW_MS) {
    const detail = `HAProxy itself answers 500, after ${seconds(tookMs)}: it does that to keep somebody waiting whom a rule takes for an attacker (tarpit).`;
    return finding('PROXY_WAF_BLOCK', { confidence: 'likely', detail, steps, hops: own.hopNames });
  }
  const detail = {
    alike: 'Every request to this path ends in an error.',
    better: 'A plain request does not end in an error: it happens in the code that handles the upgrade.',
    unknown: 'Whether a plain request ends in an error too is not known.',
  }[fares];
  const date = fieldOf(baseline, 'date');
  const remarks =
    date === undefined ? {} : { remarks: [{ label: 'Look here', text: `the log of the server at ${date}` }] };
  return finding('ROUTE_SERVER_ERROR', {
    confidence: 'strong',
    detail,
    steps,
    hops: own.hopNames,
    ...remarks,
  });
}

/** nginx answers 503 by itself only where a limit says so: by rate, or by the number of connections. */
function* limited(own: Case, seen: Seen): Inquiry<readonly Finding[]> {
  const again = yield* ask(own.variant('again', 'your handshake once more', {}));
  const steps = [...seen.steps, step(again)];
  const shared = { steps, hops: own.hopNames };
  if (isOpen(again)) {
    const detail =
      'A moment later the same handshake opens: nginx limits how fast or how many (its default status for that is 503).';
    return [finding('ROUTE_RATE_LIMIT', { ...shared, confidence: 'proven', detail })];
  }
  const decide = byItsLog('nginx');
  const detail = 'nginx writes 503 by itself where limit_req or limit_conn says so.';
  const other = 'Or its connections are used up: worker_connections, open files, ports.';
  return [
    finding('ROUTE_RATE_LIMIT', { ...shared, confidence: 'likely', detail, decide }),
    finding('PROXY_LIMIT', { ...shared, confidence: 'possible', detail: other, decide }),
  ];
}

function byItsLog(name: string | undefined): string {
  return `handfast explain "the line of ${name === undefined ? "the proxy's" : `${properName(name)}'s`} log"`;
}

const AT_ONCE =
  'An answer at once means that the connection was refused or cut; waiting in vain would be a 504.';

type Suspicion = readonly [code: string, headline: string, detail?: string];

/** The likeliest first; where only the log of the proxy knows, it decides. */
export function upstreamCauses(own: Case, baseline: Observation, seen: Seen): readonly Finding[] {
  const { steps } = seen;
  const who = writerOf(own)?.name;
  const shared = { steps, hops: own.hopNames, remarks: whereToLook(own, baseline) };
  const all = isOwnWord(own, baseline) ? ofServer() : suspicions(who, seen);
  const isAlone = all.length === 1;
  const isSure = seen.fares !== 'unknown' || isTold(seen.status);
  return all.map(([code, headline, detail], at) =>
    finding(code, {
      ...shared,
      confidence: isAlone && isSure ? 'strong' : at === 0 ? 'likely' : 'possible',
      headline,
      ...(detail !== undefined && { detail }),
      ...(!isAlone && { decide: byItsLog(who) }),
    }),
  );
}

/** Any server may say 503 of itself (RFC 9110 §15.6.4), and one that says it in words that are no proxy's page does. */
function isOwnWord(own: Case, baseline: Observation): boolean {
  const isOfProxy = own.hops.some(({ role, wrote }) => role !== 'server' && wrote);
  return statusOf(baseline) === 503 && !isOfProxy && bodyOf(baseline).trim() !== '';
}

function ofServer(): readonly Suspicion[] {
  return [
    ['ROUTE_MAINTENANCE', 'The server itself says that it is not there for anybody now'],
    ['PROXY_UPSTREAM_DOWN', 'a proxy with a page of its own says it, and the application behind it is down'],
  ];
}

/** Statuses that say by themselves where it failed. */
function isTold(status: number): boolean {
  return status === 504 || status >= 520;
}

function suspicions(who: string | undefined, { status, fares, tookMs }: Seen): readonly Suspicion[] {
  const isSlow = tookMs > SLOW_MS;
  const name = who === undefined ? 'The proxy' : properName(who);
  const down: Suspicion = [
    'PROXY_UPSTREAM_DOWN',
    `${name} is up; the application behind it is not listening`,
    isSlow || status !== 502 ? '' : AT_ONCE,
  ];
  const reset: Suspicion = [
    'PROXY_UPSTREAM_RESET',
    `${name} reaches the application, which hangs up or answers what is no HTTP`,
  ];
  const tls: Suspicion = [
    'PROXY_UPSTREAM_TLS',
    `only one of ${name} and the application speaks TLS, or a certificate is not trusted`,
  ];
  const timeout: Suspicion = [
    'PROXY_UPSTREAM_TIMEOUT',
    isSlow
      ? `${name} waited ${seconds(tookMs)} for the application behind it and gave up`
      : `${name} gets no answer of the application behind it`,
  ];
  if (status === 504 || status === 522 || status === 524) return [timeout];
  if (status === 525 || status === 526) return [tls];
  if (fares === 'better') {
    const fails: Suspicion = [
      'PROXY_UPSTREAM_RESET',
      `The application behind ${name} answers a plain request and fails in the upgrade`,
    ];
    const bad: Suspicion = [
      'PROXY_BAD_101',
      'The application answers with a 101 that the proxy does not take',
    ];
    return who === 'haproxy' ? [fails, bad] : [fails];
  }
  if (who === 'haproxy') return ofHaproxy(status, isSlow, { down, reset, tls });
  if (who === 'apache') return [status === 503 ? down : isSlow ? timeout : reset];
  if (who === 'varnish') return [isSlow ? timeout : down];
  if (who === 'alb' && status === 503)
    return [['PROXY_NO_HEALTHY_TARGET', 'The load balancer has no target that passes its health check']];
  return status === 502 ? [down, reset, tls] : [down];
}

/** HAProxy tries again for seconds before its 503; an answer of 503 at once means that there was nobody to try. */
function ofHaproxy(
  status: number,
  isSlow: boolean,
  of: Readonly<Record<'down' | 'reset' | 'tls', Suspicion>>,
): readonly Suspicion[] {
  if (status === 502) return [of.reset, of.tls];
  if (isSlow)
    return [
      of.down,
      of.tls,
      ['PROXY_LIMIT', 'all connections that the server may have are taken (maxconn, timeout queue)'],
    ];
  return [
    ['PROXY_NO_HEALTHY_TARGET', 'HAProxy has no server left that passes its checks'],
    ['ROUTE_PROXY_NOT_FOUND', 'no rule names a backend for this path and host'],
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** When, in the log of the proxy; what stands there is told apart by its recipes. */
function whereToLook(own: Case, baseline: Observation): NonNullable<Finding['remarks']> {
  const date = Date.parse(fieldOf(baseline, 'date') ?? '');
  const who = writerOf(own);
  if (who === undefined || Number.isNaN(date)) return [];
  const at = new Date(date).toISOString().replace('.000', '');
  return [{ label: 'Look here', text: `the error log of ${properName(who.name)} at ${at}` }];
}
