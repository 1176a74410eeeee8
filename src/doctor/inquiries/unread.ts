// Knows: why a handshake was answered like an ordinary request, or in words of a WebSocket server that did not see all of it: 200, 400,
// 404, 405, 426, 501. Must not know: statuses that say their cause. The tell is whether a plain request and one of version 99
// get the same answer: then nobody read the Upgrade (RFC 9110 §7.6.1, §7.8; RFC 6455 §4.4).
import { spell } from '../../forensics/first-bytes.js';
import { properName } from '../../forensics/program-names.js';
import { printable } from '../../reason.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, bodyOf, fieldOf, headOf, isOpen, isReaction, isSameAnswer, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import { bisect, wantsSubprotocol } from './bisect.js';
import { firstText } from './frameworks.js';
import { hostRefused } from './hosts.js';
import { damage, MISSES_CONNECTION, MISSES_EITHER, MISSES_UPGRADE, versionsOf } from './server-words.js';
import { turnedDown } from './turned-down.js';

export function* unread(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const foreign = spell(Buffer.from(bodyOf(baseline)));
  if (foreign !== undefined && SERVICES.has(foreign.service))
    return [wrongService(own, baseline, foreign.text)];
  const host = yield* hostRefused(own, baseline);
  if (host !== undefined) return [host];
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade', { upgrade: null }));
  const canary = yield* ask(own.variant('version-99', 'version 99', { version: '99' }));
  const seen = { baseline, plain, canary };
  if (!isReaction(plain) || !isReaction(canary)) return [untold(own, seen)];
  if (isSameAnswer(baseline, plain) && isSameAnswer(baseline, canary)) return yield* nobodyRead(own, seen);
  return yield* turnedDown(own, seen);
}

/** Without both controls nobody knows whether the Upgrade was read. */
function untold(own: Case, { baseline, plain, canary }: Seen): Finding {
  const status = statusOf(baseline);
  const code = status === 404 ? 'ROUTE_NOT_FOUND' : 'HTTP_STATUS';
  const detail = `It answered ${status}. What would tell why could not be asked: it wants to be left alone, or time was up.`;
  const steps = [step(baseline, bodyLine(baseline)), step(plain), step(canary)];
  const decide = own.command();
  return finding(code, { confidence: 'possible', detail, steps, hops: own.hopNames, decide });
}

const SERVICES: ReadonlySet<string> = new Set([
  'ssh',
  'smtp',
  'ftp',
  'pop3',
  'imap',
  'mysql',
  'redis',
  'amqp',
  'nats',
  'memcached',
  'vnc',
]);

function wrongService(own: Case, baseline: Observation, text: string): Finding {
  const detail = `The body of the answer is ${text}: the proxy passes on what another service says.`;
  return finding('TCP_WRONG_SERVICE', {
    confidence: 'proven',
    detail,
    steps: [step(baseline, bodyLine(baseline))],
    hops: own.hopNames,
  });
}

/** The handshake and its two controls. */
export interface Seen {
  readonly baseline: Observation;
  readonly plain: Observation;
  readonly canary: Observation;
}

const PAST = 'the same: it read no version either';

function stepsOf({ baseline, plain, canary }: Seen, note = PAST) {
  return [step(baseline, bodyLine(baseline)), step(plain, 'the same'), step(canary, note)];
}

// Nobody read the Upgrade.

function* nobodyRead(own: Case, seen: Seen): Inquiry<readonly Finding[]> {
  const { baseline } = seen;
  // What cannot be found has words of many kinds, also about WebSocket.
  const words = statusOf(baseline) === 404 ? '' : bodyOf(baseline).trim();
  if (MISSES_EITHER.test(words)) return eitherLost(own, seen);
  const damaged = damage(words);
  if (damaged?.[0].startsWith('PROXY_H')) {
    return [
      finding(damaged[0], {
        confidence: 'strong',
        detail: damaged[1],
        steps: stepsOf(seen),
        hops: own.hopNames,
      }),
    ];
  }
  if (MISSES_CONNECTION.test(words)) return [lost(own, seen, 'PROXY_CONNECTION_LOST', 'Connection')];
  const another = otherVersion(own, seen) ?? otherProtocol(own, seen);
  if (another !== undefined) return [another];
  // A server that lists its versions is one of WebSocket, and it has read ours in none of the three.
  const isStack =
    statusOf(baseline) === 426 || versionsOf(baseline) !== undefined || MISSES_UPGRADE.test(words);
  if (isStack) return [lost(own, seen, 'PROXY_UPGRADE_STRIPPED', 'Upgrade')];
  const login = loginPage(own, seen);
  if (login !== undefined) return [login];
  const slash = yield* slashed(own, seen);
  if (slash !== undefined) return [slash];
  const prefix = lostPrefix(own, seen);
  if (prefix !== undefined) return [prefix];
  const guessed = yield* guess(own, seen);
  if (guessed !== undefined) return [guessed];
  if (statusOf(baseline) === 400) {
    const steps = stepsOf(seen, 'the same');
    const named = (yield* bisect(own, baseline, steps)) ?? wantsSubprotocol(own, baseline, steps);
    if (named !== undefined) return [named];
    if (isUnreadable(baseline)) return [unreadable(own, seen)];
  }
  return yield* bySibling(own, seen);
}

/** Some guards answer everybody whom they do not know with the page to sign in, and with 200. */
function loginPage(own: Case, seen: Seen): Finding | undefined {
  if (statusOf(seen.baseline) !== 200 || !/<input\b[^>]*\btype=["']?password\b/i.test(bodyOf(seen.baseline)))
    return undefined;
  const headline = 'A page to sign in answered in place of the endpoint';
  const fix =
    'Send the session of a user who is signed in (here: --cookie). Let the guard answer 401 to handshakes: a WebSocket cannot show a page.';
  const steps = stepsOf(seen, 'the same');
  return finding('AUTH_REQUIRED', { confidence: 'likely', headline, fix, steps, hops: own.hopNames });
}

/** RFC 6455 §4.4: it lists what it speaks, and ours is not there. Whether it read ours is another matter. */
function otherVersion(own: Case, seen: Seen): Finding | undefined {
  const listed = versionsOf(seen.baseline);
  if (listed === undefined || /\b13\b/.test(listed)) return undefined;
  const detail = `It speaks ${listed}, not 13.`;
  const steps = stepsOf(seen, 'the same');
  return finding('ROUTE_VERSION', { confidence: 'strong', detail, steps, hops: own.hopNames });
}

/** RFC 9110 §15.5.22: a 426 names the protocol that it wants, and that need not be WebSocket. */
function otherProtocol(own: Case, seen: Seen): Finding | undefined {
  const wanted = fieldOf(seen.baseline, 'upgrade');
  if (statusOf(seen.baseline) !== 426 || wanted === undefined || /websocket/i.test(wanted)) return undefined;
  const headline = `This path wants "Upgrade: ${printable(wanted, 60)}", which is no WebSocket`;
  const detail = 'It says the same to a plain request: it is an endpoint of another protocol.';
  const steps = stepsOf(seen, 'the same');
  return finding('HTTP_STATUS', { confidence: 'strong', headline, detail, steps, hops: own.hopNames });
}

function lost(own: Case, seen: Seen, code: string, field: string): Finding {
  const status = statusOf(seen.baseline);
  const meaning =
    status === 426 ? '426 means "send Upgrade". We did' : `The server misses ${field}. We sent it`;
  const steps = [
    ...stepsOf(seen),
    remark(`${meaning}, so something between us and the server removed it.`),
    remark(
      'Upgrade and Connection are hop by hop (RFC 9110 §7.6.1): a proxy drops them unless told otherwise.',
    ),
  ];
  const cached = [seen.plain, seen.canary].find(isCached);
  if (cached !== undefined) {
    const detail = 'One of these answers came out of a cache: no handshake may be answered from there.';
    own.findings.push(
      finding('PROXY_CACHED', { confidence: 'proven', severity: 'warn', detail, steps: [step(cached)] }),
    );
  }
  const headline = `A WebSocket server answered, but your ${field} did not reach it`;
  return finding(code, { confidence: 'proven', headline, steps, hops: own.hopNames });
}

/** A server that looks at Connection first cannot say whether Upgrade is still there. */
function eitherLost(own: Case, seen: Seen): readonly Finding[] {
  const decide = own.command('--reflect');
  const both = [
    lost(own, seen, 'PROXY_UPGRADE_STRIPPED', 'Upgrade'),
    lost(own, seen, 'PROXY_CONNECTION_LOST', 'Connection'),
  ];
  return both.map((one) => ({ ...one, confidence: 'likely' as const, decide }));
}

/** X-Varnish names two requests when the second is answered with the answer to the first. */
function isCached(seen: Observation): boolean {
  return (
    Number(fieldOf(seen, 'age') ?? 0) > 0 ||
    /^\d+ \d+$/.test(fieldOf(seen, 'x-varnish') ?? '') ||
    /\bhit\b/i.test(fieldOf(seen, 'x-cache') ?? '')
  );
}

/** What Node writes when it cannot read a request at all. */
function isUnreadable(seen: Observation): boolean {
  const names = [...headOf(seen).fields].map(([name]) => name.toLowerCase());
  return (
    statusOf(seen) === 400 &&
    bodyOf(seen) === '' &&
    names.every((name) => name === 'connection' || name === 'content-length')
  );
}

function unreadable(own: Case, seen: Seen): Finding {
  const detail =
    'The server could not read the request as HTTP, and ours was right: something writes a line in front of it that the server does not expect.';
  return finding('TCP_PROXY_PROTOCOL', {
    confidence: 'likely',
    detail,
    steps: stepsOf(seen, 'the same'),
    hops: own.hopNames,
  });
}

function* slashed(own: Case, seen: Seen): Inquiry<Finding | undefined> {
  const [path, query] = own.target.path.split('?') as [string, string?];
  if (path === '/') return undefined;
  const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
  const asked = query === undefined ? other : `${other}?${query}`;
  const flipped = yield* ask(own.variant('slash', other, { path: asked }));
  if (!isOpen(flipped)) return undefined;
  const steps = [...stepsOf(seen, 'the same'), step(flipped)];
  const headline = `${other} opens, ${path} does not`;
  return finding('ROUTE_TRAILING_SLASH', {
    confidence: 'proven',
    headline,
    steps,
    hops: own.hopNames,
    fix: `Ask for ${other}, or let the server take both.`,
  });
}

/** Error pages often repeat the path that the application was asked for: `Cannot GET /ws`. */
function lostPrefix(own: Case, seen: Seen): Finding | undefined {
  const asked = own.target.path.split('?')[0]!;
  const repeated = /(?:Cannot GET|Route GET:|No route for|not found: ?)\s*(\/[\w./~%-]*)/i.exec(
    bodyOf(seen.baseline),
  )?.[1];
  if (repeated === undefined || repeated === asked || !asked.endsWith(repeated.replace(/^\//, '')))
    return undefined;
  const steps = [...stepsOf(seen, 'the same'), remark('The error page repeats the path that the app saw.')];
  const prefix = asked.slice(0, asked.length - repeated.replace(/^\//, '').length).replace(/(?<=.)\/$/, '');
  const headline = `The path loses "${prefix}" on the way: you asked for ${asked}, the app was asked for ${repeated}`;
  return finding('ROUTE_PREFIX', { confidence: 'strong', headline, steps, hops: own.hopNames });
}

const WELL_KNOWN = [
  '/ws',
  '/websocket',
  '/socket.io/?EIO=4&transport=websocket',
  '/cable',
  '/graphql',
  '/hub',
];

function* guess(own: Case, seen: Seen): Inquiry<Finding | undefined> {
  if (!own.target.guess) return undefined;
  for (const path of WELL_KNOWN) {
    if (path === own.target.path) continue;
    const there = yield* ask(own.variant(`guess ${path}`, path, { path }, { listenMs: 200, pings: 0 }));
    if (!isOpen(there)) continue;
    const greeting = firstText(there);
    const steps = [
      ...stepsOf(seen, 'the same'),
      step(there, greeting === '' ? undefined : greeting.slice(0, 40)),
    ];
    return finding('ROUTE_NOT_FOUND', {
      confidence: 'strong',
      detail: `${path} opens: is that the one you mean?`,
      steps,
    });
  }
  return undefined;
}

/** A path that nobody has: what is answered there, is answered everywhere. */
function* bySibling(own: Case, seen: Seen): Inquiry<readonly Finding[]> {
  const { baseline } = seen;
  const { path } = own.target;
  const sibling = `${path.slice(0, path.lastIndexOf('/', path.indexOf('?') < 0 ? undefined : path.indexOf('?')))}/zz-probe-${own.target.nonce}`;
  const other = yield* ask(own.variant('sibling', sibling, { path: sibling }));
  const isEverywhere = isSameAnswer(baseline, other);
  const steps = [...stepsOf(seen, 'the same'), step(other, isEverywhere ? 'the same' : 'another answer')];
  const shared = { steps, hops: own.hopNames };
  const status = statusOf(baseline);
  const proxy = own.wrote('proxy') ?? own.wrote('platform');
  if (proxy !== undefined && (status === 404 || isEmptyPage(baseline))) {
    const headline = `${properName(proxy.name)} itself answered: none of its rules takes ${path.split('?')[0]} on this host`;
    return [finding('ROUTE_PROXY_NOT_FOUND', { ...shared, confidence: 'strong', headline })];
  }
  if (status === 405)
    return [
      finding('ROUTE_METHOD', {
        ...shared,
        confidence: 'strong',
        detail: `It takes ${fieldOf(baseline, 'allow') ?? 'other methods'}.`,
      }),
    ];
  const isPage =
    status === 200 && /html/i.test(fieldOf(baseline, 'content-type') ?? bodyOf(baseline).slice(0, 20));
  const candidates = candidatesOf(own, seen, isEverywhere, isPage);
  const isUndecided = candidates.length > 1;
  const decide = `on the server  handfast reflect :PORT\nhere           ${own.command('--reflect')}`;
  return candidates.map(([code, headline]) =>
    finding(code, {
      ...shared,
      confidence: isUndecided ? 'likely' : 'strong',
      headline,
      ...(isUndecided && { decide }),
    }),
  );
}

/** Proxies that serve files themselves say how they may be fetched in parts, and when they were changed. */
function isStaticFile(seen: Observation): boolean {
  return ['last-modified', 'accept-ranges'].every((name) => fieldOf(seen, name) !== undefined);
}

function isEmptyPage(seen: Observation): boolean {
  return statusOf(seen) === 200 && bodyOf(seen) === '';
}

type Candidate = readonly [code: string, headline: string];

function candidatesOf(
  own: Case,
  { baseline }: Seen,
  isEverywhere: boolean,
  isPage: boolean,
): readonly Candidate[] {
  const hasProxy = own.isProxied;
  const status = statusOf(baseline);
  const stripped: Candidate = ['PROXY_UPGRADE_STRIPPED', 'Nobody on the path read your Upgrade'];
  if (isPage && isEverywhere) {
    const fallback: Candidate = [
      'ROUTE_SPA_FALLBACK',
      'Every path gets the same page, this one and one that nobody has',
    ];
    return hasProxy && !isStaticFile(baseline) ? [stripped, fallback] : [fallback];
  }
  if (status === 404) {
    const missing: Candidate = [
      'ROUTE_NOT_FOUND',
      `The application knows no ${own.target.path.split('?')[0]}`,
    ];
    return hasProxy ? [stripped, missing] : [missing];
  }
  if (status === 200 && isEverywhere) {
    return [
      [
        'HTTP_NO_UPGRADE_LISTENER',
        'The server answers every request alike: no WebSocket server is attached to it',
      ],
    ];
  }
  if (status === 200) {
    const plain: Candidate = ['ROUTE_HTTP_200', 'The path belongs to an ordinary HTTP endpoint'];
    return hasProxy ? [plain, stripped] : [plain];
  }
  if (hasProxy) return [stripped];
  const unattached: Candidate = [
    'HTTP_NO_UPGRADE_LISTENER',
    'The server has read no Upgrade, and no proxy shows itself',
  ];
  return /web ?socket|upgrade/i.test(bodyOf(baseline)) ? [unattached, stripped] : [unattached];
}
