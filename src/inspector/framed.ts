// Knows: the frames of the few connections that somebody looked at last. Must not know: who looks, or what a frame carries (`frames.ts`).
import type { FrameTrace } from '../trace.js';
import { type FrameLimits, Frames } from './frames.js';
import type { FrameRow } from './protocol.js';

/** Looking at one more forgets the one looked at longest ago. */
const MAX_FRAMED = 8;

export class Framed {
  readonly #limits: FrameLimits;
  readonly #framed = new Map<number, Frames>();

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    let bytes = 0;
    for (const frames of this.#framed.values()) bytes += frames.bytes;
    return bytes;
  }

  rows(id: number): readonly FrameRow[] | undefined {
    return this.#framed.get(id)?.rows;
  }

  /** `isAskedFor`: somebody who watches has asked for it. */
  add(id: number, told: FrameTrace, isAskedFor: boolean): FrameRow {
    return (this.#framed.get(id) ?? this.#begin(id)).add(told, isAskedFor);
  }

  #begin(id: number): Frames {
    const frames = new Frames(this.#limits);
    this.#framed.set(id, frames);
    for (const oldest of this.#framed.keys()) {
      if (this.#framed.size <= MAX_FRAMED) break;
      this.#framed.delete(oldest);
    }
    return frames;
  }

  forget(id: number): void {
    this.#framed.delete(id);
  }

  clear(): void {
    this.#framed.clear();
  }
}
