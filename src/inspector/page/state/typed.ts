// Knows: what people type for octets, in hexadecimal or base64 (RFC 4648 §4 and §5), and how they travel.
// Must not know: where they are typed. Pure.

/** How a message is typed. */
export type Form = 'text' | 'hex' | 'base64';

/** As base64 of RFC 4648 §4; undefined for what is none of the form. */
export function base64Of(typed: string, form: 'hex' | 'base64'): string | undefined {
  return form === 'hex' ? fromHex(typed) : fromBase64(typed);
}

/** `deadbeef`, `de ad be ef`, `0xde, 0xad`, `de:ad`: however programs print them. */
function fromHex(typed: string): string | undefined {
  const digits = typed.replace(/0x/gi, ' ').replace(/[\s,:]/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) return undefined;
  return btoa(digits.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))));
}

/** Also in the alphabet for URLs, and without its padding. */
function fromBase64(typed: string): string | undefined {
  const bare = typed.replace(/\s/g, '').replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) return undefined;
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

export function octetsOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
