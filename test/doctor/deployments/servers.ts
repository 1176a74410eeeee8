// All broken servers, by subject. What a proxy in front breaks is not here.
import { accepts } from './servers/accepts.js';
import { applications } from './servers/applications.js';
import { closes } from './servers/closes.js';
import { filters } from './servers/filters.js';
import { goServers, pythonServers } from './servers/foreign.js';
import { frames } from './servers/frames.js';
import { graded } from './servers/graded.js';
import { http } from './servers/http.js';
import { http2 } from './servers/http2.js';
import { identity } from './servers/identity.js';
import { misleading } from './servers/misleading.js';
import { openings } from './servers/openings.js';
import { platforms } from './servers/platforms.js';
import { pages, reach } from './servers/reach.js';
import { routes } from './servers/routes.js';
import type { Servers } from './servers/row.js';
import { statuses } from './servers/statuses.js';
import { tls } from './servers/tls.js';
import { trust } from './servers/trust.js';
import { weaknesses } from './servers/weak.js';

export const SERVERS: readonly Servers[] = [
  reach,
  pages,
  tls,
  trust,
  http,
  routes,
  statuses,
  applications,
  identity,
  filters,
  platforms,
  openings,
  accepts,
  frames,
  closes,
  http2,
  misleading,
  weaknesses,
  graded,
  pythonServers,
  goServers,
];
