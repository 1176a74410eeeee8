// Knows: why a handshake is answered with 403: the origin, a filter of robots, an address, a role. RFC 6455 §4.2.2, §10.2.
// Must not know: other statuses. The origin is proved by sending the request again with another one.
import { properName } from '../../forensics/program-names.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, bodyOf, isOpen, isReaction, isSameAnswer, problemCode } from '../reading.js';
import type { Finding } from '../report.js';
import { hostRefused } from './hosts.js';

export function* forbidden(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const byHost = yield* hostRefused(own, baseline);
  if (byHost !== undefined) return [byHost];
  const byOrigin = yield* refusedOrigin(own, baseline);
  if (byOrigin !== undefined) return byOrigin;
  const byRobot = yield* filtered(own, baseline);
  if (byRobot !== undefined) return [byRobot];
  return yield* forbiddenToAll(own, baseline);
}

/** Undefined when no other origin, and none at all, changes the answer. */
export function* refusedOrigin(own: Case, baseline: Observation): Inquiry<readonly Finding[] | undefined> {
  const { origin, ownOrigin } = own.target;
  if (origin === null) return yield* wantsOrigin(own, baseline);
  const none = yield* ask(own.variant('origin-none', 'no Origin', { origin: null }));
  const others = [none];
  if (origin !== ownOrigin) {
    others.push(yield* ask(own.variant('origin-own', `Origin: ${ownOrigin}`, { origin: ownOrigin })));
  }
  if (!others.some(isOpen)) {
    const code = problemCode(baseline);
    return code?.startsWith('ORIGIN_') ? [saidOrigin(own, baseline, others, code)] : undefined;
  }
  const steps = [
    step(baseline, undefined, `Origin: ${origin}`),
    ...others.map((seen) => step(seen)),
    remark('Only the Origin changed between these. A browser always sends it, and a page cannot change it.'),
  ];
  const shared = { confidence: 'proven' as const, hops: own.hopNames };
  const remarks = isOpen(none)
    ? {
        remarks: [
          {
            label: 'Note',
            text: `${none.id}: clients that are no browsers get in without Origin. Fine if they authenticate.`,
          },
        ],
      }
    : {};
  if (origin === 'null')
    return [
      finding('ORIGIN_NULL', {
        ...shared,
        ...remarks,
        detail: 'Pages without an origin (files, sandboxed frames) send "null".',
        steps,
      }),
    ];
  if (origin === ownOrigin) return yield* ownOriginRefused(own, steps, remarks);
  const headline = 'The server refuses your Origin';
  const fix = `Add ${origin} to the allow-list. Scheme, host and port count. Do not let everybody in: that opens the socket to every web page.`;
  return [finding('ORIGIN_REJECTED', { ...shared, ...remarks, headline, steps, fix })];
}

function saidOrigin(own: Case, baseline: Observation, others: readonly Observation[], code: string): Finding {
  const steps = [step(baseline), ...others.map((seen) => step(seen))];
  const detail = `The server says so itself: ${bodyLine(baseline, 200)}`;
  return finding(code, { confidence: 'strong', detail, steps, hops: own.hopNames });
}

const OWN_REFUSED = 'The server refuses the origin of its own URL';

/** The URL's own origin is refused: most often the server compares it with a Host that a proxy has rewritten. */
function* ownOriginRefused(
  own: Case,
  steps: Finding['steps'],
  remarks: Pick<Finding, 'remarks'> | object,
): Inquiry<readonly Finding[]> {
  const { ownOrigin, authority } = own.target;
  const portless = ownOrigin.replace(/:\d+$/, '');
  if (portless !== ownOrigin) {
    const seen = yield* ask(own.variant('origin-portless', `Origin: ${portless}`, { origin: portless }));
    if (isOpen(seen)) {
      const detail = `It takes ${portless}, the same without the port: the Host that it compares with has lost the port ${authority.slice(authority.lastIndexOf(':') + 1)} on the way.`;
      return [
        finding('ORIGIN_HOST_MISMATCH', {
          confidence: 'proven',
          detail,
          steps: [...steps, step(seen)],
          hops: own.hopNames,
          ...remarks,
        }),
      ];
    }
  }
  const rejected = (decide?: string) =>
    finding('ORIGIN_REJECTED', {
      confidence: decide === undefined ? 'proven' : 'likely',
      headline: OWN_REFUSED,
      detail: `It lists the origins that it takes, and ${ownOrigin} is missing.`,
      steps,
      hops: own.hopNames,
      ...(decide !== undefined && { decide }),
      ...remarks,
    });
  if (own.proxies.length === 0) return [rejected()];
  const decide = own.command('--reflect');
  const proxy = properName(own.proxies[0]!.name);
  const detail = `Behind ${proxy} it most likely compares ${ownOrigin} with a Host that was rewritten.`;
  return [
    finding('ORIGIN_HOST_MISMATCH', {
      confidence: 'likely',
      headline: OWN_REFUSED,
      detail,
      steps,
      decide,
      hops: own.hopNames,
      ...remarks,
    }),
    rejected(decide),
  ];
}

function* wantsOrigin(own: Case, baseline: Observation): Inquiry<readonly Finding[] | undefined> {
  const { ownOrigin } = own.target;
  const seen = yield* ask(own.variant('origin-own', `Origin: ${ownOrigin}`, { origin: ownOrigin }));
  if (!isOpen(seen)) return undefined;
  const steps = [
    step(baseline, undefined, 'no Origin'),
    step(seen),
    remark('Only the Origin changed between these.'),
  ];
  return [
    finding('ORIGIN_REQUIRED', {
      confidence: 'proven',
      detail: 'It takes only clients that say where they come from.',
      steps,
      hops: own.hopNames,
    }),
  ];
}

/** The same request as a browser would write it. */
function* filtered(own: Case, baseline: Observation): Inquiry<Finding | undefined> {
  const profile = own.target.profile === 'chrome' ? 'curl' : 'chrome';
  const seen = yield* ask(own.variant(`profile-${profile}`, `as ${profile} writes it`, { profile }));
  if (!isOpen(seen)) return undefined;
  const detail =
    'The same handshake opens when another program seems to send it: something filters by User-Agent or by the order of the fields.';
  const steps = [step(baseline), step(seen), remark('Only who seems to ask changed between these.')];
  return finding('PROXY_BOT_FILTER', { confidence: 'proven', detail, steps, hops: own.hopNames });
}

function* forbiddenToAll(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade', { upgrade: null }));
  const isSame = isSameAnswer(baseline, plain);
  const isOther = isReaction(plain) && !isSame;
  const steps = [step(baseline, bodyLine(baseline)), step(plain, isSame ? 'the same' : undefined)];
  const mute = bodyOf(baseline) === '' ? own.proxies[0] : undefined;
  const proxy = own.wrote('proxy') ?? own.wrote('platform') ?? mute;
  const shared = { steps, hops: own.hopNames };
  if (own.proxies.some(({ name }) => name === 'envoy') && isOther) {
    const detail = 'Envoy refuses only the upgrade: it is not switched on for this route.';
    return [finding('PROXY_WS_DISABLED', { ...shared, confidence: 'likely', detail })];
  }
  if (proxy?.role === 'platform') {
    const detail = `${proxy.name} itself refuses before the server is asked.`;
    return [finding('PROXY_WAF_BLOCK', { ...shared, confidence: 'likely', detail })];
  }
  if (proxy !== undefined) {
    const decide = `handfast explain "the line of ${proxy.name}'s log"`;
    const detail = `${proxy.name} itself refuses${isSame ? ', handshake or not' : isOther ? ', and only the handshake' : ''}: a rule of its configuration, most often about addresses.`;
    const other = 'Or it asked somebody, and was told that you may not.';
    return [
      finding('AUTH_IP_DENIED', { ...shared, confidence: 'likely', detail, decide }),
      finding('AUTH_FORBIDDEN', { ...shared, confidence: 'possible', detail: other, decide }),
    ];
  }
  const tried = isSame
    ? 'No origin, no other program and no missing Upgrade changes the answer'
    : isOther
      ? 'No origin and no other program changes the answer, and a plain request gets another one'
      : 'Nothing that was tried changes the answer';
  const detail = `${tried}: ${bodyLine(baseline, 120) || 'it says nothing more'}.`;
  return [
    finding('AUTH_FORBIDDEN', {
      ...shared,
      confidence: /role|permission|forbidden|denied/i.test(bodyOf(baseline)) ? 'likely' : 'possible',
      detail,
    }),
  ];
}
