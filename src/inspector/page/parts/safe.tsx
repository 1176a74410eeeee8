// Knows: how text of a peer is shown: as text, isolated from the direction of what surrounds it, and every character
// that would lie to the reader by its name in a box.
import { pieces } from '../state/visible.js';

interface Props {
  readonly text: string;
  /** Keeps line breaks and tabs. */
  readonly block?: boolean;
}

export function Safe({ text, block = false }: Props) {
  const all = pieces(text, block);
  if (all.length === 1 && all[0]!.hidden === undefined) return <bdi>{text}</bdi>;
  return (
    <bdi>
      {all.map((piece, index) =>
        piece.hidden === undefined ? (
          piece.text
        ) : (
          <span key={index} class="unseen" title={piece.hidden}>
            {piece.text}
          </span>
        ),
      )}
    </bdi>
  );
}
