// Knows: the table of frames, oldest first. It follows the newest only while one stands at its end, so that it never
// jumps under somebody who reads.
import type { Signal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Talk } from '../decoders/decoder.js';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { useVirtual } from '../parts/virtual.js';
import { clock, count, delta, octets } from '../state/figures.js';
import { formsOf } from '../state/forms.js';
import { type Line, opcodeName, readingOf } from '../state/frames.js';

const LINE_PX = 28;
const PREVIEW_CHARACTERS = 240;
const columns = ['', 'Time', 'Since', 'Opcode', 'Size', 'Payload'];

interface Props {
  readonly lines: readonly Line[];
  readonly chosen: Signal<number | undefined>;
  readonly talk: Talk;
  /** When the handshake was. */
  readonly since: number;
  readonly isEmpty: boolean;
}

export function FrameTable({ lines, chosen, talk, since, isEmpty }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useSignal(true);
  const seen = useRef(0);
  const virtual = useVirtual(lines.length, LINE_PX, scroller);
  const last = lines.at(-1)?.n ?? 0;
  useLayoutEffect(() => {
    if (!follows.peek()) return;
    scroller.current?.scrollTo({ top: virtual.height });
    seen.current = last;
  }, [last, lines.length, follows.value]);
  const unseen = follows.value ? 0 : lines.length - 1 - lines.findLastIndex((line) => line.n <= seen.current);
  return (
    <div class="list-frame frame-frame">
      {!follows.value && (
        <button type="button" class="held at-end" onClick={() => (follows.value = true)}>
          <Icon name="down" />
          <span>{unseen === 0 ? 'Follow' : `${count(unseen)} new`}</span>
        </button>
      )}
      <div
        class="list frames"
        ref={scroller}
        tabIndex={0}
        onScroll={(event) => follow(event.currentTarget, follows)}
      >
        <div class="table" role="table" aria-label="Frames, oldest first" aria-rowcount={lines.length + 1}>
          <HeadRow />
          <div class="rows" role="rowgroup" style={{ height: `${virtual.height}px` }}>
            {virtual.items.map((item) => {
              const line = lines[item.index];
              return (
                line && (
                  <FrameLine
                    key={line.n}
                    line={line}
                    index={item.index}
                    top={item.start}
                    chosen={chosen}
                    talk={talk}
                    since={since}
                  />
                )
              );
            })}
          </div>
        </div>
        {lines.length === 0 && (
          <p class="nothing">{isEmpty ? 'No frame yet.' : 'No frame passes the filter.'}</p>
        )}
      </div>
    </div>
  );
}

function follow(element: HTMLElement, follows: Signal<boolean>): void {
  follows.value = element.scrollHeight - element.scrollTop - element.clientHeight < LINE_PX;
}

function HeadRow() {
  return (
    <div class="head" role="rowgroup">
      <div class="row" role="row" aria-rowindex={1}>
        {columns.map((name) => (
          <span key={name} role="columnheader" class={`cell f-${name.toLowerCase() || 'way'}`}>
            {name === '' ? <span class="unheard">Direction</span> : name}
          </span>
        ))}
      </div>
    </div>
  );
}

interface LineProps {
  readonly line: Line;
  readonly index: number;
  readonly top: number;
  readonly chosen: Signal<number | undefined>;
  readonly since: number;
  readonly talk: Talk;
}

function FrameLine({ line, index, top, chosen, talk, since }: LineProps) {
  const isHere = chosen.value === line.n;
  const choose = () => (chosen.value = isHere ? undefined : line.n);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      class={`row way-${line.direction}${line.isControl ? ' is-control' : ''}${isHere ? ' is-here' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <FrameCell name="way">
        <Icon name={line.direction} />
        <span class="unheard">{line.direction === 'in' ? 'received' : 'sent'}</span>
      </FrameCell>
      <FrameCell name="time">
        <span title={`${delta(line.at - since)} after the handshake`}>{clock(line.at, true)}</span>
      </FrameCell>
      <FrameCell name="since">{index === 0 ? '' : delta(line.sinceMs)}</FrameCell>
      <FrameCell name="opcode">
        {opcodeName(line.opcode)}
        {line.frames.length > 1 && (
          <span class="fragments" title={`${line.frames.length} fragments`}>
            {' '}
            ×{line.frames.length}
          </span>
        )}
        {line.byWatcher && (
          <span title="Sent for somebody who watches">
            <Icon name="pen" />
            <span class="unheard">, sent for somebody who watches</span>
          </span>
        )}
      </FrameCell>
      <FrameCell name="size">
        <Size line={line} />
      </FrameCell>
      <FrameCell name="payload">
        <button type="button" aria-pressed={isHere} onClick={choose}>
          <Glance line={line} talk={talk} />
        </button>
      </FrameCell>
    </div>
  );
}

function FrameCell({
  name,
  children,
}: {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <span role="cell" class={`cell f-${name}`}>
      {children}
    </span>
  );
}

function Size({ line }: { readonly line: Line }) {
  if (line.inflatedBytes === undefined || !line.isCompressed) return <>{octets(line.wireBytes)}</>;
  const share = Math.round((line.wireBytes / Math.max(1, line.inflatedBytes)) * 100);
  return (
    <span title={`${octets(line.wireBytes)} on the wire, ${octets(line.inflatedBytes)} inflated`}>
      {octets(line.wireBytes)} <span class="ratio">{share} %</span>
    </span>
  );
}

function Glance({ line, talk }: { readonly line: Line; readonly talk: Talk }) {
  const reading = readingOf(line);
  if (line.note !== undefined) return <Safe text={line.note} />;
  if (reading === undefined || reading.bytes.length === 0) {
    if (line.isControl) return <span class="unheard">{opcodeName(line.opcode)}</span>;
    return <span class="none">{line.payloadBytes === 0 ? 'empty' : 'not captured'}</span>;
  }
  const [form] = formsOf(line, talk);
  if (form?.decoded !== undefined) return <Safe text={form.decoded.brief.slice(0, PREVIEW_CHARACTERS)} />;
  if (reading.text !== undefined && form?.key !== 'hex')
    return <Safe text={reading.text.slice(0, PREVIEW_CHARACTERS)} />;
  return (
    <>{[...reading.bytes.subarray(0, 48)].map((octet) => octet.toString(16).padStart(2, '0')).join(' ')}</>
  );
}
