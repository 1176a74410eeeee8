// Knows: why a handshake is answered with 401: which credentials are wanted, by whom, and whether it is about them at all.
// Must not know: other statuses. RFC 9110 §11.6.1, RFC 6750 §3.
import { refusalReasons } from '../../handshake/rejections.js';
import { isSecretName, isSecretParameter, isTokenLike } from '../../reason.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import type { Inquiry, Observation } from '../observation.js';
import { bodyLine, bodyOf, fieldOf } from '../reading.js';
import type { Finding } from '../report.js';
import type { Target } from '../target.js';
import { refusedOrigin } from './forbidden.js';

export function* unauthorized(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  // RFC 9110 §11.6.1: a 401 says how to authenticate. Without that it is often a 403 by another name.
  const byOrigin =
    fieldOf(baseline, 'www-authenticate') === undefined ? yield* refusedOrigin(own, baseline) : undefined;
  return byOrigin ?? [challenged(own, baseline)];
}

function challenged(own: Case, baseline: Observation): Finding {
  const challenge = fieldOf(baseline, 'www-authenticate') ?? '';
  const schemes = schemesOf(challenge);
  const steps = [step(baseline, challenge === '' ? bodyLine(baseline) : `WWW-Authenticate: ${challenge}`)];
  const shared = { confidence: 'strong' as const, steps, hops: own.hopNames };
  if (/invalid_token/i.test(challenge) && hasCredentials(own.target)) {
    return finding('AUTH_TOKEN_INVALID', {
      ...shared,
      confidence: 'proven',
      detail: 'The server read a token and does not take it.',
    });
  }
  const proxy = own.wrote('proxy') ?? (bodyOf(baseline) === '' ? own.proxies[0] : undefined);
  if (schemes.some((scheme) => /^basic$/i.test(scheme)) && proxy !== undefined) {
    const detail = `${proxy.name} itself asks for a user and a password; the server behind it was not reached. Browsers cannot send them with a WebSocket.`;
    return finding('AUTH_BASIC_VIA_PROXY', { ...shared, detail });
  }
  const isBrowser = own.target.profile === 'chrome' || own.target.profile === 'firefox';
  if (schemes.some((scheme) => /^bearer$/i.test(scheme))) {
    const detail = 'The server wants a field that the API of browsers cannot set.';
    const found = finding('AUTH_HEADER_IN_BROWSER', {
      ...shared,
      detail,
      severity: isBrowser ? 'error' : 'note',
    });
    if (isBrowser) return found;
    own.findings.push(found);
  }
  const detail =
    schemes.length === 0
      ? 'It does not say which credentials it takes.'
      : `It takes ${schemes.join(' or ')} credentials.`;
  return finding(refusalReasons.AUTH_REQUIRED.code, { ...shared, detail });
}

/** The names of the schemes; a field may offer several (RFC 9110 §11.6.1). */
function schemesOf(challenge: string): readonly string[] {
  const parts = challenge.replace(/"(?:[^"\\]|\\.)*"/g, '""').split(',');
  return parts.flatMap((part) => /^\s*([\w-]+)(?:\s+(?!=)|\s*$)/.exec(part)?.[1] ?? []);
}

/** Some servers call a token invalid that nobody has sent. */
function hasCredentials({ headers, cookie, subprotocols, url }: Target): boolean {
  return (
    cookie !== undefined ||
    headers.some(([name]) => isSecretName(name)) ||
    subprotocols.some((name) => isTokenLike(name) || name.startsWith('redacted-')) ||
    [...new URL(url).searchParams.keys()].some(isSecretParameter)
  );
}
