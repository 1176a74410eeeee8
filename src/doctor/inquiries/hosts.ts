// Knows: servers that take only hosts which they list (a guard against rebinding), and proxies that do not know the host.
// Must not know: origins. RFC 9110 §7.2.
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, bodyOf, isOpen, statusOf } from '../reading.js';
import type { Finding } from '../report.js';

const WORDS =
  /invalid host|host (?:is )?not allowed|host header|unknown host|DisallowedHost|blocked request.*host/is;

/** Undefined unless the body speaks of the host, or the status is the one for it. */
export function* hostRefused(own: Case, baseline: Observation): Inquiry<Finding | undefined> {
  const isTold = WORDS.test(bodyOf(baseline));
  if (!isTold && statusOf(baseline) !== 421) return undefined;
  const host = `localhost:${own.target.port}`;
  const origin =
    own.target.origin === own.target.ownOrigin
      ? `${own.target.secure ? 'https' : 'http'}://${host}`
      : own.target.origin;
  const local = yield* ask(own.variant('host-local', `Host: ${host}`, { host, origin }));
  const steps = [step(baseline, bodyLine(baseline, 80)), step(local)];
  const code = statusOf(baseline) === 421 ? 'ROUTE_MISDIRECTED' : 'ROUTE_BAD_HOST';
  if (!isOpen(local)) return finding(code, { confidence: 'strong', detail: '', steps, hops: own.hopNames });
  const detail = `With another Host it opens: ${own.target.authority} is not on its list of hosts.`;
  return finding(code, {
    confidence: 'proven',
    detail,
    steps: [...steps, remark('Only the Host changed between these, and with it an Origin of the same name.')],
    hops: own.hopNames,
  });
}
