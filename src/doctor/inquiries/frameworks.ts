// Knows: endpoints that speak a protocol of their own above WebSocket and refuse a bare one: Socket.IO, SignalR, serverless platforms.
// Must not know: other refusals. Measured with Socket.IO 4.8, 2026-11.
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, bodyOf, fieldOf, isOpen, payloadOf, statusOf } from '../reading.js';
import type { Finding } from '../report.js';

const ENGINE_QUERY = 'EIO=4&transport=websocket';

/** Undefined when no framework speaks out of the answer. */
export function* realtimeFramework(own: Case, baseline: Observation): Inquiry<Finding | undefined> {
  const body = bodyOf(baseline);
  const engine = engineError(body, statusOf(baseline));
  if (engine !== undefined && isEngineRequest(own.target.path) && body.trim().startsWith('{'))
    return engineWithoutUpgrade(own, baseline);
  if (engine === 1) {
    const detail =
      'Engine.IO does not know this session. With several nodes every request of a session must reach the same one.';
    return finding('ROUTE_STICKY', {
      confidence: 'strong',
      detail,
      steps: [step(baseline, bodyLine(baseline))],
      hops: own.hopNames,
    });
  }
  if (engine !== undefined) return yield* socketIo(own, baseline);
  if (statusOf(baseline) >= 400 && /Connection ID required|No Connection with that ID/i.test(body)) {
    const sticky = /No Connection with that ID/i.test(body);
    return finding(sticky ? 'ROUTE_STICKY' : 'ROUTE_SIGNALR', {
      confidence: 'strong',
      detail: '',
      steps: [step(baseline, bodyLine(baseline))],
    });
  }
  return serverless(own, baseline);
}

function isEngineRequest(path: string): boolean {
  return /[?&]transport=websocket(?:&|$)/.test(path);
}

function engineWithoutUpgrade(own: Case, baseline: Observation): Finding {
  const detail =
    'Engine.IO answers a handshake in plain text, and in JSON only what comes to it as an ordinary request.';
  const steps = [step(baseline, bodyLine(baseline))];
  return finding('PROXY_UPGRADE_STRIPPED', { confidence: 'strong', detail, steps, hops: own.hopNames });
}

/**
 * The number of an error of Engine.IO; its text to an upgrade, JSON to a plain request. Who is merely forbidden (4) speaks Engine.IO
 * already, and what forbids it is found as anywhere else.
 */
function engineError(body: string, status: number): number | undefined {
  if (status !== 400 && status !== 403) return undefined;
  const json = /^\{"code":([0-35]),"message":"[^"]*"\}$/.exec(body.trim());
  if (json !== null) return Number(json[1]);
  const at = [
    'Transport unknown',
    'Session ID unknown',
    'Bad handshake method',
    'Bad request',
    'Forbidden',
    'Unsupported protocol version',
  ].indexOf(body.trim());
  return at === 0 || at === 1 || at === 5 ? at : undefined;
}

function* socketIo(own: Case, baseline: Observation): Inquiry<Finding> {
  const plain = yield* ask(own.variant('no-upgrade', 'no Upgrade', { upgrade: null }));
  const engine = yield* engineProbe(own);
  const greeting = firstText(engine);
  const isProven = isOpen(engine) && greeting.startsWith('0{');
  const steps = [
    step(baseline, bodyLine(baseline)),
    step(plain, bodyLine(plain)),
    step(engine, greeting === '' ? undefined : `first message ${greeting.slice(0, 7)}…`),
    remark('"Transport unknown" is error 0 of Engine.IO: the parameter "transport" is missing.'),
  ];
  const headline = 'This is a Socket.IO endpoint, and it does not speak plain WebSocket';
  const remarks = [
    {
      label: 'Note',
      text: 'Error 1, "Session ID unknown", is another thing: several nodes without sticky sessions (ROUTE_STICKY).',
    },
  ];
  return finding('ROUTE_SOCKETIO', {
    confidence: isProven ? 'proven' : 'strong',
    headline,
    steps,
    hops: own.hopNames,
    remarks,
  });
}

/** The same path as a client of Socket.IO asks for it. */
export function* engineProbe(own: Case): Inquiry<Observation> {
  const [path, query = ''] = own.target.path.split('?');
  const kept = query.split('&').filter((pair) => pair !== '' && !/^(?:EIO|transport)=/.test(pair));
  const asked = `${path}?${[ENGINE_QUERY, ...kept].join('&')}`;
  return yield* ask(
    own.variant('engine-io', `?${ENGINE_QUERY}`, { path: asked }, { listenMs: 400, pings: 0 }),
  );
}

export function firstText({ frames }: Observation): string {
  const first = frames.find(({ direction, opcode }) => direction === 'in' && opcode === 1);
  return first === undefined ? '' : payloadOf(first).toString('utf8');
}

const PLATFORMS: ReadonlyArray<readonly [string, string]> = [
  ['x-vercel-id', 'Vercel'],
  ['x-nf-request-id', 'Netlify'],
  ['x-amzn-requestid', 'an AWS function'],
];

function serverless(own: Case, baseline: Observation): Finding | undefined {
  if (![404, 405, 426, 500, 501].includes(statusOf(baseline))) return undefined;
  const platform = PLATFORMS.find(([name]) => fieldOf(baseline, name) !== undefined);
  if (platform === undefined) return undefined;
  const detail = `${platform[1]} answered. A function that ends with its answer cannot keep a connection open.`;
  return finding('ROUTE_SERVERLESS', {
    confidence: 'likely',
    detail,
    steps: [step(baseline, `${platform[0]} in the answer`)],
    hops: own.hopNames,
  });
}
