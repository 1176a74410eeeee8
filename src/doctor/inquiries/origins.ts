// Knows: which pages may open the socket: a foreign origin, none that has a name, one that looks alike; with a control that tells a
// public feed from a session that can be taken over. RFC 6455 §10.2. Must not know: handshakes that were refused (`forbidden.ts`).
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { isOpen, isReaction, resultOf, sentField, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import type { Target } from '../target.js';
import { unsteady } from './steady.js';

export function* origins(own: Case): Inquiry<void> {
  const { nonce, ownOrigin } = own.target;
  const evil = `https://zz-${nonce}.example`;
  const foreign = yield* ask(own.variant('origin-foreign', `Origin: ${evil}`, { origin: evil }));
  if (!isReaction(foreign)) return;
  if (isOpen(foreign)) return yield* unchecked(own, foreign);
  const nobody = yield* ask(own.variant('origin-null', 'Origin: null', { origin: 'null' }));
  const alike = `${ownOrigin.replace(/:\d+$/, '')}.zz-${nonce}.example`;
  const lookalike = yield* ask(own.variant('origin-alike', `Origin: ${alike}`, { origin: alike }));
  const all = [foreign, nobody, lookalike];
  const bypass = all.filter(isOpen);
  if (bypass.length > 0) return yield* bypassed(own, all, bypass);
  if (!all.every(isReaction)) return;
  own.ran.add('origin');
  const statuses = new Set(all.map(statusOf));
  own.merits.set('foreign origins refused with 403', statuses.size === 1 && statuses.has(403));
  const how = statuses.size === 1 ? ` with ${statusOf(foreign) || resultOf(foreign)}` : '';
  const text = `foreign, null and look-alike origins are refused${how}`;
  own.stage({ stage: 'origin', name: 'Origin', mark: 'good', text, probes: all.map(({ id }) => id) });
}

/** A list of origins that is read wrongly. With a cookie that opens the door it is as bad as none. */
function* bypassed(own: Case, all: readonly Observation[], bypass: readonly Observation[]): Inquiry<void> {
  if (yield* isUnsteady(own, all[0]!)) return;
  own.ran.add('origin');
  const names = bypass.map(({ probe }) => probe.about).join(' and ');
  const control = hasCookie(own.target) ? yield* withoutCookie(own, bypass[0]!) : undefined;
  const isAmbient = control !== undefined && opensByCookie(control);
  const detail = `A foreign origin is refused, and yet "${names}" gets in.`;
  const found = finding('SEC_ORIGIN_BYPASS', {
    confidence: 'proven',
    severity: isAmbient ? 'error' : 'warn',
    detail: isAmbient
      ? `${detail} Without your cookie it does not: a page of anybody acts as the user.`
      : detail,
    steps: [...all, ...(control === undefined ? [] : [control])].map((seen) => step(seen)),
    hops: own.hopNames,
  });
  own.findings.push(isAmbient ? { ...found, cap: 'F' } : found);
  own.stage({
    stage: 'origin',
    name: 'Origin',
    mark: isAmbient ? 'bad' : 'warn',
    text: `a foreign origin is refused, but ${names} is not`,
    probes: all.map(({ id }) => id),
  });
}

/** Whether the same origin fares otherwise a second time; then nothing can be said of any. */
function* isUnsteady(own: Case, first: Observation, key = `${first.probe.key}-again`): Inquiry<boolean> {
  const origin = sentField(first, 'origin');
  const again = yield* ask(own.variant(key, `${first.probe.about}, once more`, { origin }));
  if (!isReaction(again) || isOpen(again) === isOpen(first)) return false;
  own.findings.push({ ...unsteady(own, first, again), severity: 'warn' });
  const text = 'the same origin is refused one time and gets in another';
  own.stage({ stage: 'origin', name: 'Origin', mark: 'warn', text, probes: [first.id, again.id] });
  return true;
}

/** Every page may connect. Whether that is dangerous depends on what the browser sends along by itself. */
function* unchecked(own: Case, foreign: Observation): Inquiry<void> {
  const finding = hasCookie(own.target) ? yield* withCookie(own, foreign) : openToAll(own, foreign);
  if (finding === undefined) return;
  own.ran.add('origin');
  own.findings.push(finding);
  const text = `a foreign origin gets in${finding.code === 'SEC_CSWSH' ? ', and with your cookie' : ''}`;
  const mark = finding.severity === 'error' ? 'bad' : 'warn';
  own.stage({ stage: 'origin', name: 'Origin', mark, text, probes: [foreign.id] });
}

function hasCookie({ cookie, headers }: Target): boolean {
  return cookie !== undefined || headers.some(([name]) => name.toLowerCase() === 'cookie');
}

const NO_COOKIE =
  'I saw no sign that the browser of a user brings credentials along; give --cookie to check that.';

function openToAll(own: Case, foreign: Observation, aboutCookie = NO_COOKIE): Finding {
  const severity = own.target.public ? 'note' : 'warn';
  const found = finding('SEC_ORIGIN_UNCHECKED', {
    confidence: 'proven',
    severity,
    detail: own.target.public
      ? 'Any page may open this socket, and you say that any page may.'
      : `Any page may open this socket. ${aboutCookie}`,
    steps: [step(foreign)],
    hops: own.hopNames,
  });
  if (!own.target.public) return found;
  const { cap: _, ...uncapped } = found;
  return uncapped;
}

/**
 * The control: the same without the cookie. When that is refused, the cookie opened the door for a foreign page. Undefined when the
 * answers change by chance.
 */
function* withCookie(own: Case, foreign: Observation): Inquiry<Finding | undefined> {
  const bare = yield* withoutCookie(own, foreign);
  if (isOpen(bare)) return openToAll(own, foreign, 'Without your cookie it opens just the same.');
  if (!opensByCookie(bare))
    return openToAll(own, foreign, `Whether your cookie opens it is not known: ${resultOf(bare)}.`);
  // Twice, one right behind the other: two servers that take turns never both answer the same.
  if ((yield* isUnsteady(own, foreign)) || (yield* isUnsteady(own, foreign, 'origin-foreign-2')))
    return undefined;
  const steps = [
    step(foreign, 'with your cookie'),
    step(bare),
    remark('Only the cookie changed between these.'),
  ];
  const detail =
    'A page of anybody opens the socket as the user whose browser it is shown in: it may read and send what the user may.';
  return finding('SEC_CSWSH', { confidence: 'proven', severity: 'error', detail, steps, hops: own.hopNames });
}

function* withoutCookie(own: Case, seen: Observation): Inquiry<Observation> {
  const origin = sentField(seen, 'origin');
  const key = `${seen.probe.key}-bare`;
  return yield* ask(own.variant(key, 'the same without your cookie', { origin, cookie: null }));
}

/** Only somebody who says no without the cookie shows that the cookie is what opens; who breaks down says nothing. */
function opensByCookie(bare: Observation): boolean {
  return isReaction(bare) && !isOpen(bare) && statusOf(bare) < 500;
}
