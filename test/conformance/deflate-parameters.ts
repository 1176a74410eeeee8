// What an offer and an answer of permessage-deflate say, for the side that tries ours, and what an answer to an offer may be
// (RFC 7692 §7.1). It reads and judges by itself and shares nothing with src/.
import assert from 'node:assert/strict';
import type { Role } from './peer.js';

/** One offer, or an answer. In an offer `clientBits` may be true: the parameter stands there without a value. */
export interface Parameters {
  readonly serverNoTakeover?: boolean | undefined;
  readonly clientNoTakeover?: boolean | undefined;
  readonly serverBits?: number | undefined;
  readonly clientBits?: number | true | undefined;
}

/** How messages of one direction are compressed. */
export interface Way {
  readonly takeover: boolean;
  readonly windowBits: number;
}

const NAMES = {
  server_no_context_takeover: 'serverNoTakeover',
  client_no_context_takeover: 'clientNoTakeover',
  server_max_window_bits: 'serverBits',
  client_max_window_bits: 'clientBits',
} as const;

export function writeParameters(parameters: Parameters): string {
  const parts = Object.entries(NAMES).flatMap(([name, key]) => {
    const value = parameters[key];
    return value === undefined || value === false ? [] : value === true ? [name] : [`${name}=${value}`];
  });
  return ['permessage-deflate', ...parts].join('; ');
}

/** All offers of a field, or the one answer. Fails for what RFC 7692 §7.1 does not know, and for what stands twice. */
export function readParameters(field: string): Parameters[] {
  return field.split(',').map((element) => {
    const [extension, ...parts] = element.split(';').map((part) => part.trim());
    assert.equal(extension, 'permessage-deflate');
    const entries = parts.map((part) => {
      const [name, value] = part.split('=') as [string, string | undefined];
      const key = NAMES[name as keyof typeof NAMES];
      assert.ok(key !== undefined, `an unknown parameter: ${part}`);
      return [key, readValue(key, value)] as const;
    });
    const parameters = Object.fromEntries(entries);
    assert.equal(Object.keys(parameters).length, entries.length, `a parameter twice: ${element}`);
    return parameters;
  });
}

function readValue(key: keyof Parameters, value: string | undefined): number | true {
  // RFC 7692 §7.1.1: neither of the two has a value.
  if (key.endsWith('Takeover')) assert.equal(value, undefined, key);
  if (value === undefined) {
    // RFC 7692 §7.1.2.1: a window of the server is always a number.
    assert.notEqual(key, 'serverBits');
    return true;
  }
  // RFC 7692 §7.1.2: 8 to 15, without leading zeros.
  assert.match(value, /^(?:[89]|1[0-5])$/, key);
  return Number(value);
}

/** Fails unless the answer accepts the offer. */
export function checkAnswer(offer: Parameters, answer: Parameters): void {
  // RFC 7692 §7.1.1.1: an offer that demands it is accepted only together with it.
  if (offer.serverNoTakeover) assert.ok(answer.serverNoTakeover, 'server_no_context_takeover is answered');
  // RFC 7692 §7.1.2.1: the same, with the window or a smaller one.
  if (offer.serverBits !== undefined) {
    assert.ok(answer.serverBits !== undefined, 'server_max_window_bits is answered');
    assert.ok(answer.serverBits <= offer.serverBits, `${answer.serverBits} of ${offer.serverBits} bits`);
  }
  if (answer.clientBits === undefined) return;
  // RFC 7692 §7.1.2.2: only where it was offered, with a value, and none above that of the offer.
  assert.ok(offer.clientBits !== undefined, 'client_max_window_bits was offered');
  assert.ok(answer.clientBits !== true, 'client_max_window_bits has a value in an answer');
  if (offer.clientBits !== true) assert.ok(answer.clientBits <= offer.clientBits);
}

/** How each side compresses once the answer has been given to the offer. */
export function waysOf(offer: Parameters, answer: Parameters): Record<Role, Way> {
  const { clientBits = offer.clientBits } = answer;
  return {
    server: { takeover: !answer.serverNoTakeover, windowBits: answer.serverBits ?? 15 },
    client: {
      // RFC 7692 §7.1.1.2, §7.1.2.2: what a client hints at in its offer it keeps to, whatever is answered.
      takeover: !answer.clientNoTakeover && !offer.clientNoTakeover,
      windowBits: typeof clientBits === 'number' ? clientBits : 15,
    },
  };
}
