// Knows: why a handshake got no answer of HTTP at all: octets of something else, an end without one, a reset, silence.
// Must not know: answers with a status. Whether a plain request fares better tells whether only the upgrade is to blame.
import { spell } from '../../forensics/first-bytes.js';
import { finding, remark, step, troubled } from '../findings.js';
import { type Case, respondentOf } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { garbageOf, isAnswered, isOpen, isReaction, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import { firstText } from './frameworks.js';

export function* unanswered(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const garbage = garbageOf(baseline);
  if (garbage !== undefined) return [yield* notHttp(own, baseline, garbage)];
  const code = baseline.trouble?.code ?? '';
  if (!BY_PLAIN_REQUEST.has(code))
    return [troubled(baseline, baseline.trouble ?? { code: 'HTTP_NO_RESPONSE' })];
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade', { upgrade: null }));
  // nginx passes on what greets first, or waits for more of it: which of the two is a matter of microseconds.
  const greeting = garbageOf(plain);
  if (greeting !== undefined) return [yield* notHttp(own, plain, greeting)];
  if (!isAnswered(plain)) {
    const missesTls = yield* needsTls(own, baseline);
    if (missesTls !== undefined) return [missesTls];
    const missesLine = code === 'HTTP_NO_RESPONSE' ? undefined : yield* needsProxyLine(own, baseline);
    if (missesLine !== undefined) return [missesLine];
  }
  const behind =
    statusOf(plain) >= 502 && statusOf(plain) <= 504 ? behindPipe(own, baseline, plain) : undefined;
  if (behind !== undefined) return [behind];
  const engine = yield* foreignToSocketIo(own, baseline);
  return [engine ?? comparedWithPlain(own, baseline, plain, code)];
}

const BY_PLAIN_REQUEST: ReadonlySet<string> = new Set(['HTTP_EMPTY_REPLY', 'HTTP_RESET', 'HTTP_NO_RESPONSE']);

function* notHttp(own: Case, baseline: Observation, garbage: Buffer): Inquiry<Finding> {
  const spelled = spell(garbage);
  const steps = [
    step(
      baseline,
      `${garbage
        .subarray(0, 16)
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1 ')} …`,
    ),
  ];
  if (spelled?.service === 'tls') return (yield* needsTls(own, baseline)) ?? tlsSpoken(own, steps);
  if (spelled?.service === 'http2') {
    const detail =
      'Without TLS the port speaks HTTP/2 and nothing else, which no client of WebSocket expects.';
    return finding('H2_ONLY', { confidence: 'proven', detail, steps, hops: own.hopNames });
  }
  if (spelled === undefined || ['http', 'text', 'html', 'json'].includes(spelled.service)) {
    const detail = spelled === undefined ? 'What came is no HTTP.' : `What came is ${spelled.text}.`;
    return finding('HTTP_NOT_HTTP', { confidence: 'proven', detail, steps, hops: own.hopNames });
  }
  return finding('TCP_WRONG_SERVICE', {
    confidence: 'proven',
    detail: `On this port speaks something else: ${spelled.text}.`,
    steps,
  });
}

const SLOW_MS = 900;

/** A proxy that lets handshakes through as they are says nothing when nobody takes them; to a plain request it does. */
function behindPipe(own: Case, baseline: Observation, plain: Observation): Finding | undefined {
  const respondent = respondentOf(plain);
  const proxy = respondent?.hops.find(({ role, wrote }) => role === 'proxy' && wrote);
  if (proxy === undefined) return undefined;
  const isSlow =
    statusOf(plain) === 504 || (plain.times.headMs ?? 0) > SLOW_MS || (baseline.end?.atMs ?? 0) > SLOW_MS;
  const code = isSlow ? 'PROXY_UPSTREAM_TIMEOUT' : 'PROXY_UPSTREAM_DOWN';
  const detail = `${proxy.name} ends the handshake without a word, and tells a plain request that it ${isSlow ? 'waited in vain for' : 'does not reach'} the application behind it.`;
  const hops = [proxy.name, ...own.hopNames];
  return finding(code, { confidence: 'strong', detail, steps: [step(baseline), step(plain)], hops });
}

function tlsSpoken(own: Case, steps: Finding['steps']): Finding {
  if (own.target.secure) {
    const detail =
      'Inside of TLS comes another record of TLS: what ends it in front passes us on to a port of TLS.';
    return finding('PROXY_UPSTREAM_TLS', { confidence: 'strong', detail, steps, hops: own.hopNames });
  }
  return finding('TLS_MISSING', {
    confidence: 'strong',
    detail: 'The port answers with a record of TLS: the URL must say wss.',
    steps,
  });
}

/** A port of TLS ends, resets or waits when somebody speaks plain HTTP to it. */
function* needsTls(own: Case, baseline: Observation): Inquiry<Finding | undefined> {
  if (own.target.secure) return undefined;
  const hello = yield* ask(own.hello('tls', 'the same port with TLS'));
  if (hello.tls === undefined) return undefined;
  const steps = [step(baseline), step(hello, 'answered')];
  return finding('TLS_MISSING', {
    confidence: 'proven',
    detail: 'The port speaks TLS: the URL must say wss.',
    steps,
  });
}

/** A listener that waits for the line of a load balancer hangs up on everybody else. */
function* needsProxyLine(own: Case, baseline: Observation): Inquiry<Finding | undefined> {
  if (own.target.secure || own.target.proxy !== undefined) return undefined;
  const probe = own.variant('proxy-line', 'behind a line of the PROXY protocol', {});
  const line = `PROXY TCP4 192.0.2.1 192.0.2.2 56324 ${own.target.port}\r\n`;
  const seen = yield* ask({ ...probe, request: `${line}${probe.request}` });
  if (!isAnswered(seen) || /^HTTP\/\S+ 400/.test(seen.answer!.head)) return undefined;
  const steps = [
    step(baseline),
    step(seen),
    remark('Only the line in front of the request changed between these.'),
  ];
  const detail =
    'It answers those who begin with a line of the PROXY protocol, which only a load balancer sends.';
  return finding('TCP_PROXY_PROTOCOL', { confidence: 'proven', detail, steps });
}

/** A second, and what a busy server takes longer. */
const ENGINE_WAITS_MS = { least: 900, most: 2000 };

/** Socket.IO hangs up after exactly one second on upgrades of paths that it does not own (measured with 4.8). */
function* foreignToSocketIo(own: Case, baseline: Observation): Inquiry<Finding | undefined> {
  const atMs = baseline.end?.atMs ?? 0;
  if (baseline.trouble?.code !== 'HTTP_EMPTY_REPLY') return undefined;
  if (atMs < ENGINE_WAITS_MS.least || atMs > ENGINE_WAITS_MS.most) return undefined;
  const path = '/socket.io/?EIO=4&transport=websocket';
  const seen = yield* ask(own.variant('engine-io', path, { path }, { listenMs: 400, pings: 0 }));
  if (!isOpen(seen) || !firstText(seen).startsWith('0{')) return undefined;
  const steps = [
    step(baseline, `after ${Math.round(atMs)} ms`),
    step(seen, `first message ${firstText(seen).slice(0, 40)}…`),
  ];
  const detail =
    'The server is one of Socket.IO, which hangs up after a second on paths that it does not own.';
  return finding('ROUTE_SOCKETIO', { confidence: 'proven', detail, steps });
}

function comparedWithPlain(own: Case, baseline: Observation, plain: Observation, code: string): Finding {
  const steps = [step(baseline), step(plain)];
  const shared = { steps, hops: own.hopNames };
  if (isAnswered(plain) && isReaction(plain)) {
    return finding(code, {
      ...shared,
      confidence: 'proven',
      detail: `A plain request to the same path is answered, the handshake is not: ${ONLY_UPGRADES[code]}`,
    });
  }
  if (code === 'HTTP_RESET' && plain.trouble?.code === 'HTTP_RESET') {
    return finding('TCP_RESET_AFTER_ACCEPT', {
      ...shared,
      confidence: 'strong',
      detail: 'A plain request is reset as well: it is not about WebSocket.',
    });
  }
  const isAlike = BY_PLAIN_REQUEST.has(plain.trouble?.code ?? '');
  return finding(code, {
    ...shared,
    confidence: isAlike ? 'strong' : 'likely',
    detail: isAlike
      ? 'A plain request fares no better: it is not about WebSocket.'
      : 'Whether a plain request fares better is not known.',
  });
}

const ONLY_UPGRADES: Readonly<Record<string, string>> = {
  HTTP_EMPTY_REPLY: 'the server ends the connection in place of refusing the upgrade.',
  HTTP_RESET: 'the server crashes in the upgrade, or something in front of it cuts upgrades.',
  HTTP_NO_RESPONSE: 'the code that handles upgrades never answers.',
};
