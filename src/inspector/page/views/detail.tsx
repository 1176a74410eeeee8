// Knows: one handshake beside the list: its head, its tabs, what can be copied.
// Must not know: what stands on each tab.
import type { Detail as DetailFacts } from '../../protocol.js';
import { Chip } from '../parts/chip.js';
import { Copy } from '../parts/copy.js';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { Tabs } from '../parts/tabs.js';
import { Tags } from '../parts/tags.js';
import { hrefOf, leaveDetail, place } from '../state/at.js';
import { clock } from '../state/figures.js';
import { rows, rowsVersion, told } from '../state/news.js';
import { type Side, sides } from '../state/place.js';
import type { SeenRow } from '../state/verdict.js';
import { requestHar } from '../state/watching.js';
import { Acts } from './acts.js';
import { End } from './end.js';
import { Frames } from './frames.js';
import { Handshake } from './handshake.js';
import { saveHar } from './har.js';
import { Time } from './time.js';

const labels: Readonly<Record<Side, string>> = {
  handshake: 'Handshake',
  frames: 'Frames',
  time: 'Time',
  end: 'End',
};

export function Detail({ id }: { readonly id: number }) {
  void rowsVersion.value;
  const answer = told.value?.id === id ? told.value : undefined;
  const row: SeenRow | undefined = rows.get(id) ?? answer?.detail?.row;
  const { side } = place.value;
  const links = sides.map((key) => ({
    key,
    href: hrefOf({ side: key }),
    label: labels[key],
    isHere: side === key,
  }));
  return (
    <article class="detail" aria-label={`Handshake ${id}`}>
      <header>
        <div class="line">
          <button
            type="button"
            class="tool-button back"
            aria-label="Close"
            title="Close (Esc)"
            onClick={leaveDetail}
          >
            <Icon name="close" />
          </button>
          {row === undefined ? <h2>#{id}</h2> : <Heading row={row} />}
        </div>
        <div class="bar">
          <Tabs label={`Handshake ${id}`} links={links} />
          <Copies id={id} facts={answer?.detail} />
        </div>
        <p class="forgotten" role="status">
          {row?.isForgotten &&
            'No longer known: this connection was open when the inspector forgot it to keep within its budget. It may be open still.'}
        </p>
      </header>
      <div class={`side side-${side}`} tabIndex={side === 'frames' ? undefined : 0}>
        <Body
          side={side}
          row={row}
          facts={answer?.detail}
          isForgotten={answer !== undefined && answer.detail === undefined}
        />
      </div>
      {row !== undefined && <Acts row={row} />}
    </article>
  );
}

function Heading({ row }: { readonly row: SeenRow }) {
  return (
    <>
      <h2>
        <Chip row={row} />
        <span class="target">
          <span class="method">{row.method}</span>{' '}
          <Safe text={row.target === '' ? '(no head)' : row.target} />
        </span>
        <Tags row={row} />
      </h2>
      <span class="when">
        <span>#{row.id}</span> {clock(row.at, true)}
      </span>
    </>
  );
}

function Copies({ id, facts }: { readonly id: number; readonly facts: DetailFacts | undefined }) {
  if (facts === undefined) return null;
  const { curl, doctor, test } = facts.copies;
  const link = new URL(`#/handshake/${id}`, location.href).href;
  return (
    <div class="copies">
      <Copy label="curl" text={curl} title="Copy as a curl command" />
      <Copy label="doctor" text={doctor} title="Copy as a handfast doctor command" />
      <Copy label="test" text={test} title="Copy as a unit test with these octets" />
      <Copy label="link" text={link} title="Copy the address of this handshake" />
      <button
        type="button"
        class="quiet"
        title="Save as a HAR file"
        onClick={() => requestHar([id], (har) => saveHar(har, `handshake-${id}`))}
      >
        <Icon name="save" />
        <span>HAR</span>
      </button>
    </div>
  );
}

interface BodyProps {
  readonly side: Side;
  readonly row: SeenRow | undefined;
  readonly facts: DetailFacts | undefined;
  readonly isForgotten: boolean;
}

function Body({ side, row, facts, isForgotten }: BodyProps) {
  if (isForgotten) {
    return (
      <p class="nothing">
        The inspector has forgotten the details of this handshake: it keeps the newest ones, as many as its
        budget holds.
      </p>
    );
  }
  if (facts === undefined || row === undefined) return <p class="nothing">Asking the server…</p>;
  if (side === 'handshake') return <Handshake facts={facts} />;
  const isAccepted = row.outcome === 'accepted';
  if (side === 'time' && (isAccepted || facts.steps.length > 0)) return <Time row={row} facts={facts} />;
  if (!isAccepted) return <NoConnection facts={facts} />;
  if (side === 'frames') return <Frames row={row} />;
  if (row.isForgotten) return <p class="nothing">Whether it has ended is no longer known.</p>;
  return <End row={row} facts={facts} />;
}

/** Whoever looks here for frames is led to why there are none. */
function NoConnection({ facts: { reason } }: { readonly facts: DetailFacts }) {
  return (
    <p class="nothing">
      No connection came of this handshake
      {reason === undefined ? (
        '.'
      ) : (
        <>
          : <Safe text={reason.title} /> <code>{reason.code}</code>.{' '}
          <a href={hrefOf({ side: 'handshake' })}>Why, and the fix</a>
        </>
      )}
    </p>
  );
}
