// The kinds of a wrong Sec-WebSocket-Accept that are met in public code. RFC 6455 §4.2.2(5.4).
import { hash, randomBytes } from 'node:crypto';
import { acceptFor, GUID } from '../../../../src/handshake/key.js';
import { type Host, type Row, servers } from './row.js';
import { sound } from './sound.js';

const RFC_SAMPLE = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

const sha1 = (text: string | Uint8Array) => hash('sha1', text, 'base64');

/** Answers every key with what `compute` makes of it. */
const computing =
  (compute: (key: string) => string, more = '') =>
  () =>
    sound({
      opens: (right, { headers }) =>
        right.replace(
          /Accept: .*\r\n/,
          () => `Accept: ${compute(headers['sec-websocket-key'] ?? '')}\r\n${more}`,
        ),
    });

function wrong(subcause: string, what: string, compute: (key: string) => string, shows: string): Row {
  return {
    name: `accept: ${what}`,
    expect: ['RESP_ACCEPT_WRONG'],
    subcause,
    serve: computing(compute),
    shows: new RegExp(
      `^HTTP/1\\.1 101 [\\s\\S]*\\nSec-WebSocket-Accept: ${shows.replaceAll(/[+/]/g, '\\$&')}\\n`,
    ),
  };
}

/** The last is what the key of the raw handshake gives, computed apart from this file. */
const kinds: readonly Row[] = [
  wrong(
    'WRONG_GUID',
    'a GUID of generated code',
    withGuid('258EAFA5-E914-47DA-95CA-5AB5DC11E65B'),
    'Hi38TA3WL3uiOo8xMMpg2q2LFl0=',
  ),
  wrong(
    'GUID_TYPO',
    'a GUID with one character changed',
    withGuid('258EAFA5-E914-47DA-95CA-C5AB0DC85B12'),
    'Gd9LbPZAjmei96vIA2iDJrSFyUI=',
  ),
  wrong(
    'GUID_TYPO',
    'a GUID with two characters swapped',
    withGuid('258EAFA5-E941-47DA-95CA-C5AB0DC85B11'),
    'eZ99lf8gfjf1foYjhCHfd+GPcH8=',
  ),
  wrong('WRONG_GUID', 'the GUID in lower case', withGuid(GUID.toLowerCase()), 'ijzWs6E6H6kxXbiCt/6hO7mr97g='),
  wrong('NO_GUID', 'the key alone is hashed', withGuid(''), '8E1hw/nkpBzN7OuKAmglK0FjsrE='),
  wrong('GUID_FIRST', 'the GUID before the key', (key) => sha1(GUID + key), 'OBlzS4/HKYqP9qJo6JWTY8ZvbAI='),
  wrong('HEX_DIGEST', 'the digest in hexadecimal', hex, '1d29ab734b0c9585240069a6e4e3e91b61da1969'),
  wrong(
    'HEX_DIGEST',
    'base64 of the hexadecimal digits',
    (key) => btoa(hex(key)),
    'MWQyOWFiNzM0YjBjOTU4NTI0MDA2OWE2ZTRlM2U5MWI2MWRhMTk2OQ==',
  ),
  wrong('KEY_DECODED_FIRST', 'the key decoded first', decodedFirst, 'C+s8yZIB99z7U9vZnrrVNGbbJDo='),
  wrong(
    'KEY_TRAILING_CR',
    'the key with CR behind it',
    withGuid(`\r${GUID}`),
    'AhzgizHUmLjM60UwDuehOf2oNNk=',
  ),
  wrong(
    'KEY_LEADING_SPACE',
    'the key with the space before it',
    (key) => sha1(` ${key}${GUID}`),
    'pE+efUGyz8Ep0ptA+f7/+eFNYqE=',
  ),
  wrong(
    'KEY_LOWER_CASE',
    'the key in lower case',
    (key) => sha1(key.toLowerCase() + GUID),
    'buQqAqC71o/D/Kv2XxexECLAv1s=',
  ),
  wrong(
    'INPUT_TRAILING',
    'the line end of echo is hashed too',
    withGuid(`${GUID}\n`),
    'MAy/1cB3OTAM7jC+3hhZepAmKkc=',
  ),
  wrong('RFC_SAMPLE_HARDCODED', 'the sample of the RFC', () => RFC_SAMPLE, RFC_SAMPLE),
  wrong('KEY_ECHOED', 'the key itself', (key) => key, 'x3JJHMbDL1EzLkh9GBhXDw=='),
  wrong('PADDING_STRIPPED', 'base64 without its padding', unpadded, 'HSmrc0sMlYUkAGmm5OPpG2HaGWk'),
  wrong(
    'WRONG_HASH',
    'SHA-256',
    (key) => hash('sha256', key + GUID, 'base64'),
    '7fUFHnzv333FhMQpffrsE0bP7AVkYw6/kP87iq07nU0=',
  ),
  wrong('WRONG_HASH', 'MD5', (key) => hash('md5', key + GUID, 'base64'), '89Epzw1SCIKH3uPmBX+hjQ=='),
];

function withGuid(guid: string): (key: string) => string {
  return (key) => sha1(key + guid);
}

function hex(key: string): string {
  return hash('sha1', key + GUID, 'hex');
}

function decodedFirst(key: string): string {
  return sha1(Buffer.concat([Buffer.from(key, 'base64'), Buffer.from(GUID)]));
}

function unpadded(key: string): string {
  return acceptFor(key).replace('=', '');
}

/** Answers each key with the accept value of the one before it. */
function late(): Promise<Host> {
  let before = randomKey();
  return computing((key) => {
    const accept = acceptFor(before);
    before = key;
    return accept;
  })();
}

function randomKey(): string {
  return randomBytes(16).toString('base64');
}

const others: readonly Row[] = [
  {
    name: 'accept: base64url without padding',
    // For two keys in five that is the same as base64 without padding, so there is no one subcause.
    expect: ['RESP_ACCEPT_WRONG'],
    serve: computing((key) => unpadded(key).replaceAll('+', '-').replaceAll('/', '_')),
    shows: /\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk\n/,
  },
  {
    name: 'accept: random octets',
    expect: ['RESP_ACCEPT_WRONG'],
    serve: computing(() => acceptFor(randomKey())),
    shows: /\nSec-WebSocket-Accept: (?!HSmrc0sM)\S{28}\n/,
  },
  {
    name: 'accept: the answer to the request before',
    expect: ['RESP_ACCEPT_WRONG'],
    subcause: 'STALE_CACHED',
    serve: late,
    shows: /\nSec-WebSocket-Accept: (?!HSmrc0sM)\S{28}\n/,
    flips: [[{}, /\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\n/]],
  },
  {
    name: 'accept: of a cache that says so',
    expect: ['PROXY_CACHED'],
    serve: computing(() => 'kX3jBtWX0GdxMmpX5n/5ndSAnCo=', 'Age: 37\r\nX-Cache: HIT\r\n'),
    shows: /\nSec-WebSocket-Accept: kX3jBtWX\S+\nAge: 37\nX-Cache: HIT\n/,
  },
];

export const accepts = servers('a wrong accept value', [...kinds, ...others]);
