// Knows: the options of compression, their defaults and limits, and what all connections of an endpoint share.
// Must not know: how a message is compressed (`codec.ts`), how an offer is answered (`permessage-deflate.ts`).
import { checkKeys, checkNumber } from '../options.js';
import { heldBytes, promisedBytes } from './memory.js';
import { PermessageDeflate } from './permessage-deflate.js';

export interface CompressionOptions {
  /** Messages of fewer bytes are sent as they are. Default 1,024; with takeover 64. */
  readonly thresholdBytes?: number;
  /** Effort of the compressor, 1 to 9. Default 1: the next ones save some per cent for several times the CPU. */
  readonly level?: number;
  /**
   * Whether messages may refer to the ones before (context takeover), which makes small similar messages much smaller and costs
   * two windows of memory for each connection. Default false. Do not mix secrets with what others choose, see the security model.
   */
  readonly takeover?: boolean;
  /** The largest window that is kept for a connection with takeover, 9 to 15: 2 to that power bytes. Default 11, which is 2 KiB. */
  readonly windowBits?: number;
  /**
   * Bytes that the messages of one connection may expand to in a second; so no single message may be larger. Default 64 MiB.
   * Above: close 1008 (`MSG_INFLATE_RATE`).
   */
  readonly maxInflatedBytesPerSecond?: number;
  /** Memory of one connection for windows and for messages that are being compressed. Default 4 MiB. Above: sent uncompressed. */
  readonly maxConnectionBytes?: number;
  /** The same for the whole process. Default 64 MiB. Above: sent uncompressed, and no takeover for connections that open then. */
  readonly maxProcessBytes?: number;
}

const LIMITS = {
  thresholdBytes: [0, Number.POSITIVE_INFINITY],
  level: [1, 9],
  windowBits: [9, 15],
  maxInflatedBytesPerSecond: [1, Number.POSITIVE_INFINITY],
  maxConnectionBytes: [0, Number.POSITIVE_INFINITY],
  maxProcessBytes: [0, Number.POSITIVE_INFINITY],
} as const;

const DEFAULTS = {
  level: 1,
  windowBits: 11,
  maxInflatedBytesPerSecond: 67_108_864,
  maxConnectionBytes: 4_194_304,
  maxProcessBytes: 67_108_864,
};
/** Without context a short message grows as often as it shrinks, and its cost is that of any call into zlib. */
const THRESHOLD_BYTES = 1024;
/** With the messages before as context, most of what is longer than a few words was there before. */
const THRESHOLD_WITH_TAKEOVER_BYTES = 64;

/** What the connections of an endpoint share. */
export class CompressionSettings {
  readonly thresholdBytes: number;
  readonly level: number;
  readonly windowBits: number;
  readonly maxInflatedBytesPerSecond: number;
  readonly maxConnectionBytes: number;
  readonly maxProcessBytes: number;
  readonly #wanted: PermessageDeflate;
  readonly #withoutTakeover: PermessageDeflate;

  constructor(role: 'server' | 'client', options: CompressionOptions) {
    checkKeys(options, [...Object.keys(LIMITS), 'takeover'], 'compression');
    const { takeover = false } = options;
    if (typeof takeover !== 'boolean') throw new TypeError('compression.takeover is true or false');
    const thresholdBytes = takeover ? THRESHOLD_WITH_TAKEOVER_BYTES : THRESHOLD_BYTES;
    const numbers = checked({ thresholdBytes, ...DEFAULTS, ...given(options) });
    this.thresholdBytes = numbers.thresholdBytes;
    this.level = numbers.level;
    this.maxInflatedBytesPerSecond = numbers.maxInflatedBytesPerSecond;
    this.maxConnectionBytes = numbers.maxConnectionBytes;
    this.maxProcessBytes = numbers.maxProcessBytes;
    this.windowBits = numbers.windowBits;
    const { windowBits } = numbers;
    this.#withoutTakeover = new PermessageDeflate(role, { takeover: false, windowBits });
    this.#wanted = takeover ? new PermessageDeflate(role, { takeover, windowBits }) : this.#withoutTakeover;
  }

  /** What to offer, or to answer with, now: no windows are promised that there would be no memory for. */
  get extension(): PermessageDeflate {
    return heldBytes() + promisedBytes() < this.maxProcessBytes ? this.#wanted : this.#withoutTakeover;
  }
}

type Numbers = { readonly [Name in keyof typeof LIMITS]: number };

/** The numbers that were given; `undefined` means that none was. */
function given(options: CompressionOptions): Partial<Numbers> {
  const entries = Object.entries(options).filter(([key, value]) => key !== 'takeover' && value !== undefined);
  return Object.fromEntries(entries);
}

function checked(numbers: Numbers): Numbers {
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = checkNumber(numbers[name as keyof Numbers], `compression.${name}`, least);
    if (value > most) throw new RangeError(`compression.${name} must be ${most} at most, not ${value}`);
  }
  for (const name of ['level', 'windowBits'] as const) {
    if (Number.isInteger(numbers[name])) continue;
    throw new RangeError(`compression.${name} must be a whole number, not ${numbers[name]}`);
  }
  return numbers;
}

/** The option as it may be given: false or left out for none, true for the defaults. @throws TypeError, RangeError */
export function compressionSettings(
  role: 'server' | 'client',
  option: boolean | CompressionOptions | undefined,
): CompressionSettings | undefined {
  if (option === undefined || option === false) return undefined;
  if (option === true) return new CompressionSettings(role, {});
  if (typeof option !== 'object' || option === null) {
    throw new TypeError('compression is true, false or an object of options');
  }
  return new CompressionSettings(role, option);
}
