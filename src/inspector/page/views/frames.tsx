// Knows: the frames of one connection: what is filtered, what is chosen, whether the table follows.
// Must not know: how a line or a payload is drawn.
import { useComputed, useSignal } from '@preact/signals';
import type { HandshakeRow } from '../../protocol.js';
import { count } from '../state/figures.js';
import { talkOf } from '../state/forms.js';
import { everyFrame, type FrameFilter, filterLines, fold, type Line } from '../state/frames.js';
import { frames } from '../state/news.js';
import { FrameBar } from './frame-bar.js';
import { FramePreview } from './frame-preview.js';
import { FrameTable } from './frame-table.js';

const noLines: readonly Line[] = [];

export function Frames({ row }: { readonly row: HandshakeRow }) {
  const filter = useSignal<FrameFilter>(everyFrame);
  const held = useSignal<readonly Line[] | undefined>(undefined);
  const chosen = useSignal<number | undefined>(undefined);
  const all = useComputed(() => (frames.value?.id === row.id ? fold(frames.value.frames) : noLines));
  const found = useComputed(() => tryFilter(held.value ?? all.value, filter.value));
  const lines = found.value.lines;
  const talk = talkOf(row);
  const line = lines.find((one) => one.n === chosen.value);
  return (
    <>
      <FrameBar
        filter={filter}
        isWrong={found.value.isWrong}
        isPaused={held.value !== undefined}
        pause={() => (held.value = held.value === undefined ? all.value : undefined)}
        told={tell(lines.length, all.value.length)}
      />
      <FrameTable lines={lines} chosen={chosen} talk={talk} since={row.at} isEmpty={all.value.length === 0} />
      {line !== undefined && (
        <FramePreview key={line.n} line={line} talk={talk} close={() => (chosen.value = undefined)} />
      )}
    </>
  );
}

function tell(shown: number, all: number): string {
  const noun = all === 1 ? 'message' : 'messages';
  return shown === all ? `${count(all)} ${noun}` : `${count(shown)} of ${count(all)} ${noun}`;
}

/** While somebody writes a regular expression it is mostly none. */
function tryFilter(lines: readonly Line[], filter: FrameFilter) {
  try {
    return { lines: filterLines(lines, filter), isWrong: false };
  } catch {
    return { lines: noLines, isWrong: true };
  }
}
