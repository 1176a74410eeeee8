// Knows: the header of a frame that must not be, with the bits that are why: marked, and in words.
import type { FrameRow } from '../../protocol.js';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { faultyHeader } from '../state/header-bits.js';

export function HeaderBits({ frame }: { readonly frame: FrameRow }) {
  const header = faultyHeader(frame);
  return (
    <section class="header-bits" aria-label="What is wrong with it">
      <p>
        <Icon name="bad" />{' '}
        <span>
          <Safe text={frame.note ?? ''} />
          {header === undefined ? '. No bit of its header is at fault.' : `. ${header.words}`}
        </span>
      </p>
      {header !== undefined && (
        <dl>
          {header.parts.map(({ name, bits, says, isWrong }) => (
            <div key={name} class={isWrong ? 'is-wrong' : undefined}>
              <dt>
                {name}
                {isWrong && <span class="unheard">, wrong</span>}
              </dt>
              <dd>
                <b>{bits}</b> <span>{says}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
