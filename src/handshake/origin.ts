// Knows: which pages may connect (RFC 6455 §10.2, RFC 6454). Browsers send cookies along whichever page opens the
// socket, so this check is what stands between a stranger's page and the user's session.
// Must not know: who the user is, or how a server is configured beyond the policy.
import type { Evidence, Reason, Rejection } from '../reason.js';
import { defaultPort, parseHost, parseOrigin, SyntaxFault } from './fields.js';
import { refusalReasons as reasons } from './rejections.js';

/**
 * `same-origin`: scheme, host and port of the page are those that the client used for this server. A list: origins
 * exactly as browsers serialize them, without patterns; `null` may be listed. A function: its own answer.
 */
export type OriginPolicy = 'same-origin' | 'any-insecure' | readonly string[] | ((origin: string) => boolean);

export interface OriginContext {
  /** The `Host` that the client used. */
  readonly host: string;
  /** Whether the client's side of the connection is TLS. */
  readonly secure: boolean;
  /** Default true: clients that are no browsers send no Origin. */
  readonly allowMissing?: boolean | undefined;
  /** The request's `Sec-Fetch-Site`, a second word on the page's origin from browsers that send it. */
  readonly fetchSite?: string | undefined;
}

/** The reason to refuse this origin, or undefined. `origin` is well formed, as `judgeRequest` checks. */
export function originRejection(
  origin: string | undefined,
  policy: OriginPolicy,
  context: OriginContext,
): Rejection | undefined {
  if (origin === undefined) return missingOrigin(policy, context);
  if (policy === 'any-insecure') return undefined;
  if (policy !== 'same-origin') {
    const isAllowed = typeof policy === 'function' ? policy(origin) === true : policy.includes(origin);
    return isAllowed ? undefined : refused(origin, 'an origin that the server lists');
  }
  return sameOriginRejection(origin, context);
}

function missingOrigin(policy: OriginPolicy, context: OriginContext): Rejection | undefined {
  const { allowMissing = true, fetchSite } = context;
  if (!allowMissing)
    return { reason: reasons.ORIGIN_REQUIRED, evidence: { field: 'Origin', wanted: 'an origin' } };
  // No browser leaves Origin out, so a request that has the one word and lacks the other was tampered with.
  if (fetchSite?.toLowerCase() !== 'cross-site' || policy === 'any-insecure') return undefined;
  const evidence = { field: 'Sec-Fetch-Site', seen: fetchSite, wanted: 'an Origin beside it' };
  return { reason: reasons.ORIGIN_REQUIRED, evidence };
}

function refused(origin: string, wanted: string, reason: Reason = reasons.ORIGIN_REJECTED): Rejection {
  const evidence: Evidence = { field: 'Origin', seen: origin, wanted };
  return { reason: origin === 'null' ? reasons.ORIGIN_NULL : reason, evidence };
}

function sameOriginRejection(origin: string, { host, secure }: OriginContext): Rejection | undefined {
  const scheme = secure ? 'https' : 'http';
  const wanted = `${scheme}://${host.toLowerCase()}`;
  if (origin === wanted) return undefined;
  const page = parseOrigin(origin);
  const here = parseHost(host.toLowerCase());
  // RFC 6454 §5: scheme, host and port, compared exactly. Browsers send the host in lower case.
  if (
    page === 'null' ||
    page instanceof SyntaxFault ||
    here instanceof SyntaxFault ||
    page.name !== here.name
  ) {
    return refused(origin, wanted);
  }
  const isSame = page.scheme === scheme && page.port === (here.port ?? defaultPort(scheme));
  return isSame ? undefined : refused(origin, wanted, reasons.ORIGIN_HOST_MISMATCH);
}
