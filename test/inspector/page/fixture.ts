// Knows: the built page and a feed that is made up, over a real handfast socket: so the page can be looked at and driven
// without a server that has seen all of it. `node .build/test/inspector/page/fixture.js [port] [rows] [per second]` serves it.
// Must not know: how the page works.
import type { Connection } from '../../../src/connection/connection.js';
import { Access } from '../../../src/inspector/access.js';
import type { Feed } from '../../../src/inspector/feed.js';
import { Pages } from '../../../src/inspector/pages.js';
import {
  FEED_PATH,
  type FrameRow,
  type FromServer,
  type FromWatcher,
  INSPECTOR_PATH,
  SUBPROTOCOL,
} from '../../../src/inspector/protocol.js';
import { Streams } from '../../../src/inspector/streaming.js';
import type { Watcher } from '../../../src/inspector/watchers.js';
import { refuse } from '../../../src/server/refuse.js';
import { createServer } from '../../../src/server/server.js';
import { root } from '../../support/needs.js';
import { Story } from './story.js';

const BATCH_MS = 100;

export interface FixtureOptions {
  readonly port?: number;
  /** Handshakes that have been when the page opens. Default 400. */
  readonly rows?: number;
  /** New ones a second. Default 0. */
  readonly perSecond?: number;
  /** Frames of every accepted one that have been. Default 60. */
  readonly frames?: number;
}

export interface Fixture extends AsyncDisposable {
  readonly url: string;
  readonly story: Story;
  /** Adds handshakes, and tells every page that is open. */
  add(count: number): void;
  /** Tells every page of frames of one connection. */
  frame(id: number, frames: readonly FrameRow[]): void;
  /** Forgets them, and tells every page so. */
  forget(ids: readonly number[]): void;
  /** Cuts every page off. */
  cut(): void;
  /** From now on no WebSocket opens; or they do again. */
  loseSockets(areLost: boolean): void;
}

export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const story = new Story(options.rows ?? 400, options.frames ?? 60);
  const access = new Access(undefined);
  const pages = new Pages(access, new URL('dist/inspector/page/', root));
  const watchers = new Map<Watcher, () => void>();
  const streams = new Streams(feedOf(story, watchers), access);
  let ending = new AbortController();
  let areSocketsLost = false;
  const server = createServer({
    port: options.port ?? 0,
    host: '127.0.0.1',
    origins: 'same-origin',
    routes: {
      [FEED_PATH]: {
        subprotocols: [SUBPROTOCOL],
        authorize: () => (areSocketsLost ? refuse('AUTH_FORBIDDEN') : undefined),
        onconnection: (connection: Connection<undefined>) => {
          const watcher = (told: FromServer) => tell(connection, told);
          watchers.set(watcher, () => connection.terminate());
          connection.onclose = () => void watchers.delete(watcher);
          connection.onmessage = (message) =>
            tell(connection, story.answer(JSON.parse(String(message)) as FromWatcher));
          watcher(story.hello());
        },
      },
    },
    http: (request, response) => {
      const isOurs = streams.answer(request, response, ending.signal) || pages.answer(request, response);
      if (!isOurs) response.writeHead(404).end();
    },
  });
  await server.ready;
  const tellAll = (told: FromServer) => {
    for (const watcher of watchers.keys()) watcher(told);
  };
  const add = (count: number) => tellAll({ type: 'rows', rows: story.add(count) });
  const timer = live(story, options.perSecond ?? 0, add, tellAll);
  return {
    url: `http://127.0.0.1:${server.port}${INSPECTOR_PATH}`,
    story,
    add,
    frame: (id, frames) => tellAll({ type: 'frames', id, frames }),
    forget: (ids) => {
      for (const id of ids) story.forgotten.add(id);
      tellAll({ type: 'rows', rows: [], forgotten: ids });
    },
    cut: () => {
      for (const cut of watchers.values()) cut();
      ending.abort();
      ending = new AbortController();
    },
    loseSockets: (areLost) => {
      areSocketsLost = areLost;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      ending.abort();
      await server.close();
    },
  };
}

/** As much of a feed as streams need. */
function feedOf(story: Story, watchers: Map<Watcher, () => void>): Feed {
  const answer = (asked: FromWatcher) => story.answer(asked) as never;
  const feed: Pick<Feed, 'watch' | 'detail' | 'har' | 'watchFrames'> = {
    watch(watcher) {
      watchers.set(watcher, () => {});
      watcher(story.hello());
      return () => void watchers.delete(watcher);
    },
    detail: (id) => (answer({ type: 'detail', id }) as FromServer & { type: 'detail' }).detail,
    har: (ids) => (answer({ type: 'har', ids }) as FromServer & { type: 'har' }).har,
    watchFrames(watcher, id) {
      if (id !== undefined) watcher(answer({ type: 'frames', id }));
    },
  };
  return feed as Feed;
}

function tell(connection: Connection<undefined>, told: FromServer | undefined): void {
  if (told !== undefined) connection.send(JSON.stringify(told)).catch(() => {});
}

function live(
  story: Story,
  perSecond: number,
  add: (count: number) => void,
  tellAll: (told: FromServer) => void,
) {
  let batches = 0;
  return setInterval(() => {
    batches += 1;
    if (perSecond > 0) add(Math.max(1, Math.round((perSecond * BATCH_MS) / 1000)));
    if (batches % 10 !== 0) return;
    tellAll({ type: 'overview', overview: story.overview() });
    tellAll({ type: 'groups', groups: story.groups() });
  }, BATCH_MS);
}

if (process.argv[1]?.endsWith('fixture.js')) {
  const [port = 8790, rows = 400, perSecond = 2] = process.argv.slice(2).map(Number);
  const { url } = await startFixture({ port, rows, perSecond });
  console.log(url);
}
