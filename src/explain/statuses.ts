// Knows: which causes a status can have when nothing of the answer is known but its number, the likeliest first.
// Must not know: where the number was read. With the fields and the body of the answer handshake/rejections.ts knows more.

import { Fields } from '../handshake/head.js';
import { reasonOfRefusal } from '../handshake/rejections.js';

const bySpecific: Readonly<Record<number, readonly string[]>> = {
  101: ['RESP_UPGRADE_MISSING', 'RESP_UPGRADE_WRONG', 'RESP_CONNECTION_MISSING', 'RESP_CONNECTION_WRONG'],
  200: ['ROUTE_HTTP_200', 'ROUTE_SPA_FALLBACK', 'PROXY_UPGRADE_STRIPPED', 'PROXY_BAD_101'],
  301: ['ROUTE_REDIRECT', 'ROUTE_REDIRECT_TLS', 'ROUTE_TRAILING_SLASH'],
  302: ['ROUTE_REDIRECT', 'ROUTE_REDIRECT_LOGIN', 'ROUTE_REDIRECT_TLS'],
  303: ['ROUTE_REDIRECT_LOGIN', 'ROUTE_REDIRECT'],
  307: ['ROUTE_REDIRECT', 'ROUTE_REDIRECT_TLS'],
  308: ['ROUTE_REDIRECT_TLS', 'ROUTE_REDIRECT', 'ROUTE_TRAILING_SLASH'],
  400: [
    'HTTP_STATUS',
    'PROXY_UPGRADE_STRIPPED',
    'ROUTE_VERSION',
    'ROUTE_SOCKETIO',
    'ROUTE_HEADERS_TOO_LARGE',
    'TLS_MISSING',
  ],
  401: ['AUTH_REQUIRED', 'AUTH_TOKEN_INVALID', 'AUTH_BASIC_VIA_PROXY'],
  403: ['AUTH_FORBIDDEN', 'ORIGIN_REQUIRED', 'AUTH_IP_DENIED', 'PROXY_WAF_BLOCK'],
  404: ['ROUTE_NOT_FOUND', 'ROUTE_PREFIX', 'ROUTE_PROXY_NOT_FOUND', 'PROXY_UPGRADE_STRIPPED'],
  426: ['PROXY_UPGRADE_STRIPPED', 'ROUTE_VERSION'],
  502: ['PROXY_UPSTREAM_DOWN', 'PROXY_UPSTREAM_RESET', 'PROXY_UPSTREAM_TLS', 'PROXY_BAD_101'],
  503: ['PROXY_UPSTREAM_DOWN', 'PROXY_NO_HEALTHY_TARGET', 'ROUTE_MAINTENANCE', 'ROUTE_RATE_LIMIT'],
  504: ['PROXY_UPSTREAM_TIMEOUT'],
};

/** What only a browser runs into: it always sends Origin, and cannot send Authorization. */
const inBrowsers: Readonly<Record<number, readonly string[]>> = {
  401: ['AUTH_REQUIRED', 'AUTH_HEADER_IN_BROWSER', 'AUTH_COOKIE_NOT_SENT'],
  403: ['ORIGIN_REJECTED', 'ORIGIN_HOST_MISMATCH', 'AUTH_FORBIDDEN', 'PROXY_WAF_BLOCK'],
};

/** At least one code; the first is the likeliest. */
export function causesOfStatus(status: number, isBrowser = false): readonly string[] {
  const known = (isBrowser ? inBrowsers[status] : undefined) ?? bySpecific[status];
  return known ?? [reasonOfRefusal(status, new Fields()).reason.code];
}
