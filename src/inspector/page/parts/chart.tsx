// Knows: how one or two series over the last minutes are drawn, with their scale and what they are now.
// Must not know: what is measured. Lines differ by their stroke as well as by their colour.
import { count } from '../state/figures.js';

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** A moment that stands out. */
export interface ChartMark {
  /** 0 to 1 of the width. */
  readonly x: number;
  readonly name: string;
  /** By the clock. */
  readonly time: string;
}

interface Props {
  readonly title: string;
  readonly series: readonly Series[];
  readonly write: (value: number) => string;
  /** The top of the scale for the largest value. */
  readonly roundUp: (value: number) => number;
  /** How many seconds the whole width is, one sample each. */
  readonly width: number;
  /** In the order of time. */
  readonly marks?: readonly ChartMark[];
}

const HEIGHT = 100;
/** Marks that are closer have one name between them. */
const NAME_WIDTH = 0.16;

export function Chart({ title, series, write, roundUp, width, marks = [] }: Props) {
  const top = roundUp(Math.max(0, ...series.flatMap((one) => one.values)));
  const now = series.map((one) => `${one.name} ${write(one.values.at(-1) ?? 0)}`).join(', ');
  const said = [`now ${now}`, ...marks.map(({ name, time }) => `${name} at ${time}`)].join('; ');
  return (
    <figure class="chart">
      <figcaption>
        <span class="title">{title}</span>
        {series.map((one, index) => (
          <span key={one.name} class={`key series-${index}`}>
            <svg viewBox="0 0 16 8" width="16" height="8" aria-hidden="true">
              <path d="M0 4h16" />
            </svg>
            {one.name} <b>{write(one.values.at(-1) ?? 0)}</b>
          </span>
        ))}
      </figcaption>
      <div class="plot">
        <svg
          viewBox={`0 0 ${width} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${said}`}
        >
          <path class="rule" d={`M0 0.5H${width}M0 ${HEIGHT / 2}H${width}M0 ${HEIGHT - 0.5}H${width}`} />
          {series.map((one, index) => (
            <g key={one.name} class={`series-${index}`}>
              {index === 0 && <path class="area" d={area(one.values, top, width)} />}
              <path class="line" d={line(one.values, top, width)} />
            </g>
          ))}
        </svg>
        <span class="scale most" aria-hidden="true">
          {write(top)}
        </span>
        <span class="scale half" aria-hidden="true">
          {write(top / 2)}
        </span>
        {marks.map((mark, index) => (
          <Mark key={mark.time} mark={mark} next={marks[index + 1]} />
        ))}
      </div>
      <div class="times" aria-hidden="true">
        <span>{count(width)} s ago</span>
        <span>now</span>
      </div>
    </figure>
  );
}

function Mark({ mark, next }: { readonly mark: ChartMark; readonly next: ChartMark | undefined }) {
  const isNamed = next === undefined || next.x - mark.x > NAME_WIDTH;
  const side = mark.x > 1 - NAME_WIDTH ? 'before' : 'behind';
  return (
    <span class={`moment is-${side}`} style={{ left: `${mark.x * 100}%` }} aria-hidden="true">
      {isNamed && <span>{mark.name}</span>}
    </span>
  );
}

function points(values: readonly number[], top: number, width: number): string[] {
  const from = width - values.length;
  return values.map(
    (value, at) => `${from + at + 1} ${(HEIGHT - (value / top) * (HEIGHT - 2) - 1).toFixed(1)}`,
  );
}

function line(values: readonly number[], top: number, width: number): string {
  return values.length === 0 ? '' : `M${points(values, top, width).join('L')}`;
}

function area(values: readonly number[], top: number, width: number): string {
  if (values.length === 0) return '';
  return `${line(values, top, width)}L${width} ${HEIGHT}L${width - values.length + 1} ${HEIGHT}Z`;
}
