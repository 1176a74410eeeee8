// Knows: what may be said about an inspector, and what holds unless it is said.
// Must not know: how any of it is used.
import { checkKeys, checkNumber } from '../options.js';

export interface InspectOptions {
  /** Who may watch from another machine: a secret of at least 16 characters. Without it only this machine may. */
  readonly token?: string;
  /** How the server is called in the page. Default `handfast`. */
  readonly name?: string;
  /**
   * Whether the beginnings of payloads are kept and shown. Default true, but false where NODE_ENV is `production`: there frames are
   * shown without what they carry.
   */
  readonly payload?: boolean;
  /** What is kept may take so many bytes in all. Default 16 MiB. */
  readonly budgetBytes?: number;
  /** Handshakes kept, the newest. Default 10,000 while somebody watches; what the budget holds otherwise. */
  readonly handshakes?: number;
  /** Frames kept of each connection that is watched. Default 1,000. */
  readonly framesPerConnection?: number;
  /** Of each payload so many octets. Default 1,024. */
  readonly payloadBytes?: number;
  /** While nobody watches so many handshakes a second are kept whole; the rest is counted. Default 5. */
  readonly samplesPerSecond?: number;
}

export type Settings = Required<Omit<InspectOptions, 'token'>> & Pick<InspectOptions, 'token'>;

const MIB = 1024 * 1024;
const SHORTEST_TOKEN = 16;

/** @throws TypeError for an unknown option or a token that is too short; RangeError for a number out of range. */
export function settingsOf(options: InspectOptions): Settings {
  checkKeys(options, [...NUMBERS, 'token', 'name', 'payload'], 'inspect()');
  const settings: Settings = {
    name: 'handfast',
    payload: process.env.NODE_ENV !== 'production',
    budgetBytes: 16 * MIB,
    handshakes: 10_000,
    framesPerConnection: 1000,
    payloadBytes: 1024,
    samplesPerSecond: 5,
    ...options,
  };
  for (const name of NUMBERS) checkNumber(settings[name], `inspect().${name}`);
  const { token } = settings;
  if (token !== undefined && token.length < SHORTEST_TOKEN) {
    throw new TypeError(`token must have ${SHORTEST_TOKEN} characters or more`);
  }
  return settings;
}

const NUMBERS = [
  'budgetBytes',
  'handshakes',
  'framesPerConnection',
  'payloadBytes',
  'samplesPerSecond',
] as const;
