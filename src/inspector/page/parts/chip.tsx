// Knows: how the result of a handshake is shown: a sign, a figure and a word.
import { type SeenRow, verdict } from '../state/verdict.js';
import { Icon } from './icon.js';
import { Safe } from './safe.js';

export function Chip({ row }: { readonly row: SeenRow }) {
  const { sign, tone, figure, word } = verdict(row);
  return (
    <span class={`chip tone-${tone}`}>
      <Icon name={sign} />
      <span class="figure">{figure}</span>
      <span class="word">
        <Safe text={word} />
      </span>
    </span>
  );
}
