// Knows: all proxies that are deployed wrongly. Must not know: how.
import { apache } from './apache.js';
import { caddy } from './caddy.js';
import { forward } from './forward.js';
import { haproxy } from './haproxy.js';
import { nghttpx } from './nghttpx.js';
import { nginx } from './nginx.js';
import type { ProxySetup } from './row.js';
import { squid } from './squid.js';
import { varnish } from './varnish.js';

export const proxySetups: readonly ProxySetup[] = [
  nginx,
  haproxy,
  caddy,
  apache,
  varnish,
  nghttpx,
  squid,
  forward,
];
