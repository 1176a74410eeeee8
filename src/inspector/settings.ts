// Knows: what may be said about an inspector, and what holds unless it is said.
// Must not know: how any of it is used.
import { checkKeys, fillNumbers } from '../options.js';
import type { UserOf } from './whose.js';

export interface InspectOptions {
  /**
   * Who has it may watch, from anywhere: a secret of 16 to 256 visible ASCII characters. Without one this machine may, and nobody else.
   * Required where `NODE_ENV` is `production`.
   */
  readonly token?: string | undefined;
  /** How the server is called in the page. Default `handfast`. */
  readonly name?: string | undefined;
  /**
   * Whether the beginnings of payloads are kept and shown. Default true, but false where `NODE_ENV` is `production`: there frames are
   * shown without what they carry.
   */
  readonly payload?: boolean | undefined;
  /**
   * Whether those who watch may act upon open connections: send messages and pings, close, pause reading. Default false, in production
   * and elsewhere. Each act is told on the channel `handfast:inspector:act`.
   */
  readonly actions?: boolean | undefined;
  /**
   * Says whose a handshake is, such as the name of the user out of `connection.context`: it stands in the row, and a search for
   * `user:` finds it. Asked of each handshake that is kept, also of those that were refused, which have no connection. At most 80
   * characters. What it throws, or anything but a string or undefined, is told as a fault and harms nothing.
   */
  readonly user?: UserOf | undefined;
  /** What is kept may take so many bytes in all. Default 16 MiB. */
  readonly budgetBytes?: number | undefined;
  /** Handshakes kept, the newest. Default 10,000. */
  readonly handshakes?: number | undefined;
  /** Frames kept of each connection that is watched. Default 1,000. */
  readonly framesPerConnection?: number | undefined;
  /** Of each payload so many octets. Default 1,024. */
  readonly payloadBytes?: number | undefined;
  /** While nobody watches so many a second of those accepted, and of those not, are kept, on average of a minute. Default 1. */
  readonly samplesPerSecond?: number | undefined;
}

const MIB = 1024 * 1024;
const NUMBERS = {
  budgetBytes: 16 * MIB,
  handshakes: 10_000,
  framesPerConnection: 1000,
  payloadBytes: 1024,
  samplesPerSecond: 1,
};

export interface Settings extends Readonly<typeof NUMBERS> {
  readonly token: string | undefined;
  readonly name: string;
  readonly payload: boolean;
  readonly actions: boolean;
  readonly user: UserOf | undefined;
}

/**
 * @throws TypeError for an unknown option, a token that is no secret, a user that is no function, or `actions` that are neither on nor
 * off; RangeError for a number out of range.
 */
export function settingsOf(options: InspectOptions): Settings {
  checkKeys(options, [...Object.keys(NUMBERS), 'token', 'name', 'payload', 'actions', 'user'], 'inspect()');
  const isProduction = process.env.NODE_ENV === 'production';
  const { token, name = 'handfast', payload = !isProduction, actions = false, user, ...numbers } = options;
  if (token === undefined && isProduction)
    throw new TypeError(
      'inspect() needs a token in production: what a proxy on this machine passes on may look as if it came from here',
    );
  if (token !== undefined && !/^[!-~]{16,256}$/.test(token))
    throw new TypeError('token in inspect() must be 16 to 256 visible ASCII characters');
  // The text 'false' of an environment must not let anybody act.
  if (typeof actions !== 'boolean') throw new TypeError('actions in inspect() must be true or false');
  if (user !== undefined && typeof user !== 'function')
    throw new TypeError('user in inspect() must be a function');
  return {
    token,
    name,
    payload,
    actions,
    user,
    ...fillNumbers(numbers as Partial<typeof NUMBERS>, NUMBERS, 'inspect()'),
  };
}
