// Knows: which pages may open the socket: a foreign origin, none that has a name, one that looks alike; with a control that tells a
// public feed from a session that can be taken over. RFC 6455 §10.2. Must not know: handshakes that were refused (`forbidden.ts`).
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { isOpen, statusOf } from '../reading.js';
import type { Finding } from '../report.js';

export function* origins(own: Case): Inquiry<void> {
  const { nonce, ownOrigin } = own.target;
  const evil = `https://zz-${nonce}.example`;
  const foreign = yield* ask(own.variant('origin-foreign', `Origin: ${evil}`, { origin: evil }));
  if (foreign.skipped !== undefined) return;
  own.ran.add('origin');
  own.merits.set('foreign origins refused with 403', statusOf(foreign) === 403);
  if (isOpen(foreign)) return yield* unchecked(own, foreign);
  const nobody = yield* ask(own.variant('origin-null', 'Origin: null', { origin: 'null' }));
  const alike = `${ownOrigin.replace(/:\d+$/, '')}.zz-${nonce}.example`;
  const lookalike = yield* ask(own.variant('origin-alike', `Origin: ${alike}`, { origin: alike }));
  const steps = [step(foreign), step(nobody), step(lookalike)];
  const bypass = [nobody, lookalike].filter(isOpen);
  const probes = steps.map(({ probe }) => probe);
  if (bypass.length === 0) {
    const statuses = new Set([foreign, nobody, lookalike].map(statusOf));
    const text = `foreign, null and look-alike origins are refused${statuses.size === 1 ? ` with ${statusOf(foreign)}` : ''}`;
    return own.stage({ stage: 'origin', name: 'Origin', mark: 'good', text, probes });
  }
  const names = bypass.map(({ probe }) => probe.about).join(' and ');
  const detail = `A foreign origin is refused, and yet "${names}" gets in.`;
  own.findings.push(
    finding('SEC_ORIGIN_BYPASS', {
      confidence: 'proven',
      severity: 'warn',
      detail,
      steps,
      hops: own.hopNames,
    }),
  );
  own.stage({
    stage: 'origin',
    name: 'Origin',
    mark: 'warn',
    text: `a foreign origin is refused, but ${names} is not`,
    probes,
  });
}

/** Every page may connect. Whether that is dangerous depends on what the browser sends along by itself. */
function* unchecked(own: Case, foreign: Observation): Inquiry<void> {
  const finding = own.target.cookie === undefined ? openToAll(own, foreign) : yield* withCookie(own, foreign);
  own.findings.push(finding);
  const text = `a foreign origin gets in${finding.code === 'SEC_CSWSH' ? ', and with your cookie' : ''}`;
  const mark = finding.severity === 'error' ? 'bad' : 'warn';
  own.stage({ stage: 'origin', name: 'Origin', mark, text, probes: [foreign.id] });
}

function openToAll(own: Case, foreign: Observation): Finding {
  const severity = own.target.public ? 'note' : 'warn';
  const found = finding('SEC_ORIGIN_UNCHECKED', {
    confidence: 'proven',
    severity,
    detail: own.target.public
      ? 'Any page may open this socket, and you say that any page may.'
      : 'Any page may open this socket. I saw no sign that the browser of a user brings credentials along; give --cookie to check that.',
    steps: [step(foreign)],
    hops: own.hopNames,
  });
  if (!own.target.public) return found;
  const { cap: _, ...uncapped } = found;
  return uncapped;
}

/** The control: the same without the cookie. When that is refused, the cookie opened the door for a foreign page. */
function* withCookie(own: Case, foreign: Observation): Inquiry<Finding> {
  const origin =
    foreign.probe.kind === 'exchange' ? /^origin: *(\S+)/im.exec(foreign.probe.request)?.[1] : undefined;
  const bare = yield* ask(
    own.variant('origin-foreign-bare', 'the same without your cookie', {
      origin: origin ?? null,
      cookie: null,
    }),
  );
  if (isOpen(bare)) return openToAll(own, foreign);
  const steps = [
    step(foreign, 'with your cookie'),
    step(bare),
    remark('Only the cookie changed between these.'),
  ];
  const detail =
    'A page of anybody opens the socket as the user whose browser it is shown in: it may read and send what the user may.';
  return finding('SEC_CSWSH', { confidence: 'proven', severity: 'error', detail, steps, hops: own.hopNames });
}
