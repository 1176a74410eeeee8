// Knows: which key does what. Keys that a text field, or the browser, wants are theirs.
import type { Signal } from '@preact/signals';
import { go, leaveDetail, place } from '../state/at.js';
import { cursor, isPaused, moveCursor } from '../state/list.js';
import { sides } from '../state/place.js';
import { switchTheme } from '../state/theme.js';

export const keys: ReadonlyArray<readonly [key: string, does: string]> = [
  ['/', 'search'],
  ['j  k', 'next, previous handshake'],
  ['Enter', 'open the one that is marked'],
  ['1 – 4', 'its handshake, frames, time, end'],
  ['f', 'failed only, and back'],
  ['o', 'overview, and back'],
  ['p', 'hold the list still, and let go'],
  ['t', 'light or dark'],
  ['Esc', 'close what is open'],
  ['?', 'this help'],
];

export function listenToKeys(isHelpOpen: Signal<boolean>): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isHelpOpen.peek()) return;
    if (event.key === 'Escape') return stepBack(event);
    if (isTyping(event.target)) return;
    const act = actions(isHelpOpen)[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  addEventListener('keydown', listen);
  return () => removeEventListener('keydown', listen);
}

function actions(isHelpOpen: Signal<boolean>): Record<string, () => void> {
  const { view, tab, id } = place.peek();
  return {
    '/': () => document.querySelector<HTMLInputElement>('#search')?.select(),
    j: () => step(1),
    k: () => step(-1),
    f: () => go({ view: 'handshakes', tab: tab === 'failed' ? 'all' : 'failed' }),
    o: () => go({ view: view === 'overview' ? 'handshakes' : 'overview' }),
    p: () => (isPaused.value = !isPaused.peek()),
    t: switchTheme,
    '?': () => (isHelpOpen.value = true),
    ...(id !== undefined &&
      Object.fromEntries(sides.map((side, index) => [String(index + 1), () => go({ side }, true)]))),
  };
}

/** With a handshake open beside the list, the next one is opened too. */
function step(by: number): void {
  if (place.peek().view !== 'handshakes') go({ view: 'handshakes' });
  if (cursor.peek() === undefined) cursor.value = place.peek().id;
  const id = moveCursor(by);
  if (id === undefined) return;
  if (place.peek().id !== undefined) go({ id }, true);
  // The row may have to come into the document first.
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`.row[data-id="${id}"] a`)?.focus({ preventScroll: true }),
    ),
  );
}

function stepBack(event: KeyboardEvent): void {
  if (isTyping(event.target)) {
    const field = event.target as HTMLInputElement;
    if (field.value === '') field.blur();
    else if (field.id === 'search') go({ words: '' }, true);
    return;
  }
  if (place.peek().id !== undefined) leaveDetail();
  else if (place.peek().words !== '') go({ words: '' }, true);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement
  );
}
