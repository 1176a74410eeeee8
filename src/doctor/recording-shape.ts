// Knows: the shape of a recording to the last field, and how large each may be, so that whatever reads one later finds what its types
// say. Must not know: what any of it means. A file that anybody may have written is read into new objects; what is not known is left out.
import { isIP } from 'node:net';
import { catalogue } from '../catalogue.js';
import { judgeUrl } from '../client/url.js';
import type {
  AddressSeen,
  Answer,
  EndSeen,
  ExchangeProbe,
  FrameSeen,
  HelloProbe,
  Http2Probe,
  Http2Seen,
  Observation,
  Probe,
  ReachProbe,
  ResolveProbe,
  Route,
  SessionPlan,
  StageTimes,
  TlsSeen,
  Trouble,
} from './observation.js';
import type { Recording } from './recording.js';
import {
  flag,
  list,
  number,
  oneOf,
  optional,
  orNull,
  type Read,
  shape,
  text,
  whole,
  wrong,
} from './shape.js';
import type { Target } from './target.js';

/** Heads of 64 KiB, in which every secret became a mark. */
const MAX_HEAD = 256 * 1024;
const MAX_BODY = 64 * 1024;
const MAX_PAYLOAD = 256 * 1024;
const MAX_TEXT = 64 * 1024;
const MAX_NAME = 2048;
const MAX_OBSERVATIONS = 200;
const MAX_FRAMES = 2000;

/** @throws TypeError for what is no recording. */
export function readRecording(value: unknown): Recording {
  const recording = recordingShape(value, '');
  if (recording.target === undefined && recording.trouble === undefined)
    throw new TypeError('this saved run is damaged: it has neither a target nor a reason why there is none');
  return recording;
}

// What a recording is made of.

const line: Read<readonly [string, string]> = (value, at) => {
  const [name, content, ...more] = list(text(MAX_TEXT), 2)(value, at);
  return name === undefined || content === undefined || more.length > 0
    ? wrong(at, 'a name and a value')
    : [name, content];
};

const name = text(MAX_NAME);
const ms = number(0, 1e12);
const octets = number(0, 2 ** 53);
const port = whole(0, 65_535);
const hex = (most: number) => text(most, /^(?:[\da-f]{2})*$/, `hexadecimal of at most ${most} digits`);
const address: Read<string> = (value, at) =>
  typeof value === 'string' && isIP(value) !== 0 ? value : wrong(at, 'an address');
const code: Read<string> = (value, at) =>
  typeof value === 'string' && catalogue.has(value) ? value : wrong(at, 'a code that this version knows');
const time: Read<string> = (value, at) => {
  const said = text(40)(value, at);
  return Number.isNaN(Date.parse(said)) ? wrong(at, 'a time') : said;
};
const socketUrl: Read<string> = (value, at) => {
  const said = text(MAX_TEXT)(value, at);
  return judgeUrl(said).ok ? said : wrong(at, 'the URL of a WebSocket');
};
const pageUrl: Read<string> = (value, at) => {
  const said = text(MAX_TEXT, /^https?:/i, 'the URL of a page')(value, at);
  return URL.canParse(said) ? said : wrong(at, 'the URL of a page');
};

const trouble = shape<Trouble>({
  code,
  field: optional(text(MAX_TEXT)),
  seen: optional(text(MAX_TEXT)),
  wanted: optional(text(MAX_TEXT)),
  message: optional(text(MAX_TEXT)),
});

const route = shape<Route>({
  secure: flag,
  host: name,
  port,
  address: optional(name),
  proxy: optional(name),
});

const session = shape<SessionPlan>({
  listenMs: ms,
  pings: whole(0, 100_000),
  frames: optional(list(hex(MAX_PAYLOAD), MAX_FRAMES)),
  close: optional(flag),
});

const asked = { key: name, about: text(MAX_TEXT) };
const probes: { readonly [Kind in Probe['kind']]: Read<Extract<Probe, { kind: Kind }>> } = {
  resolve: shape<ResolveProbe>({ kind: oneOf('resolve'), ...asked, host: name }),
  reach: shape<ReachProbe>({ kind: oneOf('reach'), ...asked, addresses: list(name, 100), port }),
  hello: shape<HelloProbe>({
    kind: oneOf('hello'),
    ...asked,
    route,
    maxVersion: optional(oneOf('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3')),
    alpn: optional(list(name, 10)),
    servername: optional(name),
  }),
  exchange: shape<ExchangeProbe>({
    kind: oneOf('exchange'),
    ...asked,
    route,
    request: text(MAX_HEAD),
    headMs: optional(ms),
    session: optional(session),
  }),
  http2: shape<Http2Probe>({ kind: oneOf('http2'), ...asked, route, fields: list(line, 1000) }),
};
const probe: Read<Probe> = (value, at) => {
  const kinds = Object.keys(probes) as Probe['kind'][];
  const { kind } = (value ?? {}) as { readonly kind?: unknown };
  return probes[oneOf(...kinds)(kind, `${at}.kind`)](value, at);
};

const addressSeen = shape<AddressSeen>({
  address,
  family: oneOf(4, 6),
  tcpMs: optional(ms),
  trouble: optional(trouble),
});

const tls = shape<TlsSeen>({
  version: name,
  cipher: name,
  alpn: name,
  isTrusted: flag,
  trouble: optional(trouble),
  subject: name,
  issuer: name,
  names: list(name, 100),
  notBefore: name,
  notAfter: name,
  chainLength: whole(0, 1000),
});

const answer = shape<Answer>({
  head: text(MAX_HEAD),
  interim: list(text(MAX_HEAD), 20),
  body: text(MAX_BODY),
  isBodyCut: flag,
});

const frame = shape<FrameSeen>({
  atMs: ms,
  direction: oneOf('in', 'out'),
  opcode: whole(0, 15),
  fin: flag,
  rsv: whole(0, 7),
  masked: flag,
  length: number(0, 2 ** 64),
  isLengthIllegal: optional(flag),
  payload: hex(MAX_PAYLOAD),
});

const end = shape<EndSeen>({
  how: oneOf('fin', 'rst', 'error', 'left'),
  atMs: ms,
  sinceReceivedMs: optional(ms),
  sinceSentMs: optional(ms),
});

const http2 = shape<Http2Seen>({
  alpn: name,
  offersConnect: optional(flag),
  status: optional(whole(0, 999)),
  fields: optional(list(line, 1000)),
  reset: optional(name),
});

const times = shape<StageTimes>({
  dnsMs: optional(ms),
  tcpMs: optional(ms),
  proxyMs: optional(ms),
  tlsMs: optional(ms),
  headMs: optional(ms),
  totalMs: ms,
});

const observation = shape<Observation>({
  id: text(8, /^p\d+$/, 'the number of a probe'),
  probe,
  skipped: optional(oneOf('budget', 'deadline', 'stopped', 'interrupted')),
  startedMs: ms,
  times,
  address: optional(name),
  addresses: optional(list(addressSeen, 1000)),
  trouble: optional(trouble),
  tunnel: optional(text(MAX_HEAD)),
  tls: optional(tls),
  answer: optional(answer),
  garbage: optional(hex(MAX_NAME)),
  frames: list(frame, MAX_FRAMES),
  isCutInFrame: optional(flag),
  stray: optional(hex(MAX_NAME)),
  end: optional(end),
  http2: optional(http2),
  connections: whole(0, 1000),
  bytesOut: octets,
  bytesIn: octets,
});

const target = shape<Target>({
  url: socketUrl,
  secure: flag,
  host: name,
  port,
  authority: name,
  path: text(MAX_TEXT),
  origin: orNull(name),
  ownOrigin: name,
  subprotocols: list(text(MAX_TEXT), 1000),
  deflate: flag,
  headers: list(line, 1000),
  cookie: optional(text(MAX_TEXT)),
  profile: oneOf('handfast', 'chrome', 'firefox', 'node', 'curl'),
  proxy: optional(name),
  environmentProxy: optional(name),
  direct: optional(shape<NonNullable<Target['direct']>>({ host: name, port })),
  resolve: optional(address),
  page: optional(pageUrl),
  idleMs: optional(ms),
  expectOpenMs: optional(ms),
  reflect: optional(oneOf('backend', 'mounted')),
  own: flag,
  guess: flag,
  public: flag,
  insecure: flag,
  stageMs: ms,
  nonce: text(32, /^[\da-f]+$/, 'hexadecimal'),
});

const recordingShape = shape<Recording>({
  schema: oneOf('handfast-run/1'),
  tool: name,
  started: time,
  url: text(MAX_TEXT),
  trouble: optional(trouble),
  target: optional(target),
  observations: list(observation, MAX_OBSERVATIONS),
  ms,
});
