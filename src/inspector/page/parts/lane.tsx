// Knows: one lane of time: its name, what is on it in words, and a track that the marks stand on.
import type { ComponentChildren } from 'preact';
import type { Tick } from '../state/lanes.js';

interface Props {
  readonly name: string;
  readonly told: string;
  readonly ticks: readonly Tick[];
  readonly children: ComponentChildren;
}

export function Lane({ name, told, ticks, children }: Props) {
  return (
    <div class="lane">
      <span class="name">
        {name} <span class="told">{told}</span>
      </span>
      <div class="track" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick.ms} class="tick" style={{ left: `${tick.x * 100}%` }} />
        ))}
        {children}
      </div>
    </div>
  );
}
