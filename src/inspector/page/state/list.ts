// Knows: which handshakes stand in the list, and when it holds still: while somebody reads it, no row is moved.
// Must not know: how rows are drawn.
import { computed, effect, signal } from '@preact/signals';
import { place } from './at.js';
import { rows, rowsVersion } from './news.js';
import { search } from './search.js';
import type { SeenRow } from './verdict.js';

/** After the pointer's last move over the list: long enough to aim and click. */
const POINTING_MS = 1500;

export const isPaused = signal(false);
export const isScrolled = signal(false);
export const isPointed = signal(false);
/** The row that the keyboard is on. */
export const cursor = signal<number | undefined>(undefined);

/** Whether the keyboard is in the list: what has the focus must not run away. */
export const isFocused = signal(false);

export const isHeld = computed(
  () => isPaused.value || isScrolled.value || isPointed.value || isFocused.value,
);
const tab = computed(() => place.value.tab);
const words = computed(() => place.value.words);
const chosen = computed(() => ({ tab: tab.value, test: search(words.value) }));

export const list = signal<readonly SeenRow[]>([]);
/** How many would stand above the first row if the list were not held. */
export const waitingCount = signal(0);

let shown: object | undefined;

effect(() => {
  void rowsVersion.value;
  const choice = chosen.value;
  const fresh = rows.select(choice.tab, choice.test);
  const held = isHeld.value && shown === choice && list.peek().length > 0;
  if (!held) {
    shown = choice;
    list.value = fresh;
    waitingCount.value = 0;
    return;
  }
  const top = list.peek()[0]!.id;
  waitingCount.value = fresh.findIndex((row) => row.id <= top);
  if (waitingCount.value < 0) waitingCount.value = fresh.length;
});

let pointingTimer: ReturnType<typeof setTimeout> | undefined;

export function pointAtList(): void {
  isPointed.value = true;
  clearTimeout(pointingTimer);
  pointingTimer = setTimeout(() => {
    isPointed.value = false;
  }, POINTING_MS);
}

/** The row that stands `by` below the cursor, or the first. */
export function moveCursor(by: number): number | undefined {
  const all = list.peek();
  const at = all.findIndex((row) => row.id === cursor.peek());
  const next = at === -1 ? 0 : Math.min(all.length - 1, Math.max(0, at + by));
  cursor.value = all[next]?.id;
  return cursor.value;
}
