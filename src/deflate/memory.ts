// Knows: how much memory compression holds in this process: windows of connections, and messages on their way through zlib's
// threads. Must not know: whose it is, or what the limit is.

let held = 0;
let promised = 0;

/** Bytes that compression holds in this process. */
export function heldBytes(): number {
  return held;
}

/** Counts bytes in, unless there would then be more than `most`, what peers were promised included. */
export function hold(bytes: number, most: number): boolean {
  if (held + promised + bytes > most) return false;
  held += bytes;
  return true;
}

/** Counts bytes in whatever there is: the peer decided, and the limit was asked before. */
export function holdAnyway(bytes: number): void {
  held += bytes;
}

export function letGo(bytes: number): void {
  held -= bytes;
}

/**
 * Bytes that peers may yet make this process hold: the windows of their takeover, which can be refused only while a connection
 * opens.
 */
export function promisedBytes(): number {
  return promised;
}

/** Counts in a window that a peer was promised; a negative number counts out what is held now, or will never be. */
export function promiseBytes(bytes: number): void {
  promised += bytes;
}
