// Knows: what an inspector consists of, and what a server has to be given of it.
// Must not know: what is kept (`feed.ts`), who may look (`access.ts`), or how it is shown.
import type { Mounted } from '../server/mounted.js';
import { Access } from './access.js';
import { Feed } from './feed.js';
import { Pages } from './pages.js';
import { FEED_PATH, INSPECTOR_PATH } from './protocol.js';
import { type InspectOptions, settingsOf } from './settings.js';
import { Streams } from './streaming.js';
import { watchRoute } from './watching.js';

/** For the option `inspect` of `createServer`. Made by `inspect`. */
export interface Inspector extends Mounted {
  /** Where its page is: `/.handfast/inspector/`. */
  readonly path: string;
  /** What it has heard, for whoever wants to watch without a socket. */
  readonly feed: Feed;
  /** Hears nothing any more. Those who watch stay until their server ends. */
  close(): void;
}

/**
 * For `createServer({ inspect: inspect() })`: shows the handshakes of all servers of this process, those that were refused first, at
 * `/.handfast/inspector/` of the server that it is given to, or of several. It hears from now on.
 * Without a token only this machine may look, and it must not be production (`NODE_ENV`): there a proxy may stand on this machine.
 * @throws TypeError for an unknown option, a token that is no secret or none in production, or a user that is no function; RangeError
 * for a number out of range.
 */
export function inspect(options: InspectOptions = {}): Inspector {
  const settings = settingsOf(options);
  const access = new Access(settings.token);
  const feed = new Feed(settings);
  const streams = new Streams(feed, access);
  const pages = new Pages(access);
  return {
    path: INSPECTOR_PATH,
    routes: { [FEED_PATH]: watchRoute(feed, access) },
    http: (request, response, ending) =>
      streams.answer(request, response, ending) || pages.answer(request, response),
    feed,
    close: () => feed.close(),
  };
}
