// Knows: when what happened: how long each step to the answer took, and the connection as lanes.
import { useComputed } from '@preact/signals';
import type { Detail } from '../../protocol.js';
import { Lane } from '../parts/lane.js';
import { measured, octets, span } from '../state/figures.js';
import { type Dot, layOut, type Silence, type Trip } from '../state/lanes.js';
import { frames } from '../state/news.js';
import { type SeenRow, verdict } from '../state/verdict.js';
import { now } from '../state/watching.js';

export function Time({ row, facts }: { readonly row: SeenRow; readonly facts: Detail }) {
  return (
    <>
      <Opening row={row} steps={facts.steps} />
      {row.outcome === 'accepted' && <Connection row={row} foundMs={facts.end?.cause.timeoutMs} />}
    </>
  );
}

/** The steps that were timed, one after the other, as they were. */
function Opening({ row, steps }: { readonly row: SeenRow; readonly steps: Detail['steps'] }) {
  const timed = steps.filter((step) => step.ms !== undefined);
  // What the row says begins with the socket, which is there once TLS is.
  const tlsMs = timed.find((step) => step.name === 'TLS')?.ms ?? 0;
  // The row's clock tells whole milliseconds, that of the steps tells parts.
  const allMs = Math.max(
    tlsMs + row.tookMs,
    timed.reduce((sum, step) => sum + step.ms!, 0),
  );
  const whole = Math.max(allMs, 0.1);
  let from = 0;
  return (
    <section class="card">
      <h3>
        To the answer <b>{measured(allMs)}</b>
        {tlsMs > 0 && ` with TLS, ${measured(row.tookMs)} without`}
      </h3>
      <ol class="waterfall">
        {timed.map((step) => {
          const left = from;
          from += step.ms!;
          return (
            <li key={step.name}>
              <span class="name">{step.name}</span>
              <span class="track" aria-hidden="true">
                <span style={{ left: `${(left / whole) * 100}%`, width: `${(step.ms! / whole) * 100}%` }} />
              </span>
              <span class="took">{measured(step.ms!)}</span>
            </li>
          );
        })}
        <li class="sum">
          <span class="name">in all</span>
          <span class="track" aria-hidden="true">
            <span style={{ left: '0%', width: `${(allMs / whole) * 100}%` }} />
          </span>
          <span class="took">{measured(allMs)}</span>
        </li>
      </ol>
    </section>
  );
}

interface ConnectionProps {
  readonly row: SeenRow;
  /** The idle timeout that its end looks like. */
  readonly foundMs: number | undefined;
}

function Connection({ row, foundMs }: ConnectionProps) {
  const end = row.connection?.end;
  const lanes = useComputed(() => {
    const known = frames.value?.id === row.id ? frames.value.frames : [];
    return layOut(known, row.at, end?.at ?? Math.max(lastHeard(row), known.at(-1)?.at ?? 0), foundMs);
  });
  const { lengthMs, incoming, outgoing, trips, silences, ticks } = lanes.value;
  const longest = silences.reduce((most, one) => Math.max(most, one.ms), 0);
  return (
    <section class="card">
      <h3>
        The connection <b>{lengthMs < 1000 ? measured(lengthMs) : span(lengthMs)}</b>{' '}
        {end === undefined ? verdict(row).word : `until ${end.code}, ${end.who}`}
      </h3>
      <div class="lanes">
        <Lane name="received" told={messagesTold(incoming, row.at)} ticks={ticks}>
          {incoming.map((dot) => (
            <Messages key={dot.x} dot={dot} />
          ))}
        </Lane>
        <Lane name="sent" told={messagesTold(outgoing, row.at)} ticks={ticks}>
          {outgoing.map((dot) => (
            <Messages key={dot.x} dot={dot} />
          ))}
        </Lane>
        <Lane name="pings" told={pingsTold(trips)} ticks={ticks}>
          {trips.map((trip) => (
            <Ping key={trip.at} trip={trip} />
          ))}
        </Lane>
        <Lane name="silence" told={silencesTold(longest, foundMs)} ticks={ticks}>
          {silences.map((silence) => (
            <Quiet key={silence.from} silence={silence} />
          ))}
        </Lane>
        {end !== undefined && (
          <Lane name="close" told={end.clean ? 'in order' : 'cut off'} ticks={ticks}>
            <span class="end-mark">
              {end.code} {end.who}
            </span>
          </Lane>
        )}
        <div class="axis" aria-hidden="true">
          <span class="name" />
          <div class="track">
            {ticks.map((tick) => (
              <span key={tick.ms} style={{ left: `${tick.x * 100}%` }}>
                {tick.ms === 0 ? '0' : tick.ms < 1000 ? measured(tick.ms) : span(tick.ms)}
              </span>
            ))}
          </div>
        </div>
      </div>
      <p class="legend">
        A silence of 20 s and more is a band. Lines in it stand at 60 s, where nginx, HAProxy and load
        balancers of AWS cut a silent connection, and at 100 s, where Cloudflare does
        {foundMs === undefined ? '.' : ', or at the timeout that its end looks like.'}
      </p>
    </section>
  );
}

/** Until when it is known how it was. */
function lastHeard({ isForgotten, at, connection }: SeenRow): number {
  return isForgotten ? at + (connection?.openMs ?? 0) : now.value;
}

function Messages({ dot }: { readonly dot: Dot }) {
  const height = Math.min(18, 4 + Math.log2(1 + dot.bytes));
  return (
    <span
      class="dot-mark"
      title={`${dot.count === 1 ? '1 message' : `${dot.count} messages`}, ${octets(dot.bytes)}`}
      style={{ left: `${dot.x * 100}%`, height: `${height}px` }}
    />
  );
}

function Ping({ trip }: { readonly trip: Trip }) {
  const isLost = trip.ms === undefined;
  return (
    <span
      class={`ping-mark${isLost ? ' is-lost' : ''}`}
      title={isLost ? 'No pong came' : `Pong after ${measured(trip.ms)}`}
      style={{ left: `${trip.x * 100}%` }}
    />
  );
}

function Quiet({ silence }: { readonly silence: Silence }) {
  return (
    <>
      <span
        class="silence-mark"
        title={`${span(silence.ms)} without an octet`}
        style={{ left: `${silence.x * 100}%`, width: `${silence.width * 100}%` }}
      >
        {silence.width > 0.06 && !silence.marks.some((mark) => mark.isFound) && span(silence.ms)}
      </span>
      {silence.marks.map((mark) => (
        <span
          key={mark.ms}
          class={`timeout-mark${mark.isFound ? ' is-found' : ''}`}
          style={{ left: `${mark.x * 100}%` }}
          title={`${mark.ms / 1000} s`}
        >
          {mark.isFound && <span>{mark.ms / 1000} s: cut</span>}
        </span>
      ))}
    </>
  );
}

function silencesTold(longest: number, foundMs: number | undefined): string {
  if (foundMs !== undefined) return `cut after ${foundMs / 1000} s of it`;
  return longest === 0 ? 'none of 20 s' : `the longest ${span(longest)}`;
}

function pingsTold(trips: readonly Trip[]): string {
  const times = trips.flatMap((trip) => trip.ms ?? []).sort((a, b) => a - b);
  if (trips.length === 0) return 'none seen';
  if (times.length === 0) return `${trips.length} and no pong`;
  return `${trips.length}, p50 ${measured(times[times.length >> 1]!)}`;
}

function messagesTold(dots: readonly Dot[], from: number): string {
  const [first] = dots;
  const count = dots.reduce((all, dot) => all + dot.count, 0);
  return first === undefined
    ? 'none seen'
    : `${count}, the first after ${measured(Math.max(0, first.at - from))}`;
}
