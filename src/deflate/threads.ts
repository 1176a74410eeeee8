// Knows: how many messages of this process are on zlib's threads at once: as many as libuv has of them. zlib does one buffer and then
// waits for its turn again, so that more of them would only be held half done, each with all that it takes.
// Must not know: what is done there.

const MOST = 4;

let busy = 0;
/** Each says whether it wants a thread still. */
const waiting: (() => boolean)[] = [];

/** Calls `begin` when there is a thread for it: at once, or later. If it answers true, `threadIsFree` is called when all is done. */
export function whenThreadIsFree(begin: () => boolean): void {
  waiting.push(begin);
  beginSome();
}

export function threadIsFree(): void {
  busy -= 1;
  beginSome();
}

function beginSome(): void {
  while (busy < MOST) {
    const begin = waiting.shift();
    if (begin === undefined) return;
    if (begin()) busy += 1;
  }
}
