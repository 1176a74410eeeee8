// Knows: where every room keeps its rows, and joins them: the one list that the CLI, the documentation and the tests read.
// Must not know: any row. A code has one row; two rooms that claim the same code are found here, at load.
import { ENDINGS } from './connection/endings.js';
import { deflateReasons } from './deflate/deflate-reasons.js';
import { forensicReasons } from './forensics/reasons.js';
import { VIOLATIONS } from './frames/violations.js';
import { handshakeReasons } from './handshake/rejections.js';
import type { Reason } from './reason.js';
import { FAILURES } from './transport/failures.js';
import { FORWARD_FAILURES } from './transport/forward-failures.js';
import { H2_FAILURES } from './transport/http2-failures.js';
import { SESSION_FAULTS } from './transport/http2-faults.js';

/**
 * Every reason by its code, in the order of the path: the way there, handshake, frames, the end of a connection; then what only a
 * diagnosis finds.
 */
export const catalogue: ReadonlyMap<string, Reason> = join(
  FAILURES,
  FORWARD_FAILURES,
  H2_FAILURES,
  SESSION_FAULTS,
  handshakeReasons,
  VIOLATIONS,
  deflateReasons,
  ENDINGS,
  forensicReasons,
);

/** Every reason. */
export const CATALOGUE: readonly Reason[] = Object.freeze([...catalogue.values()]);

function join(...rooms: Readonly<Record<string, Reason>>[]): ReadonlyMap<string, Reason> {
  const all = new Map<string, Reason>();
  for (const reason of rooms.flatMap((rows) => Object.values(rows))) {
    if (all.has(reason.code)) throw new TypeError(`two rows are called ${reason.code}`);
    all.set(reason.code, reason);
  }
  return all;
}
