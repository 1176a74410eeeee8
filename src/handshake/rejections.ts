// Knows: every reason of the opening handshake in one table, and which of them an answer other than 101 means.
// Must not know: how the requests and 101s are judged; `request.ts` and `response.ts` hold the rules.

import type { Reason, Rejection } from '../reason.js';
import { defaultPort } from './fields.js';
import type { Carrier, Fields } from './head.js';
import { http2Reasons } from './http2-reasons.js';
import { refusalReasons } from './refusal-reasons.js';
import { requestReasons } from './request-reasons.js';
import { responseReasons } from './response-reasons.js';
import { statusReasons } from './status-reasons.js';
import { withoutQuery } from './target.js';

export { refusalReasons, requestReasons, responseReasons, statusReasons };

/** All rows of this room by code. */
export const handshakeReasons = Object.freeze({
  ...http2Reasons,
  ...requestReasons,
  ...refusalReasons,
  ...statusReasons,
  ...responseReasons,
});

export type HandshakeCode = keyof typeof handshakeReasons;

// RFC 9110 §15 for the numbers; 520 to 524 are Cloudflare's own.
const BY_STATUS: ReadonlyMap<number, Reason> = new Map([
  [401, refusalReasons.AUTH_REQUIRED],
  [403, refusalReasons.AUTH_FORBIDDEN],
  [404, refusalReasons.ROUTE_NOT_FOUND],
  [405, statusReasons.ROUTE_METHOD],
  [407, statusReasons.FWD_AUTH],
  [408, refusalReasons.REQ_HEAD_TIMEOUT],
  [410, statusReasons.ROUTE_GONE],
  [413, requestReasons.REQ_BODY_TOO_LARGE],
  [414, requestReasons.REQ_LINE_TOO_LONG],
  [421, refusalReasons.ROUTE_MISDIRECTED],
  [426, statusReasons.ROUTE_VERSION],
  [429, refusalReasons.ROUTE_RATE_LIMIT],
  [431, statusReasons.ROUTE_HEADERS_TOO_LARGE],
  [500, refusalReasons.ROUTE_SERVER_ERROR],
  [502, statusReasons.PROXY_UPSTREAM_DOWN],
  [503, statusReasons.PROXY_UPSTREAM_DOWN],
  [504, statusReasons.PROXY_UPSTREAM_TIMEOUT],
  [505, requestReasons.REQ_HTTP_VERSION],
  [520, statusReasons.PROXY_UPSTREAM_RESET],
  [521, statusReasons.PROXY_UPSTREAM_DOWN],
  [522, statusReasons.PROXY_UPSTREAM_TIMEOUT],
  [523, statusReasons.PROXY_UPSTREAM_DOWN],
  [524, statusReasons.PROXY_UPSTREAM_TIMEOUT],
]);

/** The status that opens a connection: RFC 6455 §4.1; RFC 8441 §5. */
export const OPENING_STATUS: Readonly<Record<Carrier, number>> = Object.freeze({ h1: 101, h2: 200 });

/**
 * Why a server answered something else than 101 (or 200 on HTTP/2), as far as the answer alone tells. A body of
 * `application/problem+json` that names a code of ours decides; otherwise the status and the fields do.
 * `url` is the URL that was asked, for redirects.
 */
export function reasonOfRefusal(
  status: number,
  fields: Fields,
  body = '',
  url?: string,
  carrier: Carrier = 'h1',
): Rejection {
  const wanted = String(OPENING_STATUS[carrier]);
  const reason = namedReason(fields, body) ?? reasonOfStatus(status, fields, body, url);
  const field = status >= 300 && status < 400 ? fields.get('location') : undefined;
  const evidence =
    field === undefined
      ? { field: 'status', seen: String(status), wanted }
      : { field: 'Location', seen: withoutQuery(field), wanted };
  return { reason, evidence };
}

function namedReason(fields: Fields, body: string): Reason | undefined {
  const type = fields.get('content-type')?.toLowerCase() ?? '';
  if (!type.startsWith('application/problem+json')) return undefined;
  try {
    const { code } = JSON.parse(body);
    return typeof code === 'string' && Object.hasOwn(handshakeReasons, code)
      ? handshakeReasons[code as HandshakeCode]
      : undefined;
  } catch {
    return undefined;
  }
}

function reasonOfStatus(status: number, fields: Fields, body: string, url: string | undefined): Reason {
  // RFC 9110 §15.2: an interim answer; the final one is still to come.
  if (status < 200) return responseReasons.HTTP_INTERIM;
  if (status < 300) return status === 200 ? statusReasons.ROUTE_HTTP_200 : statusReasons.HTTP_STATUS;
  if (status < 400) return reasonOfRedirect(fields.get('location'), url);
  if (status === 400) return reasonOf400(fields, body);
  if (status === 401 && fields.combined('www-authenticate')?.includes('invalid_token')) {
    return refusalReasons.AUTH_TOKEN_INVALID;
  }
  if (status === 503 && fields.has('retry-after')) return refusalReasons.ROUTE_MAINTENANCE;
  return BY_STATUS.get(status) ?? statusReasons.HTTP_STATUS;
}

function reasonOf400(fields: Fields, body: string): Reason {
  // RFC 6455 §4.4: a server that does not speak the version lists those that it does.
  if (fields.has('sec-websocket-version')) return statusReasons.ROUTE_VERSION;
  const isNginxPage = body.includes('Request Header Or Cookie Too Large');
  return isNginxPage ? statusReasons.ROUTE_HEADERS_TOO_LARGE : statusReasons.HTTP_STATUS;
}

/** Not the lessons, the designs and the authors, which have the same letters. */
const LOGIN_WORDS =
  /log-?in|(?<![a-z])sign[-_]?in(?!g)|\/auth(?![a-z])|authenticat|authoriz|oauth|(?<![a-z])sso(?![a-z])|saml|openid/;

function reasonOfRedirect(location: string | undefined, url: string | undefined): Reason {
  if (location === undefined) return statusReasons.HTTP_STATUS;
  if (isSameOverTls(location, url)) return statusReasons.ROUTE_REDIRECT_TLS;
  const path = withoutQuery(location).toLowerCase();
  if (LOGIN_WORDS.test(path)) return statusReasons.ROUTE_REDIRECT_LOGIN;
  return statusReasons.ROUTE_REDIRECT;
}

function isSameOverTls(location: string, url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url) || !URL.canParse(location)) return false;
  const [from, to] = [new URL(url), new URL(location)];
  if (defaultPort(from.protocol.slice(0, -1)) !== 80 || defaultPort(to.protocol.slice(0, -1)) !== 443)
    return false;
  return from.hostname === to.hostname && from.pathname === to.pathname;
}
