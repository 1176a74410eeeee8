// Counts what is compressed on this thread, and keeps what a Duplex is given to write, as the very same object.
import { syncBuiltinESMExports } from 'node:module';
import type { Duplex } from 'node:stream';
import zlib from 'node:zlib';

/** How many messages are compressed on this thread while that goes on. */
export async function compressions(work: () => unknown): Promise<number> {
  const { deflateRawSync } = zlib;
  let count = 0;
  const counting: typeof deflateRawSync = (...args) => {
    count += 1;
    return deflateRawSync(...args);
  };
  Object.assign(zlib, { deflateRawSync: counting });
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(zlib, { deflateRawSync });
    syncBuiltinESMExports();
  }
  return count;
}

/** What is written from now on: for each call of the system, the pieces that it gets. */
export function writesTo(duplex: Duplex): Uint8Array[][] {
  const writes: Uint8Array[][] = [];
  /** The call that is put together between cork and uncork. */
  let gathered: Uint8Array[] | undefined;
  const { write, uncork } = duplex;
  duplex.write = (...args: unknown[]): boolean => {
    if (duplex.writableCorked === 0 || gathered === undefined) writes.push([]);
    writes.at(-1)!.push(args[0] as Uint8Array);
    gathered = duplex.writableCorked === 0 ? undefined : writes.at(-1);
    return Reflect.apply(write, duplex, args);
  };
  duplex.uncork = () => {
    gathered = undefined;
    uncork.call(duplex);
  };
  return writes;
}
