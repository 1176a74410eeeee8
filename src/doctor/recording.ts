// Knows: what a run leaves behind, as data that can be saved and diagnosed again without a network.
// Must not know: how it was made, or what it means. A recording is read from a file that anybody may have written.
import type { Observation, Trouble } from './observation.js';
import { readRecording } from './recording-shape.js';
import type { Target } from './target.js';

const SCHEMA = 'handfast-run/1';

export interface Recording {
  readonly schema: typeof SCHEMA;
  /** `handfast 0.1.0` */
  readonly tool: string;
  /** ISO 8601. */
  readonly started: string;
  /** The URL as it may be shown. */
  readonly url: string;
  /** Why nothing was asked: the URL cannot be that of a WebSocket. */
  readonly trouble?: Trouble;
  readonly target?: Target;
  readonly observations: readonly Observation[];
  readonly ms: number;
}

export function recordingOf(parts: Omit<Recording, 'schema'>): Recording {
  return { schema: SCHEMA, ...parts };
}

/** More than any run leaves behind: sixteen answers of 64 KiB, and what is said about them. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/**
 * A recording out of a file. Only what a recording has is taken over, and every part of it is as `observation.ts` says; its texts are as
 * whoever wrote it left them.
 * @throws TypeError, with a sentence that says where, for what is none.
 */
export function parseRecording(text: string): Recording {
  if (text.length > MAX_CHARACTERS) throw new TypeError('this is no saved run: it is larger than any');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError('this is no saved run: it is no JSON', { cause: error });
  }
  if ((value as Partial<Recording> | null)?.schema !== SCHEMA)
    throw new TypeError(`this is no saved run of this version: schema is not ${SCHEMA}`);
  return readRecording(value);
}
