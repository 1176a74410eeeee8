// Knows: what is told of a handshake in one line, or on a narrow screen in two.
import type { HandshakeRow } from '../../protocol.js';
import { Chip } from '../parts/chip.js';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { Tags } from '../parts/tags.js';
import { hrefOf, place } from '../state/at.js';
import { clock, measured, octets, short, span } from '../state/figures.js';
import { cursor } from '../state/list.js';
import { rows } from '../state/news.js';
import type { SeenRow } from '../state/verdict.js';
import { now } from '../state/watching.js';

const columns = [
  'Time',
  'Result',
  'Path',
  'Peer',
  'Origin',
  'Agent',
  'Protocol',
  'Took',
  'Msgs in / out',
  'Traffic',
  'Ping',
  'Age',
];

export function HeadRow() {
  return (
    <div class="head" role="rowgroup">
      <div class="row" role="row" aria-rowindex={1}>
        {columns.map((name) => (
          <span key={name} role="columnheader" class={`cell ${classOf(name)}`}>
            {name}
          </span>
        ))}
      </div>
    </div>
  );
}

interface Props {
  readonly row: SeenRow;
  readonly index: number;
  readonly top: number;
}

/** `row` is what stood in the list when it was held; what is shown is how it is now. */
export function Row({ row: listed, index, top }: Props) {
  const row = rows.get(listed.id) ?? listed;
  const isHere = place.value.id === row.id;
  const state = row.connection;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      class={`row${isHere ? ' is-here' : ''}${cursor.value === row.id ? ' is-cursor' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      data-id={row.id}
    >
      <Cell name="Time">{clock(row.at)}</Cell>
      <Cell name="Result">
        <Chip row={row} />
      </Cell>
      <Cell name="Path">
        <a href={hrefOf({ view: 'handshakes', id: row.id })} aria-current={isHere ? 'true' : undefined}>
          <span class="target">
            {row.method !== 'GET' && <span class="method">{row.method} </span>}
            <Safe text={row.target === '' ? '(no head)' : row.target} />
          </span>
          <Tags row={row} />
        </a>
      </Cell>
      <Cell name="Peer">
        {row.secure && <Icon name="lock" />}
        <Safe text={row.address} />
        {row.peer !== row.address && (
          <span class="hop">
            {' '}
            → <Safe text={row.peer} />
          </span>
        )}
      </Cell>
      <Cell name="Origin">
        {row.origin === undefined ? none : <Safe text={row.origin.replace(/^https?:\/\//, '')} />}
      </Cell>
      <Cell name="Agent">{row.agent === undefined ? none : <Safe text={row.agent} />}</Cell>
      <Cell name="Protocol">
        <Safe text={protocol(row)} />
      </Cell>
      <Cell name="Took">{measured(row.tookMs)}</Cell>
      <Cell name="Msgs in / out">
        {state === undefined ? none : `${short(state.messagesIn)} / ${short(state.messagesOut)}`}
      </Cell>
      <Cell name="Traffic">{state === undefined ? none : octets(state.bytesIn + state.bytesOut)}</Cell>
      <Cell name="Ping">{state?.pingMs === undefined ? none : measured(state.pingMs)}</Cell>
      <Cell name="Age">
        <Age row={row} />
      </Cell>
    </div>
  );
}

const none = <span class="none">–</span>;

function Cell({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <span role="cell" class={`cell ${classOf(name)}`}>
      {children}
    </span>
  );
}

function classOf(name: string): string {
  return `c-${name.split(' ')[0]!.toLowerCase()}`;
}

function protocol(row: HandshakeRow): string {
  const compressed = row.extensions.includes('permessage-deflate') ? ' +deflate' : '';
  return `${row.carrier === 'h2' ? 'h2 ' : ''}${row.subprotocol === '' ? '–' : row.subprotocol}${compressed}`;
}

/** Of an open one how old it is by now; a component of its own, so that each second redraws this and nothing else. */
function Age({ row }: { readonly row: SeenRow }) {
  const state = row.connection;
  if (state === undefined || row.isForgotten) return none;
  return <>{span(state.end === undefined ? now.value - row.at : state.openMs)}</>;
}
