// Holds back what is given to zlib's threads, so that a test acts while a message is on its way, however fast they are.
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';

type Work = (bytes: Uint8Array, options: object, done: (error: Error | null, output: Buffer) => void) => void;

export interface HeldThreads {
  /** Messages that are held back now. */
  readonly waiting: number;
  /** Lets the oldest one go. */
  next(): void;
  /** Lets all of them go, and holds back none any more. */
  release(): void;
}

export function holdThreads(): HeldThreads {
  const held: (() => void)[] = [];
  const { deflateRaw, inflateRaw } = zlib;
  const holding = (work: unknown): unknown => {
    const original = work as Work;
    const hold: Work = (bytes, options, done) => void held.push(() => original(bytes, options, done));
    return hold;
  };
  replace(holding(deflateRaw), holding(inflateRaw));
  return {
    get waiting() {
      return held.length;
    },
    next() {
      held.shift()!();
    },
    release() {
      replace(deflateRaw, inflateRaw);
      for (const go of held.splice(0)) go();
    },
  };
}

function replace(deflateRaw: unknown, inflateRaw: unknown): void {
  Object.assign(zlib, { deflateRaw, inflateRaw });
  syncBuiltinESMExports();
}
