// Knows: where one is on the page; the address bar says the same, and the back button works.
// Must not know: what is shown there.
import { signal } from '@preact/signals';
import { type Place, readPlace, writePlace } from './place.js';

export const place = signal<Place>(readPlace(location.hash));

addEventListener('hashchange', () => {
  const next = readPlace(location.hash);
  if (writePlace(next) !== writePlace(place.peek())) place.value = next;
});

/** `replace`: without an entry in the history, for what changes with every key. */
export function go(change: Partial<Place>, replace = false): void {
  const next: Place = { ...place.peek(), ...change };
  place.value = next;
  if (replace) history.replaceState(null, '', writePlace(next));
  else if (writePlace(next) !== location.hash) history.pushState(null, '', writePlace(next));
}

/** Closes the handshake that is open beside the list. */
export function leaveDetail(): void {
  const { id: _, ...rest } = place.peek();
  place.value = rest;
  history.pushState(null, '', writePlace(rest));
}

addEventListener('popstate', () => {
  place.value = readPlace(location.hash);
});

export function hrefOf(change: Partial<Place>): string {
  return writePlace({ ...place.value, ...change });
}
