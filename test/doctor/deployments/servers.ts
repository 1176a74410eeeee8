// All broken servers, by subject. What a proxy in front breaks is not here.
import { accepts } from './servers/accepts.js';
import { frames } from './servers/frames.js';
import { http } from './servers/http.js';
import { identity } from './servers/identity.js';
import { openings } from './servers/openings.js';
import { platforms } from './servers/platforms.js';
import { reach } from './servers/reach.js';
import { routes } from './servers/routes.js';
import type { Servers } from './servers/row.js';
import { tls } from './servers/tls.js';

export const SERVERS: readonly Servers[] = [
  reach,
  tls,
  http,
  routes,
  identity,
  platforms,
  openings,
  accepts,
  frames,
];
