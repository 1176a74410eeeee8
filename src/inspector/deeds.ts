// Knows: what somebody who watches may ask to be done to a connection, and what of that cannot be meant. RFC 6455 §5.5.1 and §7.4 for
// the close frame, RFC 4648 §4 for base64. Must not know: any connection, or who asks.
import { isSendableCloseCode, MAX_CONTROL_BYTES } from '../frames/frame.js';
import type { Action, Denial } from './protocol.js';

/** An action that can be done, whatever it is done to. */
export type Deed =
  | { readonly do: 'text' | 'binary'; readonly bytes: Buffer }
  | Exclude<Action, { readonly do: 'text' | 'binary' }>;

/** Why not: a word for programs, and some for people. */
export class Denied {
  readonly denied: Denial;
  readonly words: string;

  constructor(denied: Denial, words: string) {
    this.denied = denied;
    this.words = words;
  }
}

/** Two octets of a close frame are its code. */
const MAX_REASON_BYTES = MAX_CONTROL_BYTES - 2;

const KINDS = ['text', 'binary', 'ping', 'close', 'pause', 'resume'] as const;

export function kindOf(action: unknown): Action['do'] | 'unknown' {
  return KINDS.find((kind) => kind === Object(action).do) ?? 'unknown';
}

/** `action` is what came of JSON: anything. */
export function deedOf(action: unknown): Deed | Denied {
  const asked: Partial<Record<string, unknown>> = Object(action);
  switch (asked.do) {
    case 'text':
      return typeof asked.text === 'string' ? { do: 'text', bytes: Buffer.from(asked.text) } : UNKNOWN;
    case 'binary':
      return typeof asked.base64 === 'string' ? binary(asked.base64) : UNKNOWN;
    case 'close':
      return closing(asked.code, asked.reason ?? '');
    case 'ping':
    case 'pause':
    case 'resume':
      return { do: asked.do };
    default:
      return UNKNOWN;
  }
}

const UNKNOWN = new Denied('unknown', 'There is no such action.');

/** Node would read past what is no base64, and send something that nobody meant. */
function binary(base64: string): Deed | Denied {
  const isValid = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64);
  if (!isValid) return new Denied('base64', 'These octets are not written in base64.');
  return { do: 'binary', bytes: Buffer.from(base64, 'base64') };
}

function closing(code: unknown, reason: unknown): Deed | Denied {
  if (typeof reason !== 'string') return UNKNOWN;
  if (typeof code !== 'number' || !Number.isInteger(code) || !isSendableCloseCode(code))
    return new Denied(
      'code',
      'This code may not stand in a close frame: use 1000 to 1003, 1007 to 1014, or 3000 to 4999.',
    );
  const bytes = Buffer.byteLength(reason);
  if (bytes > MAX_REASON_BYTES)
    return new Denied('reason', `The reason has ${bytes} octets, and a close frame has room for 123.`);
  return { do: 'close', code, reason };
}
