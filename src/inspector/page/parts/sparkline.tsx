// Knows: how a few counts become bars beside a number. Its height is relative: only the shape is told.
// Must not know: what is counted.

interface Props {
  readonly counts: readonly number[];
  /** Said to those who do not see it; without one it only repeats what stands beside it. */
  readonly label?: string;
}

const STEP = 4;
const HEIGHT = 18;

export function Sparkline({ counts, label }: Props) {
  const most = Math.max(1, ...counts);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${counts.length * STEP} ${HEIGHT}`}
      width={counts.length * STEP}
      height={HEIGHT}
      role={label === undefined ? undefined : 'img'}
      aria-label={label}
      aria-hidden={label === undefined}
    >
      {counts.map((count, at) => {
        const height = count === 0 ? 1 : Math.max(2, (count / most) * HEIGHT);
        return (
          <rect
            key={at}
            x={at * STEP}
            y={HEIGHT - height}
            width={STEP - 1}
            height={height}
            class={count === 0 ? 'nothing' : ''}
          />
        );
      })}
    </svg>
  );
}
