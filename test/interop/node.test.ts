// The clients and the server that Node's users have: npm ws both ways, undici's WebSocket (Node's own global) as client.

import { client as undici } from './peers/undici.js';
import { serve, client as ws } from './peers/ws.js';
import { interop } from './suite.js';

interop('npm ws', { client: (mode, url) => ws[mode](url), server: serve });

// What a browser's WebSocket hides, undici hides: the status of a refusal, pings, fragments. It expands and never compresses.
interop('undici', { client: (mode, url) => undici[mode](url), seesStatus: false, compresses: false });
