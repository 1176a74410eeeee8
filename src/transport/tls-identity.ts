// Knows: when two sets of TLS options say the same, so that a connection made with one may serve whoever gives the other.
// Must not know: what the options mean. Keys and certificates are hashed, not kept.
import { createHash, type Hash } from 'node:crypto';

/** Equal for options that say the same, and only for those; `''` when nothing is said. */
export function identityOf(options: object): string {
  const said = entriesOf(options);
  if (said.length === 0) return '';
  const hash = createHash('sha256');
  add(hash, said);
  return hash.digest('base64url');
}

function entriesOf(object: object): [string, unknown][] {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Each value with its kind and length in front, so that no two different ones give the same octets. */
function add(hash: Hash, value: unknown): void {
  if (typeof value === 'string') addOctets(hash, 'text', Buffer.from(value));
  else if (ArrayBuffer.isView(value)) addOctets(hash, 'octets', octetsOf(value));
  else if (Array.isArray(value)) {
    addOctets(hash, 'list', String(value.length));
    for (const item of value) add(hash, item);
  } else if (isPlain(value)) add(hash, ['object', entriesOf(value)]);
  else if (isReference(value)) addOctets(hash, 'reference', String(numberOf(value)));
  else addOctets(hash, typeof value, String(value));
}

function addOctets(hash: Hash, kind: string, octets: string | Uint8Array): void {
  hash.update(`${kind} ${octets.length}:`).update(octets);
}

function octetsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isPlain(value: unknown): value is object {
  return isReference(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function isReference(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

/** A function, such as a check of certificates, is the same only as itself. */
const numbers = new WeakMap<object, number>();
let count = 0;

function numberOf(reference: object): number {
  let number = numbers.get(reference);
  if (number === undefined) {
    count += 1;
    number = count;
    numbers.set(reference, number);
  }
  return number;
}
