// Knows: the decision tree of a handshake that was answered with something else than 101: which branch, by status and by whose words.
// Must not know: what a branch finds out. A cause is proved by changing one thing and seeing the answer flip.
import { reasonOfRefusal } from '../../handshake/rejections.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import {
  bodyLine,
  bodyOf,
  fieldOf,
  headOf,
  isAnswered,
  isReaction,
  problemCode,
  statusOf,
} from '../reading.js';
import type { Finding } from '../report.js';
import { forbidden } from './forbidden.js';
import { realtimeFramework } from './frameworks.js';
import { TLS_ONLY } from './server-words.js';
import { unauthorized } from './unauthorized.js';
import { unread } from './unread.js';
import { upstream } from './upstream.js';

/** Why the server answered as it did, the likeliest first. */
export function* refused(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const status = statusOf(baseline);
  if (status === 400 && TLS_ONLY.test(bodyOf(baseline))) return [yield* plainOnTls(own, baseline)];
  const named = yield* ownWords(own, baseline);
  if (named !== undefined) return named;
  const framework = yield* realtimeFramework(own, baseline);
  if (framework !== undefined) return [framework];
  if (isTooLarge(baseline)) return [yield* tooLarge(own, baseline)];
  const wall = firewall(own, baseline);
  if (wall !== undefined) return [wall];
  if (status >= 300 && status < 400) return [redirected(own, baseline)];
  if (status === 401) return yield* unauthorized(own, baseline);
  if (status === 403) return yield* forbidden(own, baseline);
  if (status >= 500 && status !== 501 && status !== 505) return yield* upstream(own, baseline);
  const told = BY_STATUS.get(status);
  if (told !== undefined) return [plainly(own, baseline, told)];
  return yield* unread(own, baseline);
}

const BY_STATUS: ReadonlyMap<number, string> = new Map([
  [407, 'FWD_AUTH'],
  [408, 'REQ_HEAD_TIMEOUT'],
  [410, 'ROUTE_GONE'],
  [414, 'REQ_LINE_TOO_LONG'],
  [429, 'ROUTE_RATE_LIMIT'],
]);

function plainly(own: Case, baseline: Observation, code: string): Finding {
  const wait = fieldOf(baseline, 'retry-after');
  const detail = wait === undefined ? '' : `It asks to wait: Retry-After: ${wait}. I stopped here.`;
  return finding(code, {
    confidence: 'strong',
    detail,
    steps: [step(baseline, bodyLine(baseline))],
    hops: own.hopNames,
  });
}

// A server of ours says it itself (RFC 9457).

function* ownWords(own: Case, baseline: Observation): Inquiry<readonly Finding[] | undefined> {
  const code = problemCode(baseline);
  if (code === undefined) return undefined;
  if (code === 'ORIGIN_REJECTED' || code === 'ORIGIN_REQUIRED' || code === 'ORIGIN_NULL')
    return yield* forbidden(own, baseline);
  const { reason } = reasonOfRefusal(statusOf(baseline), headOf(baseline).fields, bodyOf(baseline));
  if (reason.code !== code) return undefined;
  const lost = LOST[code];
  const detail =
    lost === undefined
      ? `The server says so itself: ${bodyLine(baseline, 200)}`
      : `We sent ${lost[1]}; the server says that it did not get it so. Something between the two changed the request.`;
  const steps = [step(baseline, `code ${code} in the problem document`)];
  const confidence = lost === undefined ? 'strong' : 'proven';
  return [finding(lost?.[0] ?? code, { confidence, detail, steps, hops: own.hopNames })];
}

/** What a server of ours misses although we sent it: then it was lost on the way. */
const LOST: Readonly<Record<string, readonly [code: string, sent: string]>> = {
  PROXY_UPGRADE_STRIPPED: ['PROXY_UPGRADE_STRIPPED', 'Upgrade'],
  PROXY_CONNECTION_LOST: ['PROXY_CONNECTION_LOST', 'Connection: Upgrade'],
  REQ_UPGRADE: ['PROXY_UPGRADE_STRIPPED', 'Upgrade'],
  REQ_CONNECTION: ['PROXY_CONNECTION_LOST', 'Connection: Upgrade'],
  REQ_HTTP_VERSION: ['PROXY_HTTP10_UPSTREAM', 'HTTP/1.1'],
  REQ_KEY_MISSING: ['PROXY_HEADER_DROPPED', 'Sec-WebSocket-Key'],
  REQ_VERSION: ['PROXY_HEADER_DROPPED', 'Sec-WebSocket-Version: 13'],
  REQ_VERSION_SYNTAX: ['PROXY_HEADER_DROPPED', 'Sec-WebSocket-Version: 13'],
  REQ_HOST: ['PROXY_HEADER_DROPPED', 'Host'],
};

// TLS that should have been settled before.

function* plainOnTls(own: Case, baseline: Observation): Inquiry<Finding> {
  if (/No required SSL certificate/.test(bodyOf(baseline))) {
    return finding('TLS_CLIENT_CERT', {
      confidence: 'proven',
      detail: '',
      steps: [step(baseline, bodyLine(baseline, 80))],
    });
  }
  const steps = [step(baseline, bodyLine(baseline, 80))];
  if (own.target.secure) return tlsBehind(own, steps);
  const hello = yield* ask(own.hello('tls', 'the same port with TLS'));
  if (hello.trouble !== undefined) return tlsBehind(own, [...steps, step(hello, 'no TLS here')]);
  const confidence = hello.tls === undefined ? 'strong' : 'proven';
  const note = hello.tls === undefined ? undefined : 'answered';
  const detail = 'The port speaks TLS: the URL must say wss.';
  return finding('TLS_MISSING', { confidence, detail, steps: [...steps, step(hello, note)] });
}

/** The way to us is right: it is somebody further back who speaks plainly to a port of TLS. */
function tlsBehind(own: Case, steps: Finding['steps']): Finding {
  const detail =
    'A server of TLS was spoken to without, and not by us: what stands in front of it does that.';
  return finding('PROXY_UPSTREAM_TLS', { confidence: 'strong', detail, steps, hops: own.hopNames });
}

// Too large a head.

function isTooLarge(seen: Observation): boolean {
  return (
    statusOf(seen) === 431 ||
    /Request Header Or Cookie Too Large|Request Header Fields? Too Large|exceeds server limit/i.test(
      bodyOf(seen),
    )
  );
}

function* tooLarge(own: Case, baseline: Observation): Inquiry<Finding> {
  const { cookie, headers } = own.target;
  const hasMore = cookie !== undefined || headers.length > 0;
  const bare = hasMore
    ? yield* ask(own.variant('bare', 'without your cookies and fields', { bare: true }))
    : undefined;
  const flips =
    bare !== undefined && isReaction(bare) && isAnswered(bare) && statusOf(bare) !== statusOf(baseline);
  const detail = flips
    ? 'Without cookies and fields of yours the answer is another one: they are too large for it.'
    : '';
  const steps = [step(baseline, bodyLine(baseline)), ...(bare === undefined ? [] : [step(bare)])];
  return finding('ROUTE_HEADERS_TOO_LARGE', {
    confidence: flips ? 'proven' : 'strong',
    detail,
    steps,
    hops: own.hopNames,
  });
}

// Firewalls that say who they are.

const WALLS: ReadonlyArray<readonly [RegExp, 'head' | 'body', string]> = [
  [/^cf-mitigated: *challenge/im, 'head', 'Cloudflare asks for a challenge'],
  [/^x-amzn-waf-action:/im, 'head', 'AWS WAF'],
  // From here on pages that these programs also show when the server behind them fails.
  [/Reference(?: |&#32;)(?:#|&#35;)\d+(?:\.|&#46;)[\da-f]+/i, 'body', 'Akamai (its reference number)'],
  [/_Incapsula_Resource|Incapsula incident ID/i, 'body', 'Imperva'],
  [/Your support ID is:? *\d+/i, 'body', 'F5 (its support ID)'],
  [/Attention Required! \| Cloudflare|cf-error-details/i, 'body', 'Cloudflare (its page)'],
];

function firewall(own: Case, baseline: Observation): Finding | undefined {
  const text = { head: baseline.answer!.head, body: bodyOf(baseline) };
  const isFailure = statusOf(baseline) >= 500;
  const wall = WALLS.find(
    ([pattern, where]) => pattern.test(text[where]) && !(isFailure && where === 'body'),
  );
  if (wall === undefined) return undefined;
  const detail = `${wall[2]} answered in place of the server. A WebSocket cannot solve a challenge.`;
  return finding('PROXY_WAF_BLOCK', {
    confidence: 'strong',
    detail,
    steps: [step(baseline, bodyLine(baseline))],
    hops: own.hopNames,
  });
}

// Redirects are told, not followed.

function redirected(own: Case, baseline: Observation): Finding {
  const { target } = own;
  const url = `${target.secure ? 'https' : 'http'}://${target.authority}${target.path}`;
  const location = fieldOf(baseline, 'location');
  const steps = [step(baseline, `Location: ${location ?? 'none'}`)];
  const shared = { confidence: 'proven' as const, steps, hops: own.hopNames };
  if (location !== undefined && addsSlash(url, location)) {
    const detail = `The redirect to ${location} adds or removes a slash at the end of the path, and a WebSocket does not follow it.`;
    return finding('ROUTE_TRAILING_SLASH', { ...shared, detail });
  }
  if (location !== undefined && isSameOverTls(url, location)) {
    return finding('ROUTE_REDIRECT_TLS', {
      ...shared,
      detail: `Use wss:// in the client. Location: ${location}`,
    });
  }
  const { reason } = reasonOfRefusal(statusOf(baseline), headOf(baseline).fields, '', url);
  return finding(reason.code, {
    ...shared,
    detail: location === undefined ? '' : `It leads to ${location}.`,
  });
}

function addsSlash(url: string, location: string): boolean {
  if (!URL.canParse(location, url)) return false;
  const [from, to] = [new URL(url), new URL(location, url)];
  const [was, is] = [from, to].map(({ hostname, pathname }) => hostname + pathname.replace(/\/$/, ''));
  return from.pathname !== to.pathname && was === is;
}

/** Proxies often lose the port on the way. */
function isSameOverTls(url: string, location: string): boolean {
  if (!URL.canParse(location, url)) return false;
  const [from, to] = [new URL(url), new URL(location, url)];
  return (
    from.protocol === 'http:' &&
    to.protocol === 'https:' &&
    from.hostname === to.hostname &&
    from.pathname === to.pathname
  );
}
