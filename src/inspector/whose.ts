// Knows: whose a handshake is, as the application says, and under which ids proxies and logs know its request.
// Must not know: what is done with either. The application's own code may throw, and may answer anything.
import { scrub } from '../forensics/redact.js';
import type { Fields } from '../handshake/head.js';
import { type HandshakeTrace, reportFault } from '../trace.js';
import { own } from './kept-head.js';

/** Says whose a handshake is. */
export type UserOf = (handshake: HandshakeTrace) => string | undefined;

const MAX_USER_LENGTH = 80;
const MAX_ID_LENGTH = 128;
/** Longer texts are not even looked at. */
const MAX_SAID_LENGTH = 4096;

/** Bounded, and without what looks like a secret. What goes wrong in the application's code is a fault that is told, and no more. */
export function userOf(trace: HandshakeTrace, ask: UserOf): string | undefined {
  try {
    const said: unknown = ask(trace);
    if (said === undefined || said === '') return undefined;
    if (typeof said === 'string') return own(scrub(said.slice(0, MAX_SAID_LENGTH)).slice(0, MAX_USER_LENGTH));
    // A promise that is rejected with nobody there would end the process.
    Promise.resolve(said).catch(() => {});
    throw new TypeError('user of inspect() must return a string or undefined');
  } catch (error) {
    reportFault('user of inspect() threw', error);
    return undefined;
  }
}

/** W3C Trace Context, and the fields of common proxies and platforms. */
const ID_FIELDS = [
  'x-request-id',
  'x-correlation-id',
  'traceparent',
  'cf-ray',
  'x-amzn-trace-id',
  'x-cloud-trace-context',
  'fly-request-id',
];

/** Of fields that hold no secret any more; undefined where there is none. */
export function requestIdsOf(fields: Fields): readonly string[] | undefined {
  let found: string[] | undefined;
  for (const name of ID_FIELDS) {
    const value = fields.get(name);
    if (value === undefined || value === '') continue;
    found ??= [];
    found.push(value.slice(0, MAX_ID_LENGTH));
  }
  return found;
}
