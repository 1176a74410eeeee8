// Knows: how servers get `Sec-WebSocket-Accept` wrong, and which of these mistakes gives the value that came (RFC 6455 §4.2.2(5.4)).
// The mistakes are other hashes and other inputs, so node:crypto is needed here too; the right value is `key.ts`'s.
// Must not know: where the heads came from, or how a verdict is shown.
import { hash } from 'node:crypto';
import { acceptFor, GUID } from '../handshake/key.js';
import { mistypedGuids, type TextPart, WRONG_GUIDS, wrongPartOf } from './wrong-guids.js';

/** What the server does in place of base64(SHA-1(key + GUID)). */
export type AcceptFault =
  | 'HEX_DIGEST'
  | 'BASE64URL'
  | 'PADDING_STRIPPED'
  | 'NO_GUID'
  | 'GUID_FIRST'
  | 'WRONG_GUID'
  | 'GUID_TYPO'
  | 'KEY_DECODED_FIRST'
  | 'KEY_TRAILING_CR'
  | 'KEY_TRAILING_LF'
  | 'KEY_TRAILING_CRLF'
  | 'KEY_TRAILING_NUL'
  | 'KEY_TRAILING_SPACE'
  | 'KEY_LEADING_SPACE'
  | 'INPUT_TRAILING'
  | 'KEY_LOWER_CASE'
  | 'KEY_WITHOUT_PADDING'
  | 'WRONG_HASH'
  | 'KEY_ECHOED'
  | 'RFC_SAMPLE_HARDCODED'
  | 'STALE_CACHED';

/** What is told of a mistake once it is recognised. */
interface Mistake {
  readonly subcause: AcceptFault;
  /** One sentence: what the server does. */
  readonly explanation: string;
  /** How the received value comes about: `key + 258EAFA5-…`, `hex(SHA-1(key + GUID))`. */
  readonly formula: string;
  /** What follows from it, or where to look. */
  readonly detail?: string;
  /** The text that the server hashes behind the key, where it is not the GUID of RFC 6455. */
  readonly guid?: string;
}

/** Where `kind` is `wrong` and no mistake is named, none of the known ones gives the value. */
export interface AcceptVerdict extends Partial<Mistake> {
  readonly kind: 'right' | 'missing' | 'wrong';
  readonly explanation: string;
  readonly key: string;
  readonly expected: string;
  readonly received?: string;
  /** Which part of `guid` is wrong. Where a character is missing it is empty. */
  readonly wrongPart?: TextPart;
}

/** A mistake, and the value that it gives for the key in question. */
type Hypothesis = Mistake & { readonly accept: string };

/** RFC 6455 §1.3: the answer to the key `dGhlIHNhbXBsZSBub25jZQ==`. */
const RFC_SAMPLE = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/**
 * Which mistake explains the value, in some 1,700 hashes at most. `earlierKeys` are the keys of other requests to the same endpoint:
 * the answer to one of them comes from a cache.
 */
export function judgeAccept(
  key: string,
  accept: string | undefined,
  earlierKeys: readonly string[] = [],
): AcceptVerdict {
  const expected = acceptFor(key);
  if (accept === undefined || accept === '') {
    return { kind: 'missing', explanation: 'The answer has no accept value.', key, expected };
  }
  const seen = { key, expected, received: accept };
  if (accept === expected) return { kind: 'right', explanation: 'The value answers the key.', ...seen };
  for (const { accept: value, ...mistake } of hypotheses(key, earlierKeys)) {
    if (value !== accept) continue;
    const { guid } = mistake;
    return { kind: 'wrong', ...mistake, ...(guid && { wrongPart: wrongPartOf(guid) }), ...seen };
  }
  const explanation =
    'The value answers another key, or comes about in a way that is none of the known mistakes.';
  return { kind: 'wrong', explanation, ...seen };
}

/** The likely and the cheap ones first; each is computed only when those before it did not fit. */
function* hypotheses(key: string, earlierKeys: readonly string[]): Generator<Hypothesis> {
  yield* otherEncodings(key);
  yield* otherInputs(key);
  yield* otherKeys(key);
  yield* otherHashes(key);
  yield* noHashAtAll(key, earlierKeys);
  yield* otherGuids(key);
}

function sha1(input: string | Uint8Array): string {
  return hash('sha1', input, 'base64');
}

function* otherEncodings(key: string): Generator<Hypothesis> {
  const hex = hash('sha1', key + GUID, 'hex');
  const upper = hex.toUpperCase();
  const asHex = {
    subcause: 'HEX_DIGEST',
    explanation: 'The server writes the digest in hexadecimal.',
  } as const;
  yield { ...asHex, formula: 'hex(SHA-1(key + GUID))', accept: hex };
  yield { ...asHex, formula: 'HEX(SHA-1(key + GUID))', accept: upper };
  const twice = {
    subcause: 'HEX_DIGEST',
    explanation: 'The server encodes the hexadecimal digits of the digest, not its octets.',
    formula: 'base64(hex(SHA-1(key + GUID)))',
  } as const;
  yield { ...twice, accept: Buffer.from(hex).toString('base64') };
  yield { ...twice, accept: Buffer.from(upper).toString('base64') };
  const right = acceptFor(key);
  const url = right.replaceAll('+', '-').replaceAll('/', '_');
  const asUrl = {
    subcause: 'BASE64URL',
    explanation: 'The server writes the digest in base64url, whose alphabet has - and _ in place of + and /.',
    formula: 'base64url(SHA-1(key + GUID))',
    detail: 'For two keys in five both alphabets give the same text, so it does not fail every time.',
  } as const;
  if (url !== right) {
    yield { ...asUrl, accept: url };
    yield { ...asUrl, accept: url.replace('=', '') };
  }
  yield {
    subcause: 'PADDING_STRIPPED',
    explanation: 'The server leaves out the = at the end of base64.',
    formula: 'base64(SHA-1(key + GUID)) without =',
    accept: right.replace('=', ''),
  };
}

function* otherInputs(key: string): Generator<Hypothesis> {
  yield {
    subcause: 'NO_GUID',
    explanation: 'The server hashes your key without the GUID.',
    formula: 'base64(SHA-1(key))',
    accept: sha1(key),
  };
  yield {
    subcause: 'GUID_FIRST',
    explanation: 'The server hashes the GUID before your key; the key comes first.',
    formula: 'base64(SHA-1(GUID + key))',
    accept: sha1(GUID + key),
  };
  const forms: readonly (readonly [string, string])[] = [
    [GUID.toLowerCase(), 'in lower case'],
    [GUID.replaceAll('-', ''), 'without its dashes'],
    [GUID.replaceAll('-', '').toLowerCase(), 'in lower case, without its dashes'],
    [`{${GUID}}`, 'in braces'],
    [`{${GUID.toLowerCase()}}`, 'in lower case, in braces'],
  ];
  for (const [guid, form] of forms) {
    const explanation = `The server hashes your key with the GUID ${form}; it is a text, and every character counts.`;
    yield withGuid(key, guid, { subcause: 'WRONG_GUID', explanation });
  }
}

const ADDED: readonly (readonly [string, string, AcceptFault])[] = [
  ['\r', 'CR', 'KEY_TRAILING_CR'],
  ['\n', 'LF', 'KEY_TRAILING_LF'],
  ['\r\n', 'CR LF', 'KEY_TRAILING_CRLF'],
  ['\0', 'NUL', 'KEY_TRAILING_NUL'],
  [' ', 'space', 'KEY_TRAILING_SPACE'],
];

function* otherKeys(key: string): Generator<Hypothesis> {
  yield {
    subcause: 'KEY_DECODED_FIRST',
    explanation: 'The server decodes your key before it hashes it; the key is hashed as the text that it is.',
    formula: 'base64(SHA-1(base64-decoded key + GUID))',
    accept: sha1(Buffer.concat([Buffer.from(key, 'base64'), Buffer.from(GUID)])),
  };
  for (const [text, name, subcause] of ADDED) {
    yield {
      subcause,
      explanation: `The server hashes your key with a ${name} behind it.`,
      formula: `base64(SHA-1(key + ${name} + GUID))`,
      detail: 'Whatever cuts the field out of the head leaves it there.',
      accept: sha1(key + text + GUID),
    };
    yield {
      subcause: 'INPUT_TRAILING',
      explanation: `The server hashes key and GUID with a ${name} behind them.`,
      formula: `base64(SHA-1(key + GUID + ${name}))`,
      detail:
        'A shell adds a line end (printf in place of echo), a C string its NUL (strlen in place of sizeof).',
      accept: sha1(key + GUID + text),
    };
  }
  yield {
    subcause: 'KEY_LEADING_SPACE',
    explanation:
      'The server hashes your key with the space before it; space around a field value is no part of it.',
    formula: 'base64(SHA-1(space + key + GUID))',
    accept: sha1(` ${key}${GUID}`),
  };
  yield {
    subcause: 'KEY_LOWER_CASE',
    explanation: 'The server, or a proxy before it, makes your key lower case.',
    formula: 'base64(SHA-1(lower-case key + GUID))',
    accept: sha1(key.toLowerCase() + GUID),
  };
  yield {
    subcause: 'KEY_WITHOUT_PADDING',
    explanation: 'The server hashes your key without its = signs.',
    formula: 'base64(SHA-1(key without = + GUID))',
    accept: sha1(key.replaceAll('=', '') + GUID),
  };
}

function* otherHashes(key: string): Generator<Hypothesis> {
  for (const [algorithm, name] of [
    ['sha256', 'SHA-256'],
    ['md5', 'MD5'],
  ] as const) {
    yield {
      subcause: 'WRONG_HASH',
      explanation: `The server hashes with ${name}; RFC 6455 has SHA-1.`,
      formula: `base64(${name}(key + GUID))`,
      accept: hash(algorithm, key + GUID, 'base64'),
    };
  }
}

function* noHashAtAll(key: string, earlierKeys: readonly string[]): Generator<Hypothesis> {
  yield {
    subcause: 'KEY_ECHOED',
    explanation: 'The server sends your key back as it is.',
    formula: 'key',
    accept: key,
  };
  yield {
    subcause: 'RFC_SAMPLE_HARDCODED',
    explanation: 'The server always sends the sample of RFC 6455 §1.3, whatever the key.',
    formula: 'a constant',
    detail: 'Only the key dGhlIHNhbXBsZSBub25jZQ== has this answer.',
    accept: RFC_SAMPLE,
  };
  for (const earlier of earlierKeys) {
    yield {
      subcause: 'STALE_CACHED',
      explanation: 'The value answers the key of an earlier request: the answer comes from a cache.',
      formula: 'base64(SHA-1(earlier key + GUID))',
      detail: 'A handshake must not be cached; look at the proxies and the CDN in front of the server.',
      accept: acceptFor(earlier),
    };
  }
}

function* otherGuids(key: string): Generator<Hypothesis> {
  const seenElsewhere = {
    subcause: 'WRONG_GUID',
    explanation: 'The server hashes your key with a wrong GUID.',
    detail:
      'That GUID is not in RFC 6455. It appears in generated code; a client by the same author would agree with it, ' +
      'browsers never will.',
  } as const;
  for (const guid of WRONG_GUIDS) yield withGuid(key, guid, seenElsewhere);
  for (const { guid, what } of mistypedGuids()) {
    const explanation = `The server hashes your key with a mistyped GUID: ${what}.`;
    yield withGuid(key, guid, { subcause: 'GUID_TYPO', explanation });
  }
}

function withGuid(
  key: string,
  guid: string,
  told: Pick<Mistake, 'subcause' | 'explanation' | 'detail'>,
): Hypothesis {
  return { ...told, formula: `key + ${guid}`, guid, accept: sha1(key + guid) };
}
