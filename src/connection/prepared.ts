// Knows: a message that is framed once, and compressed once for each form that peers agreed on, whoever gets it and how many.
// Must not know: who gets it. RFC 7692 §7.2.1: a message that refers to none before it can be expanded in any context.
import { type Codec, compressAlone } from '../deflate/codec.js';
import { encodeFrame } from '../frames/encoder.js';
import { Opcode, RSV1 } from '../frames/frame.js';
import { checkKeys } from '../options.js';
import { asBytes, checkUtf8, type Sendable } from './payload.js';

export interface PrepareOptions {
  /** Bytes as a text message. They must be UTF-8. Default false. */
  readonly text?: boolean;
  /** False sends it as it is, also where compression was agreed on. Default true. */
  readonly compress?: boolean;
}

/** A message for many connections. Made by `prepare`. */
export class Prepared {
  readonly isText: boolean;
  /** @internal What is sent; nobody changes it. */
  readonly bytes: Uint8Array;
  readonly #mayCompress: boolean;
  #frame: Uint8Array | undefined = undefined;
  /** By level and window; undefined where compressing did not pay. */
  readonly #compressed = new Map<number, Compressed | undefined>();

  /** @internal */
  constructor(bytes: Uint8Array, isText: boolean, mayCompress: boolean) {
    this.bytes = bytes;
    this.isText = isText;
    this.#mayCompress = mayCompress;
  }

  /** @internal The frame of a server, without compression. */
  get frame(): Uint8Array {
    this.#frame ??= encodeFrame(this.#opcode, this.bytes);
    return this.#frame;
  }

  get #opcode(): number {
    return this.isText ? Opcode.text : Opcode.binary;
  }

  /** @internal The form for a connection with this codec, which takes note that it is sent; undefined to send it uncompressed. */
  compressedFor(codec: Codec): Compressed | undefined {
    const { bytes } = this;
    if (!this.#mayCompress || bytes.length < codec.thresholdBytes) return undefined;
    const form = this.#formFor(codec.level, codec.windowBitsFor(bytes.length));
    return form !== undefined && codec.passAlone(bytes) ? form : undefined;
  }

  #formFor(level: number, windowBits: number): Compressed | undefined {
    const key = level * 16 + windowBits;
    const known = this.#compressed.get(key);
    if (known !== undefined || this.#compressed.has(key)) return known;
    const payload = compressAlone(this.bytes, level, windowBits);
    const form = payload && { payload, frame: encodeFrame(this.#opcode, payload, { rsv: RSV1 }) };
    this.#compressed.set(key, form);
    return form;
  }
}

/** A message compressed without context. */
export interface Compressed {
  readonly payload: Uint8Array;
  /** As a server sends it. */
  readonly frame: Uint8Array;
}

/**
 * Prepares a message for many connections: it is framed once, and compressed once for each form that they agreed on, when the first
 * of them gets it. Bytes are copied. Send it with `broadcast`, or with `connection.send`.
 * @throws TypeError for anything but a string or bytes, or for bytes as text that are not UTF-8.
 */
export function prepare(message: Sendable, options: PrepareOptions = {}): Prepared {
  checkKeys(options, ['text', 'compress'], 'prepare()');
  const isString = typeof message === 'string';
  const bytes = isString ? Buffer.from(message) : Uint8Array.from(asBytes(message));
  const isText = isString || options.text === true;
  if (isText && !isString) checkUtf8(bytes);
  return new Prepared(bytes, isText, options.compress !== false);
}

/** The text that was compressed last in this turn of the event loop, and from its second time on the prepared message. */
let lastText: string | undefined;
let lastPrepared: Prepared | undefined;

/**
 * A loop that sends one text to many connections compresses it once for all of them: the prepared message when `text` was the last
 * one in this turn too, else undefined. Only for connections without takeover, where the octets are the same.
 */
export function repeated(text: string): Prepared | undefined {
  if (text === lastText) {
    lastPrepared ??= new Prepared(Buffer.from(text), true, true);
    return lastPrepared;
  }
  if (lastText === undefined) setImmediate(forget);
  lastText = text;
  lastPrepared = undefined;
  return undefined;
}

function forget(): void {
  lastText = undefined;
  lastPrepared = undefined;
}
