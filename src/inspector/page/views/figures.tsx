// Knows: the line of figures that is always seen: how the server is right now.
import type { ComponentChildren } from 'preact';
import { Sparkline } from '../parts/sparkline.js';
import { count, measured, octets, rate } from '../state/figures.js';
import { overview, past, rows } from '../state/news.js';

/** Bars of the last this many samples. */
const BARS = 16;

export function Figures() {
  const now = overview.value;
  if (now === undefined) return <section class="figures" aria-label="Now" />;
  const recent = past.value.slice(-BARS);
  return (
    <section class="figures" aria-label="Now" tabIndex={0}>
      <dl>
        <Figure name="open">{count(now.open)}</Figure>
        <Figure name="accepted/s">
          {rate(now.acceptedPerSecond)}
          <Sparkline counts={padded(recent.map((one) => one.acceptedPerSecond))} />
        </Figure>
        <Figure name="refused/s" tone={now.refusedPerSecond > 0 ? 'bad' : undefined}>
          {rate(now.refusedPerSecond)}
          <Sparkline counts={padded(recent.map((one) => one.refusedPerSecond))} />
        </Figure>
        <Figure name="p50 / p99 to answer">
          {hasSeenAny() ? `${measured(now.p50Ms)} / ${measured(now.p99Ms)}` : 'none yet'}
        </Figure>
        <Figure name="messages/s in / out">
          {rate(now.messagesInPerSecond)} / {rate(now.messagesOutPerSecond)}
        </Figure>
        <Figure name="backpressured" tone={now.backpressured > 0 ? 'warn' : undefined}>
          {count(now.backpressured)}
        </Figure>
        <Figure name="ping p50">{now.pingP50Ms === undefined ? 'none yet' : measured(now.pingP50Ms)}</Figure>
        <Figure name="inspector memory">
          {octets(now.heldBytes)} <small>of {octets(now.budgetBytes)}</small>
        </Figure>
      </dl>
    </section>
  );
}

/** Before the first handshake that counts the server tells times of 0. */
function hasSeenAny(): boolean {
  return rows.findLast((row) => row.watcher === undefined) !== undefined;
}

interface FigureProps {
  readonly name: string;
  readonly tone?: 'bad' | 'warn' | undefined;
  readonly children: ComponentChildren;
}

function Figure({ name, tone, children }: FigureProps) {
  return (
    <div class={`figure-item${tone === undefined ? '' : ` tone-${tone}`}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function padded(values: readonly number[]): number[] {
  return [...Array.from({ length: BARS - values.length }, () => 0), ...values];
}
