// Knows: faults that look the same to every client, so that the first code names the likeliest and the others stand beside it.
// Must not know: the deployments.
import type { Deployment } from '../deployment.js';

type Answer = Pick<Deployment, 'expect' | 'why'>;

/** A WebSocket server that asks for what was sent. */
export const NOT_FORWARDED: Answer = { expect: ['PROXY_UPGRADE_STRIPPED'] };

/** As far as a client can tell, what of the two was lost is one thing; the fix passes both on. */
export const CONNECTION_NOT_FORWARDED: Answer = {
  expect: ['PROXY_UPGRADE_STRIPPED'],
  why: 'ws says the same to a request without Upgrade and to one without Connection; the row with reflect tells them apart',
};

export const CONNECTION_FIRST: Answer = {
  expect: ['PROXY_UPGRADE_STRIPPED', 'PROXY_CONNECTION_LOST'],
  why: 'the server looks for Connection first, and says nothing of Upgrade when that is lost; reflect tells',
};

export const UNREAD_404: Answer = {
  expect: ['PROXY_UPGRADE_STRIPPED', 'ROUTE_NOT_FOUND'],
  why: 'the application answers every request for the path alike; only it knows whether the Upgrade arrived',
};

export const UNREAD_PAGE: Answer = {
  expect: ['PROXY_UPGRADE_STRIPPED', 'ROUTE_SPA_FALLBACK'],
  why: 'the application answers every path with its page; only it knows whether the Upgrade arrived',
};

/** nginx, Caddy and nghttpx. */
export const BAD_GATEWAY: Answer = {
  expect: ['PROXY_UPSTREAM_DOWN', 'PROXY_UPSTREAM_RESET', 'PROXY_UPSTREAM_TLS'],
  why: 'the proxy writes the same page at once whether nobody listens, the server hangs up, or one of the two speaks TLS; its log tells',
};

/** HAProxy and Apache write 503 where nobody listens. */
export const HUNG_UP: Answer = {
  expect: ['PROXY_UPSTREAM_RESET', 'PROXY_UPSTREAM_TLS'],
  why: 'the proxy writes the same page for a server that hangs up and for one that does not speak HTTP; its log tells',
};

export const HAPROXY_DOWN: Answer = {
  expect: ['PROXY_UPSTREAM_DOWN', 'PROXY_UPSTREAM_TLS', 'PROXY_LIMIT'],
  why: 'HAProxy writes the same page after its retries, after a failed TLS handshake with the server, and after timeout queue; its log tells',
};

export const HAPROXY_NOBODY: Answer = {
  expect: ['PROXY_NO_HEALTHY_TARGET', 'ROUTE_PROXY_NOT_FOUND'],
  why: 'HAProxy writes the same page at once where no server passes its check and where no rule names a backend; its log tells',
};

export const HAPROXY_NO_101: Answer = {
  expect: ['PROXY_UPSTREAM_RESET', 'PROXY_BAD_101'],
  why: 'HAProxy writes the same page for a server that hangs up at the upgrade and for a 101 that it does not take; its log tells',
};

export const FORBIDDEN: Answer = {
  expect: ['AUTH_IP_DENIED', 'AUTH_FORBIDDEN'],
  why: "the page is the proxy's own, for a rule about addresses, about methods, and for a service that decides; its log tells",
};

/** The URL's own origin is refused, and behind a proxy that shows itself. */
export const OWN_ORIGIN: Answer = {
  expect: ['ORIGIN_HOST_MISMATCH', 'ORIGIN_REJECTED'],
  why: 'a server that compares Origin with a Host that was rewritten and one whose list lacks the origin answer alike; reflect tells',
};

export const LIMITED: Answer = {
  expect: ['ROUTE_RATE_LIMIT', 'PROXY_LIMIT'],
  why: 'nginx writes the same page for limit_req and limit_conn while others use them up; its log tells',
};
