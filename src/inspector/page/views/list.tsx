// Knows: the table of handshakes, newest first: only rows near what is seen are in the document, and it holds still while
// somebody reads.
// Must not know: what stands in a row.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { useVirtual } from '../parts/virtual.js';
import { place } from '../state/at.js';
import { count } from '../state/figures.js';
import {
  cursor,
  isFocused,
  isHeld,
  isPaused,
  isPointed,
  isScrolled,
  list,
  pointAtList,
  waitingCount,
} from '../state/list.js';
import { overview } from '../state/news.js';
import type { SeenRow } from '../state/verdict.js';
import { HeadRow, Row } from './row.js';

const LINE_PX = 30;
const CARD_PX = 54;
/** More than these are not looked through to find out that all of them are of the inspector itself. */
const FEW = 20;
/** Below this width a row is a card of two lines. */
const CARDS_BELOW_PX = 560;

export function List() {
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow(scroller);
  const all = list.value;
  const isFailed = place.value.tab === 'failed' || place.value.tab === 'broken';
  const rowPx = isNarrow ? CARD_PX : LINE_PX;
  const virtual = useVirtual(all.length, rowPx, scroller);
  useEffect(() => {
    const at = all.findIndex((row) => row.id === cursor.value);
    if (at !== -1) virtual.scrollTo(at);
  }, [cursor.value]);
  return (
    <div class="list-frame">
      <HeldSign scroller={scroller} />
      <div
        class={`list${isNarrow ? ' is-cards' : ''}${isFailed ? ' is-failed' : ''}`}
        ref={scroller}
        onScroll={(event) => (isScrolled.value = event.currentTarget.scrollTop > 4)}
        onPointerMove={pointAtList}
        onFocusIn={(event) => (isFocused.value = (event.target as Element).matches(':focus-visible'))}
        onFocusOut={() => (isFocused.value = false)}
      >
        <div class="table" role="table" aria-label="Handshakes, newest first" aria-rowcount={all.length + 1}>
          <HeadRow />
          <div class="rows" role="rowgroup" style={{ height: `${virtual.height}px` }}>
            {virtual.items.map((item) => {
              const row = all[item.index];
              return row && <Row key={row.id} row={row} index={item.index} top={item.start} />;
            })}
          </div>
        </div>
        {all.length === 0 ? <Nothing /> : <OnlyWatchers rows={all} />}
      </div>
    </div>
  );
}

function useIsNarrow(element: { readonly current: HTMLElement | null }): boolean {
  const [isNarrow, setNarrow] = useState(innerWidth < CARDS_BELOW_PX);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setNarrow(entry!.contentRect.width < CARDS_BELOW_PX));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, [element]);
  return isNarrow;
}

/** How many wait above while the list is held, and the way back to them. */
function HeldSign({ scroller }: { readonly scroller: { readonly current: HTMLElement | null } }) {
  const waiting = waitingCount.value;
  if (!isHeld.value || (waiting === 0 && !isPaused.value)) return null;
  const release = () => {
    isPaused.value = false;
    isPointed.value = false;
    isFocused.value = false;
    scroller.current?.scrollTo({ top: 0 });
    isScrolled.value = false;
  };
  return (
    <button type="button" class="held" onClick={release}>
      <Icon name="up" />
      <span>{waiting === 0 ? 'Paused' : `${count(waiting)} new`}</span>
    </button>
  );
}

/** At first the page sees itself and nothing else: that may not look like all that it can do. */
function OnlyWatchers({ rows }: { readonly rows: readonly SeenRow[] }) {
  if (rows.length > FEW || rows.some((row) => row.watcher === undefined)) return null;
  if (place.value.words !== '') return null;
  return <p class="nothing">Only the inspector itself yet. The next handshake appears here by itself.</p>;
}

function Nothing() {
  const { words, tab } = place.value;
  if (overview.value === undefined) return <p class="nothing">Waiting for the server…</p>;
  if (words !== '') {
    return (
      <p class="nothing">
        Nothing matches. A search is for all of its words; <kbd>?</kbd> says what else it understands.
      </p>
    );
  }
  if (tab === 'failed' || tab === 'broken')
    return <p class="nothing">None. Every handshake that came was accepted.</p>;
  return <p class="nothing">No handshake yet. The next one appears here by itself.</p>;
}
