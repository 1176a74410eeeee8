// Knows: by what frames are filtered.
import type { Signal } from '@preact/signals';
import { Icon } from '../parts/icon.js';
import { type FrameFilter, opcodeName } from '../state/frames.js';

interface Props {
  readonly filter: Signal<FrameFilter>;
  readonly isWrong: boolean;
  readonly isPaused: boolean;
  readonly pause: () => void;
  readonly told: string;
}

const opcodes = [1, 2, 8, 9, 10];
const sizes = [0, 128, 1024, 16_384, 65_536];

export function FrameBar({ filter, isWrong, isPaused, pause, told }: Props) {
  const change = (part: Partial<FrameFilter>) => (filter.value = { ...filter.peek(), ...part });
  const { words, opcode, leastBytes, withControl } = filter.value;
  return (
    <div class="frame-bar">
      <input
        type="search"
        aria-label="Filter by text, or by /expression/"
        placeholder="Text or /expression/"
        aria-invalid={isWrong}
        spellcheck={false}
        autocomplete="off"
        value={words}
        onInput={(event) => change({ words: event.currentTarget.value })}
      />
      <select
        aria-label="Opcode"
        value={String(opcode)}
        onChange={(event) =>
          change({ opcode: event.currentTarget.value === 'all' ? 'all' : Number(event.currentTarget.value) })
        }
      >
        <option value="all">all opcodes</option>
        {opcodes.map((one) => (
          <option key={one} value={one}>
            {opcodeName(one)}
          </option>
        ))}
      </select>
      <select
        aria-label="Least size"
        value={leastBytes}
        onChange={(event) => change({ leastBytes: Number(event.currentTarget.value) })}
      >
        {sizes.map((size) => (
          <option key={size} value={size}>
            {size === 0 ? 'any size' : `≥ ${size < 1024 ? `${size} B` : `${size / 1024} KiB`}`}
          </option>
        ))}
      </select>
      <label>
        <input
          type="checkbox"
          checked={withControl}
          onChange={(event) => change({ withControl: event.currentTarget.checked })}
        />{' '}
        control frames
      </label>
      <button
        type="button"
        class={`quiet${isPaused ? ' is-on' : ''}`}
        aria-pressed={isPaused}
        onClick={pause}
      >
        <Icon name={isPaused ? 'play' : 'pause'} />
        <span>{isPaused ? 'Paused' : 'Pause'}</span>
      </button>
      <span class="told" role="status">
        {isWrong ? 'Not an expression yet' : told}
      </span>
    </div>
  );
}
