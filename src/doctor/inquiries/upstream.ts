// Knows: what 500, 502, 503, 504 and Cloudflare's 52x mean: who answered, how long it took, and whether a plain request fares better.
// Must not know: other statuses. What only the log of the proxy knows is said so.
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, bodyOf, fieldOf, isOpen, isSameAnswer, statusOf } from '../reading.js';
import type { Finding } from '../report.js';

/** An answer that took longer than this waited for something. */
const SLOW_MS = 900;

export function* upstream(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const status = statusOf(baseline);
  if (status === 503 && fieldOf(baseline, 'retry-after') !== undefined && own.wrote('proxy') === undefined) {
    const detail = `It asks to come back after ${fieldOf(baseline, 'retry-after')} seconds. I stopped here.`;
    return [
      finding('ROUTE_MAINTENANCE', {
        confidence: 'strong',
        detail,
        steps: [step(baseline, bodyLine(baseline))],
        hops: own.hopNames,
      }),
    ];
  }
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade, no Connection', { upgrade: null }));
  const isSame = isSameAnswer(baseline, plain);
  const seen: Seen = {
    status,
    tookMs: baseline.times.headMs ?? 0,
    isSame,
    steps: [
      timed(baseline),
      timed(plain, isSame ? 'the same: it is no matter of WebSocket' : bodyLine(plain)),
    ],
  };
  if (status === 500) return [serverError(own, baseline, seen)];
  if (status === 508)
    return [
      finding('PROXY_LOOP', { confidence: 'strong', detail: '', steps: seen.steps, hops: own.hopNames }),
    ];
  if (status === 503 && own.wrote('proxy')?.name === 'nginx') return yield* limited(own, seen);
  const direct = yield* badOpening(own, seen);
  return direct ?? upstreamCauses(own, baseline, seen);
}

interface Seen {
  readonly status: number;
  readonly tookMs: number;
  readonly isSame: boolean;
  readonly steps: Finding['steps'];
}

function timed(seen: Observation, note?: string) {
  const ms = seen.times.headMs;
  const line = step(seen, note);
  return ms === undefined
    ? line
    : { ...line, answered: `${line.answered} after ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` };
}

function serverError(own: Case, baseline: Observation, { isSame, steps }: Seen): Finding {
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
  const detail = isOpen(again)
    ? 'A moment later the same handshake opens: nginx limits how fast or how many (its default status for that is 503).'
    : 'nginx writes 503 by itself for limit_req and limit_conn, and where no upstream is left.';
  const steps = [...seen.steps, step(again)];
  const limit = finding('ROUTE_RATE_LIMIT', {
    confidence: isOpen(again) ? 'proven' : 'likely',
    detail,
    steps,
    hops: own.hopNames,
  });
  return [limit];
}

/** A backend whose 101 the proxy does not take: only asking it directly shows that. */
function* badOpening(own: Case, { steps }: Seen): Inquiry<readonly Finding[] | undefined> {
  const { direct } = own.target;
  if (direct === undefined) return undefined;
  const probe = own.variant('direct', `directly to ${direct.host}:${direct.port}`, {});
  const there = yield* ask({ ...probe, route: { secure: false, host: direct.host, port: direct.port } });
  if (!isOpen(there)) return undefined;
  const detail = 'Directly the server answers 101, which the proxy does not take: look at that answer.';
  return [
    finding('PROXY_BAD_101', {
      confidence: 'proven',
      detail,
      steps: [...steps, step(there)],
      hops: own.hopNames,
    }),
  ];
}

function upstreamCauses(own: Case, baseline: Observation, seen: Seen): readonly Finding[] {
  const { status, isSame, steps, tookMs } = seen;
  const shared = { steps, hops: own.hopNames, remarks: whereToLook(own, baseline) };
  const proxy = own.wrote('proxy') ?? own.wrote('platform') ?? own.proxies[0];
  const who = proxy?.name ?? 'The proxy';
  if (!isSame) {
    const detail = `${who} gets an answer to a plain request and none to the handshake: the application behind it fails in the upgrade.`;
    return [finding('PROXY_UPSTREAM_RESET', { ...shared, confidence: 'strong', detail })];
  }
  if (
    status === 504 ||
    status === 522 ||
    status === 524 ||
    (status === 502 && proxy?.name === 'apache' && tookMs > SLOW_MS)
  ) {
    const detail = `${who} waited ${seconds(tookMs)} for the application behind it and gave up.`;
    return [finding('PROXY_UPSTREAM_TIMEOUT', { ...shared, confidence: 'strong', detail })];
  }
  if (status === 525 || status === 526)
    return [finding('PROXY_UPSTREAM_TLS', { ...shared, confidence: 'strong', detail: '' })];
  if (status === 503 && tookMs < SLOW_MS && (proxy?.name === 'haproxy' || proxy?.name === 'alb')) {
    const detail = `${who} has no server left that passes its checks, or no rule that names one.`;
    return [finding('PROXY_NO_HEALTHY_TARGET', { ...shared, confidence: 'likely', detail })];
  }
  const speed =
    tookMs > SLOW_MS
      ? `after ${seconds(tookMs)}, which is how long it tried again`
      : `after ${Math.round(tookMs)} ms, so it was refused at once`;
  const detail = `${who} is up; the application behind it is not there. It answered ${speed}.`;
  return [finding('PROXY_UPSTREAM_DOWN', { ...shared, confidence: 'likely', detail })];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Lines of the log that tell apart what looks the same from outside. */
function whereToLook(own: Case, baseline: Observation): NonNullable<Finding['remarks']> {
  const date = fieldOf(baseline, 'date');
  const at = date === undefined ? '' : ` at ${new Date(date).toISOString()}`;
  const lines = LOGS[own.proxies[0]?.name ?? ''];
  if (lines === undefined || bodyOf(baseline).length > 8000) return [];
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
