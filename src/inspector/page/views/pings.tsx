// Knows: how the round trips of pings are spread: a bar for each bucket, with its bound below and its count above.
import type { Overview, PingBucket } from '../../protocol.js';
import { count, measured } from '../state/figures.js';

export function Pings({ figures }: { readonly figures: Overview }) {
  const { pings, pingP50Ms } = figures;
  const all = pings.reduce((sum, bucket) => sum + bucket.count, 0);
  const most = Math.max(1, ...pings.map((bucket) => bucket.count));
  return (
    <section class="card">
      <h3>
        Ping round trips of the last five minutes
        {pingP50Ms !== undefined && <b>p50 {measured(pingP50Ms)}</b>}
      </h3>
      {all === 0 ? (
        <p class="nothing">No pong yet. Pings are counted while somebody looks.</p>
      ) : (
        <ol class="pings">
          {pings.map((bucket, index) => (
            <Bar
              key={bucket.mostMs ?? 'more'}
              bucket={bucket}
              before={pings[index - 1]?.mostMs ?? 0}
              most={most}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

interface BarProps {
  readonly bucket: PingBucket;
  /** The bound of the bucket before, in milliseconds. */
  readonly before: number;
  /** The count that is as high as there is room. */
  readonly most: number;
}

function Bar({ bucket: { mostMs, count: times }, before, most }: BarProps) {
  const said = mostMs === undefined ? `above ${bound(before)}` : `${bound(before)} to ${bound(mostMs)}`;
  return (
    <li title={`${said}: ${count(times)}`}>
      <span class="unheard">
        {said}: {count(times)}
      </span>
      <span class="times" aria-hidden="true">
        {times === 0 ? '' : count(times)}
      </span>
      <span class="column" aria-hidden="true">
        <span style={{ height: `${(times / most) * 100}%` }} />
      </span>
      <span class="bound" aria-hidden="true">
        {mostMs === undefined ? 'more' : mostMs < 1000 ? mostMs : bound(mostMs)}
        {mostMs !== undefined && mostMs < 1000 && <span class="unit"> ms</span>}
      </span>
    </li>
  );
}

/** 50 ms, 1 s: bounds are round. */
function bound(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}
