// Knows: failures of one kind on one line: how many, from where to where, since when, and whether that is new.
import { useSignal } from '@preact/signals';
import type { Group } from '../../protocol.js';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { Sparkline } from '../parts/sparkline.js';
import { go, hrefOf, place } from '../state/at.js';
import { count, minutes } from '../state/figures.js';
import { groups } from '../state/news.js';
import { wordsFor } from '../state/search.js';

const FEW = 4;
/** Beside an open handshake the list needs the room. */
const FEWER = 2;

export function Groups() {
  const isLong = useSignal(false);
  const { tab, id } = place.value;
  const few = id === undefined ? FEW : FEWER;
  if (tab === 'open' || tab === 'closed' || groups.value.length === 0) return null;
  const all = [...groups.value].sort((a, b) => b.count - a.count);
  const shown = isLong.value ? all : all.slice(0, few);
  return (
    <section class="groups" aria-label="Failures by reason">
      <ul>
        {shown.map((group) => (
          <GroupLine key={group.key} group={group} />
        ))}
      </ul>
      {all.length > few && (
        <button
          type="button"
          class="link more"
          aria-expanded={isLong.value}
          onClick={() => (isLong.value = !isLong.value)}
        >
          {isLong.value ? 'Fewer kinds of failures' : `${all.length - few} more kinds of failures`}
        </button>
      )}
    </section>
  );
}

function GroupLine({ group }: { readonly group: Group }) {
  const words = wordsFor(group);
  const isChosen = place.value.words === words;
  return (
    <li class={isChosen ? 'is-chosen' : ''}>
      <button
        type="button"
        class="group"
        aria-pressed={isChosen}
        title={isChosen ? 'Show all again' : 'Show only these'}
        onClick={() => go({ tab: place.peek().tab, words: isChosen ? '' : words })}
      >
        <span class="code">{group.code}</span>
        <span class="times">
          {count(group.count)}
          <span aria-hidden="true">×</span>
          <span class="unheard"> times</span>
        </span>
        <span class="way">
          {group.origin !== undefined && (
            <>
              <Safe text={group.origin} /> <span class="arrow">→</span>{' '}
            </>
          )}
          <Safe text={group.route} />
          {group.via !== undefined && (
            <span class="via">
              {' '}
              via <Safe text={group.via} />
            </span>
          )}
        </span>
        <span class="since">{minutes(group.firstAt, group.lastAt)}</span>
        {group.isNew ? <span class="new">new</span> : <span class="new-not" />}
        <Sparkline
          counts={group.spark}
          label={`The last ten minutes, ${group.spark.at(-1) ?? 0} in the newest 20 seconds`}
        />
      </button>
      <a class="sample" href={hrefOf({ id: group.sample, side: 'handshake' })} title="The newest of them">
        <span class="unheard">Newest of {group.code}</span>
        <Icon name="chevron" />
      </a>
    </li>
  );
}
