// Knows: what is kept of a handshake: its row, both heads and the steps, without secrets, and about how many bytes that takes.
// Must not know: channels, watchers, or what the detail says about it. Secrets are taken out before anything is kept.
import type { CloseRecord } from '../errors.js';
import { scrub } from '../forensics/redact.js';
import { forwardedBy } from '../forensics/respondents.js';
import type { RequestHead, ResponseHead } from '../handshake/head.js';
import type { Rejection } from '../reason.js';
import type { HandshakeTrace, StepTrace, TlsFacts, TracedConnection } from '../trace.js';
import {
  fieldsWithoutSecrets,
  hopsWithoutSecrets,
  octetsWithoutSecrets,
  own,
  rejectionWithoutSecrets,
  requestWithoutSecrets,
  sizeOf,
  subprotocolWithoutSecrets,
} from './kept-head.js';
import { type EndState, FEED_PATH, type HandshakeRow, type Outcome } from './protocol.js';
import { requestIdsOf } from './whose.js';

/** A row that goes on changing. */
type KeptRow = { -readonly [Name in keyof HandshakeRow]: HandshakeRow[Name] };

/** A handshake as it is kept. */
export interface Kept {
  readonly id: number;
  /** What the list shows; it changes with its connection. */
  readonly row: KeptRow;
  /** How its server is called. */
  readonly server: string;
  readonly request: RequestHead | undefined;
  readonly response: ResponseHead | undefined;
  readonly responseBody: string;
  readonly rejection: Rejection | undefined;
  readonly steps: KeptSteps;
  readonly tls: TlsFacts | undefined;
  readonly firstOctets: Uint8Array | undefined;
  /** While it is open. */
  connection: TracedConnection | undefined;
  /** Somebody who watches has paused its reading. */
  isHeld: boolean;
  /** The address of whoever watched and closed it. */
  closer: string | undefined;
  /** Once it has ended: its close record, without secrets, and how the list tells it. */
  record: CloseRecord | undefined;
  end: EndState | undefined;
  readonly bytes: number;
}

/** The names in order, and what each took in milliseconds: few handshakes take other steps than the one before. */
export interface KeptSteps {
  readonly names: ReadonlyArray<StepTrace['name']>;
  readonly ms: readonly number[];
}

let lastNames: KeptSteps['names'] = [];

function keptSteps(steps: readonly StepTrace[]): KeptSteps {
  const isSame = steps.length === lastNames.length && steps.every(({ name }, at) => name === lastNames[at]);
  if (!isSame) lastNames = steps.map(({ name }) => name);
  return { names: lastNames, ms: steps.map(({ ms }) => ms) };
}

/** So much of a refusal's body is kept. */
const MAX_BODY = 4096;
/** An object of V8 with its strings, roughly. */
const BASE_BYTES = 700;

/** Read while it is published: what is asked of the trace is worked out now. */
export function keep(id: number, trace: HandshakeTrace, server: string, user?: string): Kept {
  const request = trace.request && requestWithoutSecrets(trace.request);
  const response = trace.response && {
    ...trace.response,
    fields: fieldsWithoutSecrets(trace.response.fields),
  };
  const { connection, steps, tls, firstOctets } = trace;
  const rejection = trace.rejection && rejectionWithoutSecrets(trace.rejection);
  const responseBody = scrub(trace.responseBody.slice(0, MAX_BODY));
  const row = rowOf(id, trace, request);
  if (user !== undefined) row.user = user;
  return {
    id,
    server,
    row,
    request,
    response,
    responseBody,
    rejection,
    steps: keptSteps(steps),
    tls,
    firstOctets: firstOctets && octetsWithoutSecrets(firstOctets),
    connection,
    isHeld: false,
    closer: undefined,
    record: undefined,
    end: undefined,
    bytes:
      BASE_BYTES +
      sizeOf(request?.fields) +
      sizeOf(response?.fields) +
      2 * responseBody.length +
      4 * row.target.length +
      sizeOfHops(row.forwarded) +
      2 * (rejection?.evidence.seen?.length ?? 0) +
      2 * (user?.length ?? 0),
  };
}

function sizeOfHops(hops: readonly string[]): number {
  return hops.reduce((size, hop) => size + 2 * hop.length + 24, 0);
}

/** Field by field: it is made for every handshake, and an object put together from many others is slow to make. */
function rowOf(id: number, trace: HandshakeTrace, request: RequestHead | undefined): KeptRow {
  const { at, outcome, status, carrier, secure, method, address, peer, forwarded, tookMs } = trace;
  const { route, rejection, subprotocol, extensions } = trace;
  const row: KeptRow = {
    id,
    at,
    outcome: outcome satisfies Outcome,
    status,
    carrier,
    secure,
    method: method === 'GET' ? method : own(method),
    target: request?.target ?? '',
    // What a trusted proxy says is a part of the head.
    address: address === peer ? peer : own(address),
    peer,
    forwarded: hopsWithoutSecrets(forwarded),
    subprotocol: subprotocol === '' ? '' : subprotocolWithoutSecrets(subprotocol),
    extensions,
    tookMs,
  };
  const origin = request?.fields.get('origin');
  const agent = agentOf(request?.fields.get('user-agent'));
  const requestIds = request && requestIdsOf(request.fields);
  if (rejection !== undefined) row.code = rejection.reason.code;
  if (route !== undefined) row.route = route;
  if (origin !== undefined) row.origin = origin;
  if (agent !== undefined) row.agent = agent;
  if (requestIds !== undefined) row.requestIds = requestIds;
  if (route === FEED_PATH && (outcome === 'accepted' || outcome === 'broken')) row.watcher = true;
  return row;
}

const AGENTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/^handfast/, 'handfast'],
  [/^curl\//, 'curl'],
  [/python|websockets\//i, 'Python'],
  [/^Go-http-client/, 'Go'],
  [/Deno\//, 'Deno'],
  [/Bun\//, 'Bun'],
  [/undici|^node/i, 'Node'],
];

function agentOf(userAgent: string | undefined): string | undefined {
  if (userAgent === undefined) return undefined;
  return AGENTS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? userAgent.split(/[/ ]/)[0]!.slice(0, 20);
}

/** The program in front of the server, where the request tells. */
export function hopOf({ request }: Kept): string | undefined {
  return request === undefined ? undefined : forwardedBy(request)?.name;
}
