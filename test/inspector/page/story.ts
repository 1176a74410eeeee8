// Knows: handshakes that never were, as the feed would tell of them: every outcome, a busy chat, silences, and payloads by
// somebody who would like to be misread. The same every time, but for the clock.
// Must not know: who is told, or how it is shown.
import { catalogue } from '../../../src/catalogue.js';
import { annotateRequest, annotateResponse } from '../../../src/forensics/annotate.js';
import { simulateClients } from '../../../src/forensics/clients.js';
import { recipesFor } from '../../../src/forensics/recipes.js';
import { forwardedBy } from '../../../src/forensics/respondents.js';
import { type FieldLine, Fields, type RequestHead, type ResponseHead } from '../../../src/handshake/head.js';
import { acceptFor } from '../../../src/handshake/key.js';
import { auditRequest } from '../../../src/handshake/request.js';
import {
  type Detail,
  type EndCause,
  type EndState,
  FEED_PATH,
  type FromServer,
  type FromWatcher,
  type Group,
  type HandshakeRow,
  type Overview,
  type Reload,
} from '../../../src/inspector/protocol.js';
import { framesOf } from './story-frames.js';

const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const SECOND = 1000;
const browsers = ['Chrome', 'Firefox', 'Safari', 'Chrome', 'Chrome', 'Node', 'Python', 'Go'];
const paths = ['/chat', '/chat', '/chat', '/feed/prices', '/room/42', '/room/berlin'];
const users = ['alice@example.com', 'bob', 'tenant 7 / carol', 'dave \u202eeve'];
const origins = ['https://app.example.com', 'https://app.example.com', 'https://www.example.com'];

interface Kind {
  readonly outcome: HandshakeRow['outcome'];
  readonly status: number;
  readonly code: string;
  readonly change?: Partial<HandshakeRow>;
}

const failures: readonly Kind[] = [
  {
    outcome: 'refused',
    status: 403,
    code: 'ORIGIN_REJECTED',
    change: { origin: 'https://staging.example.com' },
  },
  {
    outcome: 'refused',
    status: 403,
    code: 'ORIGIN_REJECTED',
    change: { origin: 'https://staging.example.com' },
  },
  {
    outcome: 'refused',
    status: 403,
    code: 'ORIGIN_REJECTED',
    change: { origin: 'https://staging.example.com' },
  },
  {
    outcome: 'broken',
    status: 426,
    code: 'PROXY_UPGRADE_STRIPPED',
    change: { address: '81.2.69.160', peer: '10.0.0.7' },
  },
  {
    outcome: 'broken',
    status: 426,
    code: 'PROXY_UPGRADE_STRIPPED',
    change: { address: '81.2.69.160', peer: '10.0.0.7' },
  },
  { outcome: 'refused', status: 401, code: 'AUTH_REQUIRED', change: { target: '/admin', route: '/admin' } },
  { outcome: 'refused', status: 404, code: 'ROUTE_NOT_FOUND', change: { target: '/wss', route: '/wss' } },
  { outcome: 'refused', status: 426, code: 'REQ_VERSION', change: { agent: 'Python' } },
  { outcome: 'refused', status: 400, code: 'REQ_KEY_MISSING', change: { agent: 'curl' } },
  {
    outcome: 'garbled',
    status: 0,
    code: 'TLS_MISSING',
    change: { method: '', target: '', secure: true },
  },
  { outcome: 'abandoned', status: 0, code: 'TLS_TIMEOUT', change: { tookMs: 10_000 } },
];

/** Every n-th of those that opened ends so. */
const ends: ReadonlyArray<Omit<EndState, 'at'>> = [
  { code: 1001, reason: '', clean: true, initiator: 'peer', who: 'client/data', how: 'fin' },
  { code: 1000, reason: 'bye', clean: true, initiator: 'peer', who: 'client/data', how: 'fin' },
  {
    code: 1006,
    reason: '',
    clean: false,
    initiator: 'network',
    who: 'net/idle',
    cause: 'a proxy with an idle timeout of 60 s',
    how: 'rst',
  },
  { code: 1009, reason: 'more than 1 MiB', clean: true, initiator: 'local', who: 'us/data', how: 'fin' },
  {
    code: 4001,
    reason: 'signed out \u202egnp.exe\u202c <b>bold</b>',
    clean: true,
    initiator: 'local',
    who: 'us/data',
    how: 'fin',
  },
];

export class Story {
  readonly startedAt = Date.now() - 76 * 3_600_000;
  readonly rows: HandshakeRow[] = [];
  /** Whether those who watch may act. */
  actions = true;
  /** Those that are asked about in vain. */
  readonly forgotten = new Set<number>();
  /** Those that have been; more may be added. */
  readonly reloads: Reload[] = [{ at: this.startedAt + 7_200_000, ended: 1310 }];
  readonly #frames: number;
  #next = 1;

  constructor(rows: number, frames: number) {
    this.#frames = frames;
    this.add(rows, 1200);
  }

  /** `everyMs`: how far apart they came; the last of them came now. */
  add(count: number, everyMs = 0): HandshakeRow[] {
    const now = Date.now();
    const added = Array.from({ length: count }, (_, at) =>
      rowOf(this.#next++, now - (count - 1 - at) * everyMs),
    );
    this.rows.push(...added);
    if (this.rows.length > 20_000) this.rows.splice(0, this.rows.length - 15_000);
    return added;
  }

  hello(): FromServer {
    return {
      type: 'hello',
      server: {
        name: 'app@3000',
        version: '0.1.0',
        startedAt: this.startedAt,
        capturesPayload: true,
        actions: this.actions,
      },
      rows: this.rows.slice(-10_000),
      open: this.rows.filter((row) => isOpen(row) && !this.forgotten.has(row.id)).map(({ id }) => id),
      groups: this.groups(),
      overview: this.overview(),
    };
  }

  answer(asked: FromWatcher): FromServer | undefined {
    if (asked.type === 'unwatch') return undefined;
    if (asked.type === 'act') {
      const { ask, id, action } = asked;
      return { type: 'did', ask, id, words: `Done: ${JSON.stringify(action)}` };
    }
    if (asked.type === 'har') return { type: 'har', har: { log: { version: '1.2', entries: asked.ids } } };
    const row = this.rows.find(({ id }) => id === asked.id && !this.forgotten.has(id));
    if (asked.type === 'frames') {
      const end = row?.connection?.end?.at ?? Date.now();
      return {
        type: 'frames',
        id: asked.id,
        frames: row === undefined ? [] : framesOf(row.at, end, this.#frames),
      };
    }
    return { type: 'detail', id: asked.id, ...(row !== undefined && { detail: detailOf(row) }) };
  }

  groups(): Group[] {
    const kinds = new Map<string, HandshakeRow[]>();
    for (const row of this.rows) {
      if (row.code === undefined) continue;
      const key = `${row.code} ${row.origin} ${row.route}`;
      kinds.set(key, [...(kinds.get(key) ?? []), row]);
    }
    return [...kinds].map(([key, rows]) => groupOf(key, rows));
  }

  overview(): Overview {
    const at = Date.now();
    const wave = (height: number, seconds: number, shift = 0) =>
      height * (1 + 0.4 * Math.sin(at / SECOND / seconds + shift) + 0.15 * Math.sin(at / 170 + shift));
    return {
      at,
      open: 1284 + Math.round(wave(20, 40)),
      acceptedPerSecond: wave(12, 9),
      refusedPerSecond: Math.max(0, wave(0.7, 5, 2)),
      p50Ms: wave(18, 12),
      p99Ms: wave(180, 7),
      messagesInPerSecond: wave(620, 15),
      messagesOutPerSecond: wave(4300, 15, 1),
      bytesInPerSecond: wave(96_000, 15),
      bytesOutPerSecond: wave(740_000, 15, 1),
      backpressured: Math.round(wave(2, 3)),
      pingP50Ms: 23,
      pings: [0, 0, 3, 61, 402, 918, 377, 64, 12, 2, 5].map((times, bucket) => ({
        ...(bucket < BOUNDS_MS.length && { mostMs: BOUNDS_MS[bucket]! }),
        count: times,
      })),
      closes: [
        [1001, 312],
        [1000, 121],
        [1006, 64],
        [1009, 3],
        [4001, 12],
        [1012, 7],
      ],
      reloads: this.reloads,
      limits: [
        { name: 'connections', used: 1284, most: 10_000 },
        { name: 'connections of one address', used: 88, most: 100 },
        { name: 'handshakes that wait', used: 3, most: 1000 },
      ],
      heldBytes: 3_400_000,
      budgetBytes: 16 * 1024 * 1024,
    };
  }
}

export function isOpen({ outcome, connection }: HandshakeRow): boolean {
  return outcome === 'accepted' && connection?.end === undefined;
}

function rowOf(id: number, at: number): HandshakeRow {
  const common = {
    id,
    at,
    carrier: id % 9 === 0 ? ('h2' as const) : ('h1' as const),
    secure: true,
    method: id % 9 === 0 ? 'CONNECT' : 'GET',
    target: paths[id % paths.length]!,
    route: paths[id % paths.length]!.replace(/^\/room\/.*/, '/room/:id'),
    address: `81.2.${id % 250}.${(id * 7) % 250}`,
    peer: '10.0.0.7',
    forwarded: [`81.2.${id % 250}.${(id * 7) % 250}`],
    origin: origins[id % origins.length]!,
    agent: browsers[id % browsers.length]!,
    requestIds: [`${id.toString(16).padStart(8, '0')}-c0ffee`],
    ...(id % 5 === 3 && { user: users[id % users.length]! }),
    ...(id === 2 && { watcher: true as const, target: FEED_PATH, route: FEED_PATH }),
    subprotocol: '',
    extensions: '',
    tookMs: 4 + ((id * 37) % 240),
  };
  const failure = id % 4 === 0 ? failures[(id / 4) % failures.length] : undefined;
  if (failure !== undefined) {
    const { outcome, status, code, change } = failure;
    return { ...common, carrier: 'h1', method: 'GET', outcome, status, code, ...change };
  }
  return { ...common, outcome: 'accepted', status: common.carrier === 'h2' ? 200 : 101, ...opened(id, at) };
}

function opened(id: number, at: number): Partial<HandshakeRow> {
  const isShut = id % 3 === 0;
  const openMs = isShut ? 61_000 + ((id * 977) % 240_000) : Date.now() - at;
  const end = ends[(id / 3) % ends.length];
  return {
    // One who names a path so that it reads as another.
    ...(id % 53 === 1 && { target: '/chat?room=\u202egnitsop\u202c&<img src=x onerror=alert(1)>\u001b[31m' }),
    subprotocol: 'chat.2',
    extensions: id % 2 === 0 ? 'permessage-deflate; server_no_context_takeover' : '',
    connection: {
      messagesIn: (id * 31) % 900,
      messagesOut: (id * 71) % 4000,
      bytesIn: (id * 3100) % 90_000,
      bytesOut: (id * 71_000) % 4_000_000,
      pingMs: 12 + ((id * 13) % 60),
      bufferedBytes: 0,
      openMs,
      ...(isShut && end !== undefined && { end: { ...end, at: at + openMs } }),
    },
  };
}

function groupOf(key: string, rows: readonly HandshakeRow[]): Group {
  const last = rows.at(-1)!;
  const now = Date.now();
  const spark = Array.from({ length: 30 }, (_, at) => {
    const from = now - (30 - at) * 20 * SECOND;
    return rows.filter((row) => row.at > from && row.at <= from + 20 * SECOND).length;
  });
  const via = last.outcome === 'broken' ? { via: 'nginx' } : {};
  return {
    key,
    code: last.code!,
    ...(last.origin !== undefined && { origin: last.origin }),
    route: last.route ?? last.target,
    ...via,
    count: rows.length,
    firstAt: rows[0]!.at,
    lastAt: last.at,
    spark,
    sample: last.id,
    isNew: last.outcome === 'broken',
  };
}

function detailOf(row: HandshakeRow): Detail {
  const request = requestOf(row);
  const response = responseOf(row);
  const reason = row.code === undefined ? undefined : catalogue.get(row.code);
  const hop = forwardedBy(request);
  const isGarbled = row.outcome === 'garbled';
  const end = row.connection?.end;
  return {
    row,
    request: isGarbled ? [] : annotateRequest(request, auditRequest(request)),
    response: row.status === 0 ? [] : annotateResponse(response, []),
    ...(isGarbled && {
      firstOctets: {
        hex: '47 45 54 20 2f 63 68 61 74 20 48 54 54 50',
        spelled: 'plain HTTP on a port that speaks TLS',
      },
    }),
    steps: stepsOf(row),
    accept: { key: KEY, expected: acceptFor(KEY), sent: row.outcome === 'accepted' ? acceptFor(KEY) : '' },
    hops: hop === undefined ? [] : [{ name: hop.name, tell: hop.tell }],
    clients:
      row.outcome === 'accepted'
        ? simulateClients({ head: written(response), interim: [] }, written(request))
        : [],
    ...(reason !== undefined && { reason }),
    recipes: row.code === undefined ? [] : recipesFor(row.code, ['nginx']),
    ...(end !== undefined && {
      end: {
        explanation: end.clean
          ? 'The two ends agreed to close: a close frame went each way, then the socket ended in order.'
          : 'No close frame came. The last octet had gone 60.0 s before: something on the way cuts a connection that is silent for a minute. Ping more often than that.',
        facts: [
          ['last octet received', '60.0 s before'],
          ['last octet sent', '35.0 s before'],
          ['not yet sent', '0 B'],
          ['errno', end.clean ? 'none' : 'ECONNRESET'],
        ],
        cause: causeOf(end),
      },
    }),
    copies: {
      curl: `curl -i -N 'https://app.example.com${row.target}'`,
      doctor: `handfast doctor 'wss://app.example.com${row.target}'`,
      test: "test('this handshake', () => {});",
    },
  };
}

function causeOf({ clean, code }: EndState): EndCause {
  if (clean)
    return { confidence: 'proven', title: `It closed with ${code}`, why: [], sections: [], recipes: [] };
  return {
    code: 'IDLE_CUT',
    confidence: 'strong',
    title: 'Something on the way cut it since nothing had moved for 60 s',
    why: ['Nothing had moved in either direction for 60.0 s when the FIN came.'],
    fix: catalogue.get('IDLE_CUT')!.fix,
    sections: catalogue.get('IDLE_CUT')!.sections,
    recipes: recipesFor('IDLE_CUT', ['nginx', 'handfast']),
    timeoutMs: 60_000,
    decide: 'handfast doctor --idle 120 wss://app.example.com/chat',
  };
}

function stepsOf(row: HandshakeRow): Detail['steps'] {
  const isOpen = row.outcome === 'accepted';
  return [
    { name: 'TLS', text: 'TLSv1.3, ALPN http/1.1, SNI app.example.com', mark: 'good', ms: 31 },
    { name: 'head read', text: '', mark: 'good', ms: 0.2 },
    {
      name: 'rules of RFC 6455 §4.2.1',
      text: isOpen ? '' : (row.code ?? ''),
      mark: isOpen ? 'good' : 'bad',
      ms: 0.1,
    },
    ...(isOpen
      ? ([
          { name: 'route', text: row.route ?? '', mark: 'good', ms: 0.1 },
          { name: 'origin', text: row.origin ?? '', mark: 'good', ms: 0.1 },
          { name: 'authorize', text: '', mark: 'good', ms: row.tookMs - 1 },
          { name: 'subprotocol', text: 'chat.2', mark: 'good', ms: 0.1 },
          { name: 'extensions', text: row.extensions || 'none', mark: 'good', ms: 0.1 },
          { name: 'answered', text: '', mark: 'good', ms: 0.3 },
        ] as const)
      : []),
  ];
}

function requestOf(row: HandshakeRow): RequestHead {
  const isStripped = row.outcome === 'broken';
  const lines: FieldLine[] = [
    ['Host', isStripped ? '127.0.0.1:3000' : 'app.example.com'],
    ['Connection', isStripped ? 'close' : 'Upgrade'],
    ...(isStripped ? [] : ([['Upgrade', 'websocket']] as FieldLine[])),
    [
      'User-Agent',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    ],
    ['Origin', row.origin ?? ''],
    ['Sec-WebSocket-Version', row.code === 'REQ_VERSION' ? '8' : '13'],
    ...(row.code === 'REQ_KEY_MISSING' ? [] : ([['Sec-WebSocket-Key', KEY]] as FieldLine[])),
    ['Sec-WebSocket-Protocol', 'chat.2, chat.1'],
    ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
    ['X-Forwarded-For', row.address],
    ['X-Forwarded-Proto', 'https'],
    ['Cookie', '‹redacted›'],
  ];
  return {
    carrier: 'h1',
    method: 'GET',
    target: row.target,
    version: isStripped ? '1.0' : '1.1',
    fields: new Fields(lines),
  };
}

function responseOf(row: HandshakeRow): ResponseHead {
  const isOpen = row.outcome === 'accepted';
  const lines: FieldLine[] = isOpen
    ? [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
        ['Sec-WebSocket-Accept', acceptFor(KEY)],
        ['Sec-WebSocket-Protocol', 'chat.2'],
        ...(row.extensions === '' ? [] : ([['Sec-WebSocket-Extensions', row.extensions]] as FieldLine[])),
      ]
    : [
        ['Content-Type', 'application/problem+json'],
        ['Content-Length', '412'],
        ['Connection', 'close'],
      ];
  const reasons: Record<number, string> = {
    101: 'Switching Protocols',
    400: 'Bad Request',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
    426: 'Upgrade Required',
  };
  const status = isOpen ? 101 : row.status;
  return { carrier: 'h1', version: '1.1', status, reason: reasons[status] ?? '', fields: new Fields(lines) };
}

function written(head: RequestHead | ResponseHead): string {
  const start = 'method' in head ? `GET ${head.target} HTTP/1.1` : `HTTP/1.1 ${head.status} ${head.reason}`;
  return `${[start, ...[...head.fields].map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`;
}
