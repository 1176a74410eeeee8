// Knows: what other paths of the same host tell of an answer that nobody gave to a handshake: with a slash more, with what the error
// page repeats, well-known ones where that was asked for, and one that nobody has. Must not know: words of WebSocket servers.
import { properName } from '../../forensics/program-names.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyOf, fieldOf, isAnswered, isOpen, isReaction, isSameAnswer, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import { alikeSteps, type Controlled } from './controls.js';
import { firstText } from './frameworks.js';

/** The path and its query, which begins with its question mark. */
function partsOf(target: string): readonly [path: string, query: string] {
  const [path = ''] = target.split('?', 1);
  return [path, target.slice(path.length)];
}

export function* slashed(own: Case, seen: Controlled): Inquiry<Finding | undefined> {
  const [path, query] = partsOf(own.target.path);
  if (path === '/') return undefined;
  const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
  const flipped = yield* ask(own.variant('slash', other, { path: `${other}${query}` }));
  if (!isOpen(flipped)) return undefined;
  const steps = [...alikeSteps(seen, 'the same'), step(flipped)];
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
export function lostPrefix(own: Case, seen: Controlled): Finding | undefined {
  const [asked] = partsOf(own.target.path);
  const repeated = /(?:Cannot GET|Route GET:|No route for|not found: ?)\s*(\/[\w./~%-]*)/i.exec(
    bodyOf(seen.baseline),
  )?.[1];
  if (repeated === undefined || repeated === asked) return undefined;
  // Of `/api/ws` a proxy may leave `/ws`, `//ws`, or nothing but `/`.
  const rest = repeated.replace(/^\/+/, '/');
  if (rest !== '/' && !asked.endsWith(rest)) return undefined;
  const steps = [
    ...alikeSteps(seen, 'the same'),
    remark('The error page repeats the path that the app saw.'),
  ];
  const prefix = rest === '/' ? asked.replace(/(?<=.)\/$/, '') : asked.slice(0, asked.length - rest.length);
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

export function* guess(own: Case, seen: Controlled): Inquiry<Finding | undefined> {
  if (!own.target.guess) return undefined;
  for (const path of WELL_KNOWN) {
    if (path === own.target.path) continue;
    const there = yield* ask(own.variant(`guess ${path}`, path, { path }, { listenMs: 200, pings: 0 }));
    if (!isOpen(there)) continue;
    const greeting = firstText(there);
    const steps = [
      ...alikeSteps(seen, 'the same'),
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
export function* bySibling(own: Case, seen: Controlled): Inquiry<readonly Finding[]> {
  const { baseline } = seen;
  const [path] = partsOf(own.target.path);
  const sibling = `${path.slice(0, path.lastIndexOf('/'))}/zz-probe-${own.target.nonce}`;
  const other = yield* ask(own.variant('sibling', sibling, { path: sibling }));
  const isKnown = isAnswered(other) && isReaction(other);
  const isEverywhere = isSameAnswer(baseline, other);
  const note = isEverywhere ? 'the same' : isKnown ? 'another answer' : undefined;
  const steps = [...alikeSteps(seen, 'the same'), step(other, note)];
  const shared = { steps, hops: own.hopNames };
  const status = statusOf(baseline);
  const proxy = own.wrote('proxy') ?? own.wrote('platform');
  if (proxy !== undefined && (status === 404 || isEmptyPage(baseline))) {
    const headline = `${properName(proxy.name)} itself answered: none of its rules takes ${path} on this host`;
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
      confidence: isUndecided || !isKnown ? 'likely' : 'strong',
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
  { baseline }: Controlled,
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
    const missing: Candidate = ['ROUTE_NOT_FOUND', `The application knows no ${partsOf(own.target.path)[0]}`];
    return hasProxy ? [stripped, missing] : [missing];
  }
  if (status === 200 && isEverywhere) {
    const alike: Candidate = [
      'HTTP_NO_UPGRADE_LISTENER',
      'The server answers every request alike: no WebSocket server is attached to it',
    ];
    return hasProxy ? [stripped, alike] : [alike];
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
