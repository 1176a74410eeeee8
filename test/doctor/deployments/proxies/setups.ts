// Knows: all proxies that are deployed wrongly. Must not know: how.
import { haproxy } from './haproxy.js';
import { nginx } from './nginx.js';
import type { ProxySetup } from './row.js';

export const proxySetups: readonly ProxySetup[] = [nginx, haproxy];
