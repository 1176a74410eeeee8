// All broken servers, by subject. What a proxy in front breaks is not here.
import { http } from './servers/http.js';
import { reach } from './servers/reach.js';
import type { Servers } from './servers/row.js';
import { tls } from './servers/tls.js';

export const SERVERS: readonly Servers[] = [reach, tls, http];
