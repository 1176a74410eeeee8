// Knows: why the page is told without a WebSocket, as far as the server saw it try: the newest of those handshakes.
// Must not know: how that is shown.
import { computed } from '@preact/signals';
import { FEED_PATH } from '../../protocol.js';
import { aheadMs, rows, rowsVersion } from './news.js';
import { linkState } from './watching.js';

/** Clocks are compared over the network. */
const SLACK_MS = 2000;

export const isWithoutSocket = computed(() => linkState.value.way === 'stream');

/** Undefined where none has arrived: whatever refused it stands in front of the server. */
export const ownFailure = computed(() => {
  void rowsVersion.value;
  if (!isWithoutSocket.value) return undefined;
  const openedAt = performance.timeOrigin + aheadMs.peek() - SLACK_MS;
  return rows.findLast(
    ({ route, outcome, at }) => route === FEED_PATH && outcome !== 'accepted' && at > openedAt,
  );
});
