// Knows: an input as octets, as text and as JSON, each made once and only when a reader asks for it.
// Must not know: what kind of input it is.

/** Octets that are read at most. */
export const maxInputBytes = 16 * 1024 * 1024;

export class Material {
  readonly octets: Uint8Array;
  #latin1: string | undefined;
  #text: string | undefined;
  #json: { readonly value: unknown } | undefined;

  /** `octets`: at most `maxInputBytes` of them are looked at. */
  constructor(octets: Uint8Array) {
    this.octets = withoutUtf16(octets.subarray(0, maxInputBytes));
  }

  /** One character an octet, as heads are. */
  get latin1(): string {
    this.#latin1 ??= buffer(this.octets).toString('latin1');
    return this.#latin1;
  }

  /** As UTF-8 where it is UTF-8, without a byte order mark. */
  get text(): string {
    this.#text ??= new TextDecoder('utf-8').decode(this.octets);
    return this.#text;
  }

  /** What it is as JSON; undefined when it is none. */
  get json(): unknown {
    this.#json ??= { value: parsed(this.octets, () => this.text) };
    return this.#json.value;
  }
}

function parsed(octets: Uint8Array, text: () => string): unknown {
  const start = octets.subarray(0, 64).find((octet) => octet > 0x20 && octet < 0x80);
  if (start !== 0x7b && start !== 0x5b) return undefined;
  try {
    return JSON.parse(text());
  } catch {
    return undefined;
  }
}

/** What the shells of Windows write with `>` is UTF-16 with a byte order mark. */
function withoutUtf16(octets: Uint8Array): Uint8Array {
  if (octets[0] !== 0xff || octets[1] !== 0xfe) return octets;
  return Buffer.from(buffer(octets).toString('utf16le', 2), 'utf8');
}

function buffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
