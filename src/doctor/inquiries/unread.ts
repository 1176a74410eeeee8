// Knows: why a handshake was answered like an ordinary request, or in words of a WebSocket server that did not see all of it: 200, 400,
// 404, 405, 426, 501. Must not know: statuses that say their cause. The tell is whether a plain request and one of version 99
// get the same answer: then nobody read the Upgrade (RFC 9110 §7.6.1, §7.8; RFC 6455 §4.4).
import { spell } from '../../forensics/first-bytes.js';
import { printable } from '../../reason.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, bodyOf, fieldOf, headOf, isReaction, isSameAnswer, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import { bisect, wantsSubprotocol } from './bisect.js';
import { alikeSteps, type Controlled } from './controls.js';
import { hostRefused } from './hosts.js';
import { bySibling, guess, lostPrefix, slashed } from './paths.js';
import { damage, MISSES_CONNECTION, MISSES_EITHER, MISSES_UPGRADE, versionsOf } from './server-words.js';
import { codeOfStatus, turnedDown } from './turned-down.js';

export function* unread(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const foreign = spell(Buffer.from(bodyOf(baseline)));
  if (foreign !== undefined && SERVICES.has(foreign.service))
    return [wrongService(own, baseline, foreign.text)];
  const host = yield* hostRefused(own, baseline);
  if (host !== undefined) return [host];
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade', { upgrade: null }));
  const canary = yield* ask(own.variant('version-99', 'version 99', { version: '99' }));
  const seen = { baseline, plain, canary };
  if (isSameAnswer(baseline, plain) && isSameAnswer(baseline, canary)) return yield* nobodyRead(own, seen);
  const isRead = [plain, canary].some((other) => isReaction(other) && !isSameAnswer(baseline, other));
  return isRead ? yield* turnedDown(own, seen) : [untold(own, seen)];
}

/** With one control alone, and the same answer to it, nobody knows whether the Upgrade was read. */
function untold(own: Case, { baseline, plain, canary }: Controlled): Finding {
  const status = statusOf(baseline);
  const code = codeOfStatus(status);
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

// Nobody read the Upgrade.

function* nobodyRead(own: Case, seen: Controlled): Inquiry<readonly Finding[]> {
  const { baseline } = seen;
  // What cannot be found has words of many kinds, also about WebSocket.
  const words = statusOf(baseline) === 404 ? '' : bodyOf(baseline).trim();
  const another = otherVersion(own, seen) ?? otherProtocol(own, seen);
  if (another !== undefined) return [another];
  const missed = missedIn(words);
  if (missed.length > 0) return lost(own, seen, missed);
  const damaged = damage(words);
  if (damaged !== undefined) {
    const [code, detail] = damaged;
    return [finding(code, { confidence: 'strong', detail, steps: alikeSteps(seen), hops: own.hopNames })];
  }
  // A server that lists its versions is one of WebSocket, and it has read ours in none of the three.
  const isStack = statusOf(baseline) === 426 || versionsOf(baseline) !== undefined;
  if (isStack) return lost(own, seen, ['Upgrade']);
  const login = loginPage(own, seen);
  if (login !== undefined) return [login];
  const slash = yield* slashed(own, seen);
  if (slash !== undefined) return [slash];
  const prefix = lostPrefix(own, seen);
  if (prefix !== undefined) return [prefix];
  const guessed = yield* guess(own, seen);
  if (guessed !== undefined) return [guessed];
  if (statusOf(baseline) === 400) {
    const steps = alikeSteps(seen, 'the same');
    const named = (yield* bisect(own, baseline, steps)) ?? wantsSubprotocol(own, baseline, steps);
    if (named !== undefined) return [named];
    if (isUnreadable(baseline)) return [unreadable(own, seen)];
  }
  return yield* bySibling(own, seen);
}

/** Some guards answer everybody whom they do not know with the page to sign in, and with 200. */
function loginPage(own: Case, seen: Controlled): Finding | undefined {
  if (statusOf(seen.baseline) !== 200 || !/<input\b[^>]*\btype=["']?password\b/i.test(bodyOf(seen.baseline)))
    return undefined;
  const headline = 'A page to sign in answered in place of the endpoint';
  const fix =
    'Send the session of a user who is signed in (here: --cookie). Let the guard answer 401 to handshakes: a WebSocket cannot show a page.';
  const steps = alikeSteps(seen, 'the same');
  return finding('AUTH_REQUIRED', { confidence: 'likely', headline, fix, steps, hops: own.hopNames });
}

/** RFC 6455 §4.4: it lists what it speaks, and ours is not there. Whether it read ours is another matter. */
function otherVersion(own: Case, seen: Controlled): Finding | undefined {
  const listed = versionsOf(seen.baseline);
  if (listed === undefined || /\b13\b/.test(listed)) return undefined;
  const detail = `It speaks ${listed}, not 13.`;
  const steps = alikeSteps(seen, 'the same');
  return finding('ROUTE_VERSION', { confidence: 'strong', detail, steps, hops: own.hopNames });
}

/** RFC 9110 §15.5.22: a 426 names the protocol that it wants, and that need not be WebSocket. */
function otherProtocol(own: Case, seen: Controlled): Finding | undefined {
  const wanted = fieldOf(seen.baseline, 'upgrade');
  if (statusOf(seen.baseline) !== 426 || wanted === undefined || /websocket/i.test(wanted)) return undefined;
  const headline = `This path wants "Upgrade: ${printable(wanted, 60)}", which is no WebSocket`;
  const detail = 'It says the same to a plain request: it is an endpoint of another protocol.';
  const steps = alikeSteps(seen, 'the same');
  return finding('HTTP_STATUS', { confidence: 'strong', headline, detail, steps, hops: own.hopNames });
}

type Field = 'Upgrade' | 'Connection';

/** What a WebSocket server misses by its own words. Who looks at Connection first cannot say whether Upgrade is still there. */
function missedIn(words: string): readonly Field[] {
  if (MISSES_EITHER.test(words)) return ['Upgrade', 'Connection'];
  if (MISSES_CONNECTION.test(words)) return ['Connection'];
  return MISSES_UPGRADE.test(words) ? ['Upgrade'] : [];
}

function lost(own: Case, seen: Controlled, fields: readonly Field[]): readonly Finding[] {
  const cached = [seen.canary, seen.baseline].find(isCached);
  if (cached !== undefined) {
    const detail = 'This answer came out of a cache: no handshake may be answered from there.';
    own.findings.push(
      finding('PROXY_CACHED', { confidence: 'proven', severity: 'warn', detail, steps: [step(cached)] }),
    );
  }
  const found = fields.map((field) => lostField(own, seen, field));
  const decide = own.command('--reflect');
  return found.length === 1 ? found : found.map((one) => ({ ...one, confidence: 'likely', decide }));
}

function lostField(own: Case, seen: Controlled, field: Field): Finding {
  const meaning =
    statusOf(seen.baseline) === 426
      ? '426 means "send Upgrade". We did'
      : `The server misses ${field}. We sent it`;
  const steps = [
    ...alikeSteps(seen),
    remark(`${meaning}, so something between us and the server removed it.`),
    remark(
      'Upgrade and Connection are hop by hop (RFC 9110 §7.6.1): a proxy drops them unless told otherwise.',
    ),
  ];
  const code = field === 'Upgrade' ? 'PROXY_UPGRADE_STRIPPED' : 'PROXY_CONNECTION_LOST';
  const headline = `A WebSocket server answered, but your ${field} did not reach it`;
  return finding(code, { confidence: 'proven', headline, steps, hops: own.hopNames });
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

function unreadable(own: Case, seen: Controlled): Finding {
  const detail =
    'The server could not read the request as HTTP, and ours was right: something writes a line in front of it that the server does not expect.';
  return finding('TCP_PROXY_PROTOCOL', {
    confidence: 'likely',
    detail,
    steps: alikeSteps(seen, 'the same'),
    hops: own.hopNames,
  });
}
