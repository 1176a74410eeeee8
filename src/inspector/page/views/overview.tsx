// Knows: how the server does: charts of the last minutes with the reloads marked in them, closes by code, limits and how near they are.
import { closeCode } from '../../../forensics/close-codes.js';
import type { Overview as Figures } from '../../protocol.js';
import { Chart, type ChartMark } from '../parts/chart.js';
import { go } from '../state/at.js';
import { clock, count, measured, octets, rate, span } from '../state/figures.js';
import { overview, past } from '../state/news.js';
import { placeOf, roundUp, roundUpOctets, widthOf } from '../state/samples.js';
import { Pings } from './pings.js';

export function Overview() {
  const now = overview.value;
  if (now === undefined) return <p class="nothing">Waiting for the server…</p>;
  return (
    <section class="overview" aria-label="Overview">
      <h2 class="unheard">Overview</h2>
      <Charts />
      <div class="sections">
        <Closes figures={now} />
        <Limits figures={now} />
        <Pings figures={now} />
      </div>
    </section>
  );
}

type Read = (figures: Figures) => number;
const charts: ReadonlyArray<{
  readonly title: string;
  readonly series: ReadonlyArray<readonly [name: string, read: Read]>;
  readonly write: (value: number) => string;
  readonly roundUp?: (value: number) => number;
}> = [
  {
    title: 'Handshakes a second',
    series: [
      ['accepted', (one) => one.acceptedPerSecond],
      ['refused', (one) => one.refusedPerSecond],
    ],
    write: rate,
  },
  {
    title: 'Time to the answer',
    series: [
      ['p50', (one) => one.p50Ms],
      ['p99', (one) => one.p99Ms],
    ],
    write: measured,
  },
  { title: 'Open sockets', series: [['open', (one) => one.open]], write: count },
  {
    title: 'Messages a second',
    series: [
      ['in', (one) => one.messagesInPerSecond],
      ['out', (one) => one.messagesOutPerSecond],
    ],
    write: rate,
  },
  {
    title: 'Traffic a second',
    series: [
      ['in', (one) => one.bytesInPerSecond],
      ['out', (one) => one.bytesOutPerSecond],
    ],
    write: octets,
    roundUp: roundUpOctets,
  },
  { title: 'Backpressured sockets', series: [['waiting', (one) => one.backpressured]], write: count },
];

function Charts() {
  const samples = past.value;
  const width = widthOf(samples.length);
  const marks = reloadMarks(samples, width);
  return (
    <div class="charts">
      {charts.map((chart) => (
        <Chart
          key={chart.title}
          title={chart.title}
          write={chart.write}
          roundUp={chart.roundUp ?? roundUp}
          width={width}
          marks={marks}
          series={chart.series.map(([name, read]) => ({ name, values: samples.map(read) }))}
        />
      ))}
    </div>
  );
}

/** Those that the charts reach back to. */
function reloadMarks(samples: readonly Figures[], width: number): ChartMark[] {
  const reloads = samples.at(-1)?.reloads ?? [];
  return reloads.flatMap(({ at }) => {
    const x = placeOf(at, samples, width);
    return x === undefined ? [] : { x, name: 'reload', time: clock(at) };
  });
}

function Closes({ figures }: { readonly figures: Figures }) {
  const sorted = [...figures.closes].sort((a, b) => b[1] - a[1]);
  const most = Math.max(1, ...sorted.map(([, times]) => times));
  return (
    <section class="card">
      <h3>Closes of the last ten minutes</h3>
      {sorted.length === 0 && <p class="nothing">None.</p>}
      <ul class="closes">
        {sorted.map(([code, times]) => (
          <li key={code}>
            <button
              type="button"
              onClick={() => go({ view: 'handshakes', tab: 'closed', words: `close:${code}` })}
            >
              <span class="figure">{code}</span>
              <span class="name">{closeCode(code)?.name ?? ''}</span>
              <span class="bar-of" aria-hidden="true">
                <span style={{ width: `${(times / most) * 100}%` }} />
              </span>
              <span class="times">{count(times)}</span>
            </button>
          </li>
        ))}
      </ul>
      {figures.reloads.length > 0 && <Reloads figures={figures} />}
    </section>
  );
}

function Reloads({ figures }: { readonly figures: Figures }) {
  return (
    <div class="reloads">
      <p>
        <code>RELOAD_CUT</code> So many ended at once that it was a deploy, or a proxy that reloads:
      </p>
      <ul>
        {figures.reloads.toReversed().map(({ at, ended }) => (
          <li key={at}>
            <span class="figure">{clock(at)}</span> reload, {count(ended)} connections ended,{' '}
            {span(figures.at - at)} ago
          </li>
        ))}
      </ul>
    </div>
  );
}

const NEAR = 0.8;

function Limits({ figures }: { readonly figures: Figures }) {
  const kept = { name: 'memory of the inspector', used: figures.heldBytes, most: figures.budgetBytes };
  return (
    <section class="card">
      <h3>Limits, and how near</h3>
      <ul class="limits">
        {figures.limits.map((limit) => (
          <Limit key={limit.name} {...limit} write={count} />
        ))}
        <Limit {...kept} write={octets} />
      </ul>
    </section>
  );
}

interface LimitProps {
  readonly name: string;
  readonly used: number;
  readonly most: number;
  readonly write: (value: number) => string;
}

function Limit({ name, used, most, write }: LimitProps) {
  const isSet = Number.isFinite(most) && most > 0;
  const share = isSet ? Math.min(1, used / most) : 0;
  const isNear = share >= NEAR;
  return (
    <li class={isNear ? 'is-near' : ''}>
      <span class="name">{name}</span>
      <span class="bar-of" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span class="times">
        {write(used)} of {isSet ? write(most) : 'any'}
        {isNear && <b> near</b>}
      </span>
    </li>
  );
}
