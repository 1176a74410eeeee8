// Endpoints that work and are weak: what costs a grade, or a word, and breaks nothing.
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Row, servers } from './row.js';
import { eachFrame, frame, type Parts, sound } from './sound.js';

type Flips = NonNullable<Row['flips']>;

const OPENS = /^HTTP\/1\.1 101 /;

/** What a right server refuses and this one does not stands in the flips. */
function weak(name: string, finding: string, parts: Parts, flips: Flips, more: Partial<Row> = {}): Row {
  return {
    name: `weak: ${name}`,
    expect: [],
    findings: [finding],
    serve: () => sound(parts),
    shows: OPENS,
    flips,
    ...more,
  };
}

const OWN = { own: true };
const EVIL = 'https://evil.example';

const handshakes: readonly Row[] = [
  weak('version 99 opens', 'CONF_VERSION_UNCHECKED', { unchecked: ['version'] }, [
    [{ version: '99' }, OPENS],
  ]),
  weak('no key opens', 'CONF_KEY_UNCHECKED', { unchecked: ['key'] }, [[{ key: null }, OPENS]]),
  weak(
    'version 99 gets 400',
    'CONF_VERSION_STATUS',
    { refuses: ({ headers }) => (headers['sec-websocket-version'] === '99' ? BAD : undefined) },
    [[{ version: '99' }, /^HTTP\/1\.1 400 /]],
  ),
  weak('a POST opens', 'CONF_METHOD', { unchecked: ['method'] }, [[{ method: 'POST' }, OPENS]], {
    options: OWN,
  }),
  weak('HTTP/1.0 opens', 'CONF_HTTP10', { unchecked: ['http'] }, [[{ http: '1.0' }, OPENS]], {
    options: OWN,
  }),
  weak('no Host opens', 'CONF_HOST', { unchecked: ['host'] }, [[{ host: null, origin: null }, OPENS]], {
    options: OWN,
  }),
  weak('any origin', 'SEC_ORIGIN_UNCHECKED', { unchecked: ['origin'] }, [[{ origin: EVIL }, OPENS]]),
  weak(
    'a longer host passes for ours',
    'SEC_ORIGIN_BYPASS',
    { unchecked: ['origin'], refuses: ({ headers }) => (startsLikeOurs(headers) ? undefined : FORBIDDEN) },
    [
      [{ origin: EVIL }, /^HTTP\/1\.1 403 /],
      [{ origin: 'http://127.0.0.1.evil.example' }, OPENS],
    ],
  ),
  weak(
    'the origin null passes',
    'SEC_ORIGIN_BYPASS',
    { unchecked: ['origin'], refuses: ({ headers }) => (isNullOrOurs(headers) ? undefined : FORBIDDEN) },
    [
      [{ origin: EVIL }, /^HTTP\/1\.1 403 /],
      [{ origin: 'null' }, OPENS],
    ],
  ),
  weak('a token in the URL', 'SEC_TOKEN_IN_URL', { path: '/ws?token=9f8e7d6c5b4a39281706f5e4d3c2b1a0' }, []),
  weak('the answer takes more than a second', 'OPS_SLOW_HANDSHAKE', { opens: slowly }, [], {
    quietMs: 1_600,
  }),
  weak(
    'a window of 8 bits',
    'EXT_WINDOW_8',
    { opens: (right) => right.replace('\r\n\r\n', `\r\n${WINDOW_8}\r\n\r\n`) },
    [],
  ),
];

const BAD = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const FORBIDDEN = BAD.replace('400 Bad Request', '403 Forbidden');
const WINDOW_8 = 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8';

function startsLikeOurs({ host, origin }: IncomingHttpHeaders): boolean {
  return origin === undefined || origin.startsWith(`http://${host!.split(':')[0]}`);
}

function isNullOrOurs({ host, origin }: IncomingHttpHeaders): boolean {
  return origin === undefined || origin === 'null' || origin === `http://${host}`;
}

async function slowly(right: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  return right;
}

const owned: readonly Row[] = [
  weak('frames that break rules are taken', 'CONF_FRAMING', { session: lax }, [], { options: OWN }),
  weak('TCP is dropped in place of a close frame', 'CONF_FRAMING', { session: curt }, [], {
    options: OWN,
  }),
  {
    name: 'weak: half a head is kept',
    expect: [],
    findings: ['SEC_SLOW_HANDSHAKE'],
    options: OWN,
    serve: () => sound({ unchecked: ['time'] }),
    shows: OPENS,
  },
];

/** Answers pings and closes, and minds nothing. */
function lax(socket: Duplex): void {
  eachFrame(
    socket,
    (opcode, payload) => {
      if (opcode === 9) socket.write(frame(0x8a, payload));
      if (opcode === 8) socket.end(frame(0x88, payload));
    },
    false,
  );
}

/** Minds everything, and says nothing but pongs and the answer to a right close. */
function curt(socket: Duplex): void {
  eachFrame(
    socket,
    (opcode, payload, isLegal) => {
      if (!isLegal) socket.end();
      else if (opcode === 9) socket.write(frame(0x8a, payload));
      else if (opcode === 8) socket.end(frame(0x88, payload));
    },
    false,
  );
}

export const weaknesses = servers('good and weak', [...handshakes, ...owned]);
