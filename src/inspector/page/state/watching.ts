// Knows: what the page asks of the server as one goes from place to place, and again after the link was lost.
// Must not know: what is done with the answers.
import { effect, signal } from '@preact/signals';
import type { FromWatcher } from '../../protocol.js';
import { place } from './at.js';
import { SocketCarrier, StreamCarrier } from './carriers.js';
import { Link, type LinkNow } from './link.js';
import { aheadMs, awaitHar, forgetFrames, rows, rowsVersion, take } from './news.js';

export const linkState = signal<LinkNow>({ state: 'opening' });
/** The server's time, once a second. */
export const now = signal(Date.now());

let link: Link | undefined;

export function startWatching(url: URL): void {
  const opened = new Link(
    (way, hearer) => (way === 'socket' ? new SocketCarrier(url, hearer) : new StreamCarrier(url, hearer)),
    {
      onstate: (now) => {
        linkState.value = now;
      },
      onmessage: take,
    },
  );
  link = opened;
  // A laptop that wakes up, or a tab that is looked at again, does not wait for the timer.
  addEventListener('online', () => opened.wake());
  document.addEventListener('visibilitychange', () => !document.hidden && opened.wake());
  setInterval(() => {
    now.value = Date.now() + aheadMs.peek();
  }, 1000);
  effect(askForDetail);
  effect(askForFrames);
}

export function reconnectNow(): void {
  link?.hurry();
}

export function requestHar(ids: readonly number[], listener: (har: object) => void): void {
  awaitHar(listener);
  send({ type: 'har', ids });
}

/** False: there is nobody to ask now. */
export function ask(question: FromWatcher): boolean {
  const isLive = linkState.peek().state === 'live';
  if (isLive) send(question);
  return isLive;
}

/** Until its connection has ended a handshake can become another: it is asked about again when it has. */
let asked = '';
function askForDetail(): void {
  const { id } = place.value;
  void rowsVersion.value;
  const { state, way } = linkState.value;
  const isLive = state === 'live';
  const ended = id === undefined ? false : rows.get(id)?.connection?.end !== undefined;
  const question = `${id} ${isLive} ${way} ${ended}`;
  if (question === asked) return;
  asked = question;
  if (id !== undefined && isLive) send({ type: 'detail', id });
}

let watched = '';
function askForFrames(): void {
  const { id, side } = place.value;
  const { state, way } = linkState.value;
  const isLive = state === 'live';
  const wanted = id !== undefined && side !== 'handshake' ? id : undefined;
  const question = `${wanted} ${isLive} ${way}`;
  if (question === watched) return;
  watched = question;
  if (!isLive) return;
  if (wanted === undefined) return send({ type: 'unwatch' });
  forgetFrames(wanted);
  send({ type: 'frames', id: wanted });
}

function send(message: FromWatcher): void {
  link?.send(message);
}
