// Knows: servers that have one answer, for all that comes or for handshakes alone. Must not know: which.
import type { Host } from './row.js';
import { sound, status } from './sound.js';
import { listening } from './stacks.js';

type Serve = () => Promise<Host>;
type Fields = Readonly<Record<string, string>>;

/** The whole server answers so, and knows nothing of WebSocket. */
export function always(code: number, fields: Fields = {}, body = ''): Serve {
  return () => listening((_request, response) => void response.writeHead(code, fields).end(body));
}

/** The same for handshakes only; pages are served well. */
export function handshakesGet(code: number, fields: Fields = {}, body = ''): Serve {
  return () =>
    sound({
      refuses: ({ headers }) => (headers.upgrade === undefined ? undefined : status(code, fields, body)),
      plain: (_request, response) => void response.writeHead(200).end('hello\n'),
    });
}
