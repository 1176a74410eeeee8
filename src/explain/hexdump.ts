// Knows: how octets are written as text: hexadecimal in any manner, the dumps of xxd, hexdump, tcpdump and Wireshark, base64.
// Must not know: what the octets are.

/** The octets that a text writes; undefined when it is no such text. */
export function octetsIn(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (trimmed.length < 4) return undefined;
  return fromDump(trimmed) ?? fromHex(trimmed) ?? fromBase64(trimmed);
}

/** An offset, a colon or spaces, the octets, and perhaps the same as characters. */
const dumpLine = /^\s{0,20}(?:0x)?([\da-f]{4,8})(?::\s{0,4}|\s{1,4})((?:[\da-f]{2}){1,4}(?:\s.{0,200})?)$/i;

function fromDump(text: string): Uint8Array | undefined {
  const lines = text.split(/\r?\n/);
  const octets: number[] = [];
  for (const line of lines) {
    const match = dumpLine.exec(line);
    if (match === null) {
      // hexdump ends with the offset behind the last octet; xxd and hexdump write `*` for lines that repeat.
      if (/^\s{0,20}(?:0x)?[\da-f]{4,8}$/i.test(line) && octets.length > 0) continue;
      return undefined;
    }
    if (Number.parseInt(match[1]!, 16) !== octets.length) return undefined;
    octets.push(...octetsOfDumpLine(match[2]!));
  }
  return octets.length > 0 ? Uint8Array.from(octets) : undefined;
}

/** Sixteen at most; what stands behind three spaces, or is no pair of digits, are the characters. */
function octetsOfDumpLine(rest: string): number[] {
  const octets: number[] = [];
  for (const group of rest.split(/\s{3,}|\|/, 1)[0]!.split(/\s{1,2}/)) {
    if (!/^(?:[\da-f]{2}){1,4}$/i.test(group)) break;
    for (let at = 0; at < group.length && octets.length < 16; at += 2) {
      octets.push(Number.parseInt(group.slice(at, at + 2), 16));
    }
  }
  return octets;
}

/** `81 05 48`, `0x81, 0x05`, `\x81\x05`, `81:05`, `<Buffer 81 05>`, `8105`. */
function fromHex(text: string): Uint8Array | undefined {
  const body = text.replace(/^<Buffer |>$/g, '').replace(/0x|\\x/gi, ' ');
  if (!/^[\da-f\s,:;.[\](){}-]+$/i.test(body)) return undefined;
  const groups = body.split(/[^\da-f]+/i).filter(Boolean);
  // `[129, 5, 72]` would read as hexadecimal too where every number has two digits, and is rare.
  if (!groups.every((group) => group.length % 2 === 0)) return undefined;
  const digits = groups.join('');
  const isWord = groups.length === 1 && !/\d/.test(digits);
  return digits.length < 4 || isWord ? undefined : Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** Only what cannot be a word: with its padding, or with characters of all kinds. */
function fromBase64(text: string): Uint8Array | undefined {
  const body = text.replace(/\s+/g, '');
  if (!/^[\w+/-]+={0,2}$/.test(body) || /\S[ \t]+\S/.test(text)) return undefined;
  const isCertain = body.endsWith('=') && body.length % 4 === 0;
  const isMixed = /[a-z]/.test(body) && /[A-Z]/.test(body) && /\d/.test(body) && body.length >= 8;
  if (!isCertain && !isMixed) return undefined;
  return Uint8Array.from(Buffer.from(body, 'base64'));
}
