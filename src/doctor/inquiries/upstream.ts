// Knows: what 500, 502, 503, 504 and Cloudflare's 52x mean: who answered, how long it took, and whether a plain request fares better.
// Must not know: other statuses. What only the log of the proxy knows is said so.
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, fieldOf, isOpen, isSameAnswer, statusOf } from '../reading.js';
import type { Finding } from '../report.js';

/** An answer that took longer than this waited for something. */
const SLOW_MS = 900;

export function* upstream(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const status = statusOf(baseline);
  const who = writerOf(own);
  if (status === 503 && fieldOf(baseline, 'retry-after') !== undefined && who?.name !== 'varnish') {
    return [maintenance(own, baseline)];
  }
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade, no Connection', { upgrade: null }));
  const isSame = plain.skipped !== undefined || isSameAnswer(baseline, plain);
  const steps = [
    timed(baseline),
    timed(plain, isSame ? 'the same: it is no matter of WebSocket' : bodyLine(plain)),
  ];
  const seen: Seen = { status, tookMs: baseline.times.headMs ?? 0, isSame, steps };
  if (status === 500) return [serverError(own, baseline, seen)];
  if (status === 508)
    return [finding('PROXY_LOOP', { confidence: 'strong', detail: '', steps, hops: own.hopNames })];
  if (status === 503 && who?.name === 'nginx') return yield* limited(own, seen);
  return upstreamCauses(own, baseline, seen);
}

interface Seen {
  readonly status: number;
  readonly tookMs: number;
  readonly isSame: boolean;
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

function timed(seen: Observation, note?: string) {
  const ms = seen.times.headMs;
  const line = step(seen, note);
  return ms === undefined
    ? line
    : { ...line, answered: `${line.answered} after ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` };
}

function serverError(own: Case, baseline: Observation, { isSame, steps, tookMs }: Seen): Finding {
  if (own.wrote('proxy')?.name === 'haproxy' && tookMs > SLOW_MS) {
    const detail = `HAProxy itself answers 500, after ${seconds(tookMs)}: it does that to keep somebody waiting whom a rule takes for an attacker (tarpit).`;
    return finding('PROXY_WAF_BLOCK', { confidence: 'likely', detail, steps, hops: own.hopNames });
  }
  const detail = isSame
    ? 'Every request to this path ends in an error.'
    : 'A plain request does not end in an error: it happens in the code that handles the upgrade.';
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

function byItsLog(name: string): string {
  return `handfast explain "the line of ${name}'s log"`;
}

type Suspicion = readonly [code: string, detail: string];

/** The likeliest first; where only the log of the proxy knows, it decides. */
export function upstreamCauses(own: Case, baseline: Observation, seen: Seen): readonly Finding[] {
  const { steps } = seen;
  const who = writerOf(own)?.name ?? 'the proxy';
  const shared = { steps, hops: own.hopNames, remarks: whereToLook(own, baseline) };
  const all = suspicions(who, seen);
  if (all.length === 1) return [finding(all[0]![0], { ...shared, confidence: 'strong', detail: all[0]![1] })];
  return all.map(([code, detail], at) =>
    finding(code, { ...shared, confidence: at === 0 ? 'likely' : 'possible', detail, decide: byItsLog(who) }),
  );
}

function suspicions(who: string, { status, isSame, tookMs }: Seen): readonly Suspicion[] {
  const isSlow = tookMs > SLOW_MS;
  const took = isSlow ? `after ${seconds(tookMs)}` : `after ${Math.round(tookMs)} ms`;
  const down: Suspicion = [
    'PROXY_UPSTREAM_DOWN',
    `${who} is up; the application behind it is not there. It answered ${took}.`,
  ];
  const reset: Suspicion = [
    'PROXY_UPSTREAM_RESET',
    `${who} reaches the application, which hangs up or answers something that is no HTTP.`,
  ];
  const tls: Suspicion = [
    'PROXY_UPSTREAM_TLS',
    `One of ${who} and the application speaks TLS and the other does not, or a certificate is not trusted.`,
  ];
  const timeout: Suspicion = [
    'PROXY_UPSTREAM_TIMEOUT',
    `${who} waited ${seconds(tookMs)} for the application behind it and gave up.`,
  ];
  if (status === 504 || status === 522 || status === 524) return [timeout];
  if (status === 525 || status === 526) return [tls];
  if (!isSame) {
    const fails: Suspicion = [
      'PROXY_UPSTREAM_RESET',
      `${who} gets an answer to a plain request and none to the handshake: the application behind it fails in the upgrade.`,
    ];
    const bad: Suspicion = [
      'PROXY_BAD_101',
      'Or it answers the handshake with a 101 that the proxy does not take.',
    ];
    return who === 'haproxy' ? [fails, bad] : [fails];
  }
  if (who === 'haproxy') return ofHaproxy(status, isSlow, { down, reset, tls });
  if (who === 'apache') return [status === 503 ? down : isSlow ? timeout : reset];
  if (who === 'varnish') return [isSlow ? timeout : down];
  if (who === 'alb')
    return [['PROXY_NO_HEALTHY_TARGET', 'The load balancer has no target that passes its health check.']];
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
      ['PROXY_LIMIT', 'Or all connections that the server may have are taken (maxconn, timeout queue).'],
    ];
  return [
    ['PROXY_NO_HEALTHY_TARGET', 'HAProxy has no server left that passes its checks.'],
    ['ROUTE_PROXY_NOT_FOUND', 'Or no rule names a backend for this path and host.'],
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Lines of the log that tell apart what looks the same from outside. */
function whereToLook(own: Case, baseline: Observation): NonNullable<Finding['remarks']> {
  const date = fieldOf(baseline, 'date');
  const at = date === undefined ? '' : ` at ${new Date(date).toISOString()}`;
  const lines = LOGS[own.proxies[0]?.name ?? ''];
  if (lines === undefined) return [];
  return [
    { label: 'Look here', text: `the log of ${own.proxies[0]!.name}${at} for one of\n${lines.join('\n')}` },
    { label: 'Then', text: 'handfast explain "the line"' },
  ];
}

const LOGS: Readonly<Record<string, readonly string[]>> = {
  nginx: [
    'connect() failed (111: Connection refused)        start the application; right port? 127.0.0.1 or ::1?',
    'recv() failed (104: Connection reset by peer)     the application crashes in the upgrade: PROXY_UPSTREAM_RESET',
    'SSL_do_handshake() failed (wrong version number)  proxy_pass says https://, the application speaks http',
    '(13: Permission denied)                           SELinux: setsebool -P httpd_can_network_connect 1',
  ],
  haproxy: [
    'SC--  nobody took the connection    start the application; right port?',
    'SH--  it hung up before an answer   the application crashes in the upgrade: PROXY_UPSTREAM_RESET',
    'PH--  its answer is not valid       its 101 is wrong: PROXY_BAD_101',
    'sH--  no answer in time             PROXY_UPSTREAM_TIMEOUT',
  ],
  apache: [
    'AH00957  nobody took the connection        start the application; right port?',
    'AH01102  error reading the status line     it hung up or was too slow',
  ],
};
