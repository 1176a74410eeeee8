// Knows: the endpoint that the page and the terminal watch: whom it lets in; and, whatever carries it to them, what watchers are told and
// what they may ask. Must not know: what is kept (`feed.ts`), or what carries it where no WebSocket opens (`streaming.ts`).
// Whoever may not watch is refused before a word of it is told.
import type { Connection } from '../connection/connection.js';
import type { RouteOptions } from '../server/options.js';
import { type Refusal, refuse } from '../server/refuse.js';
import type { HandshakeRequest } from '../server/request.js';
import type { Access } from './access.js';
import type { ActAsked } from './actions.js';
import { NOT_FROM_HERE, TOO_MANY } from './answers.js';
import type { Feed } from './feed.js';
import { type FromServer, type FromWatcher, MAX_ASKED_BYTES, SUBPROTOCOL } from './protocol.js';

/** A watcher that takes nothing for so long a backlog is left behind: the newest counts. */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024;
const MAX_HAR = 1000;
/** All that is kept, or an archive. To compress the news of each tenth of a second costs a busy server more than to send it. */
const COMPRESSED_BYTES = 65_536;

export function watchRoute(feed: Feed, access: Access): RouteOptions<undefined> {
  return {
    origins: 'same-origin',
    subprotocols: [SUBPROTOCOL],
    requireSubprotocol: true,
    compression: { thresholdBytes: COMPRESSED_BYTES },
    limits: { maxMessageBytes: MAX_ASKED_BYTES },
    authorize: (request) => admit(access, request),
    onconnection: (connection, { address }) => serve(feed, connection, address),
  };
}

function admit(access: Access, { socket, headers }: HandshakeRequest): Refusal | undefined {
  const { remoteAddress: peer = '' } = socket as { remoteAddress?: string };
  const verdict = access.judge({ peer, fields: headers });
  if (verdict === 'welcome') return undefined;
  if (verdict === 'machine') return refuse('AUTH_FORBIDDEN', { detail: NOT_FROM_HERE });
  if (verdict === 'token') return refuse('AUTH_REQUIRED', { detail: 'Give the token first.' });
  return refuse('ROUTE_RATE_LIMIT', { detail: TOO_MANY, headers: { 'Retry-After': '60' } });
}

function serve(feed: Feed, connection: Connection<undefined>, address: string): void {
  const carrier: Carrier = {
    address,
    connection,
    behindBytes: () => connection.bufferedBytes,
    tell: (text) => void connection.send(text).catch(ended),
  };
  const attended = attend(feed, carrier);
  connection.onmessage = (message) => attended.heed(message);
  connection.onclose = () => attended.leave();
}

/** What carries news to a watcher. */
export interface Carrier {
  /** Where the watcher is. */
  readonly address: string;
  /** Where it is a WebSocket. */
  readonly connection?: Connection<undefined>;
  /** How much of what was told the watcher has not taken. */
  behindBytes(): number;
  tell(text: string): void;
}

export interface Attended {
  /** Answers a question; what is none is not heard. */
  heed(message: string | Uint8Array): void;
  leave(): void;
}

/** Tells a watcher all that there is and what is new, until it leaves; what it asks is answered the same way. */
export function attend(feed: Feed, carrier: Carrier): Attended {
  const watcher = (told: FromServer) => {
    if (carrier.behindBytes() > MAX_BEHIND_BYTES && told.type !== 'hello') return;
    carrier.tell(JSON.stringify(told));
  };
  const leave = feed.watch(watcher, carrier.address, carrier.connection);
  return { heed: (message) => heed(feed, watcher, message), leave };
}

function heed(feed: Feed, watcher: (told: FromServer) => void, message: string | Uint8Array): void {
  const asked = read(message);
  if (asked === undefined) return;
  if (asked.type === 'detail') {
    const detail = feed.detail(asked.id);
    watcher({ type: 'detail', id: asked.id, ...(detail !== undefined && { detail }) });
  } else if (asked.type === 'har') watcher({ type: 'har', har: feed.har(asked.ids.slice(0, MAX_HAR)) });
  else if (asked.type === 'act') feed.act(watcher, asked);
  else feed.watchFrames(watcher, asked.type === 'frames' ? asked.id : undefined);
}

type Asked = Exclude<FromWatcher, { readonly type: 'act' }> | ({ readonly type: 'act' } & ActAsked);

/** Whoever watches may say anything; what is none of the questions is not heard. */
function read(message: string | Uint8Array): Asked | undefined {
  if (typeof message !== 'string') return undefined;
  try {
    const asked = JSON.parse(message) as Partial<
      ActAsked & { type: string; id: number; ids: unknown }
    > | null;
    if (asked?.type === 'act') return actOf(asked);
    if (asked?.type === 'unwatch') return { type: 'unwatch' };
    if ((asked?.type === 'detail' || asked?.type === 'frames') && Number.isInteger(asked.id))
      return { type: asked.type, id: asked.id! };
    if (asked?.type !== 'har' || !Array.isArray(asked.ids)) return undefined;
    return { type: 'har', ids: asked.ids.filter((id): id is number => Number.isInteger(id)) };
  } catch {
    return undefined;
  }
}

/** Whoever wants to act is told why they may not, however they asked. */
function actOf({ ask, id, at, action }: Partial<ActAsked>): Asked {
  const number = (value: unknown) => (typeof value === 'number' ? value : -1);
  return { type: 'act', ask: number(ask), id: number(id), at: number(at), action };
}

/** A watcher that has gone is no news. */
function ended(): void {}
