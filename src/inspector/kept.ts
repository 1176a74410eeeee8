// Knows: what is kept of a handshake: its row, both heads and the steps, without secrets, and about how many bytes that takes.
// Must not know: channels, watchers, or what the detail says about it. Secrets are taken out before anything is kept.
import { marksAsTokens, redactValue, scrub } from '../forensics/redact.js';
import { forwardedBy } from '../forensics/respondents.js';
import { type FieldLine, Fields, type RequestHead, type ResponseHead } from '../handshake/head.js';
import type { Rejection } from '../reason.js';
import type { HandshakeTrace, StepTrace, TlsFacts, TracedConnection } from '../trace.js';
import type { EndState, HandshakeRow, Outcome } from './protocol.js';

/** A handshake as it is kept. */
export interface Kept {
  readonly id: number;
  /** What the list shows; made again when its connection has changed. */
  row: HandshakeRow;
  readonly request: RequestHead | undefined;
  readonly response: ResponseHead | undefined;
  readonly responseBody: string;
  readonly rejection: Rejection | undefined;
  readonly steps: readonly StepTrace[];
  readonly tls: TlsFacts | undefined;
  readonly firstOctets: Uint8Array | undefined;
  /** While it is open. */
  connection: TracedConnection | undefined;
  /** What the close record says in words. */
  explanation: string | undefined;
  /** Name and value, that show how it ended. */
  facts: ReadonlyArray<readonly [name: string, value: string]>;
  end: EndState | undefined;
  readonly bytes: number;
}

/** So much of a refusal's body is kept. */
const MAX_BODY = 4096;
/** An object of V8 with its strings, roughly. */
const BASE_BYTES = 700;

/** Read while it is published: what is asked of the trace is worked out now. */
export function keep(id: number, trace: HandshakeTrace): Kept {
  const request = trace.request && requestWithoutSecrets(trace.request);
  const response = trace.response && {
    ...trace.response,
    fields: fieldsWithoutSecrets(trace.response.fields),
  };
  const { rejection, connection, steps, tls, firstOctets } = trace;
  const responseBody = scrub(trace.responseBody.slice(0, MAX_BODY));
  const row = rowOf(id, trace);
  return {
    id,
    row,
    request,
    response,
    responseBody,
    rejection,
    steps,
    tls,
    firstOctets: firstOctets === undefined ? undefined : firstOctets.slice(0, 256),
    connection,
    explanation: undefined,
    facts: [],
    end: undefined,
    bytes:
      BASE_BYTES +
      sizeOf(request?.fields) +
      sizeOf(response?.fields) +
      2 * responseBody.length +
      4 * row.target.length,
  };
}

function requestWithoutSecrets(head: RequestHead): RequestHead {
  return { ...head, target: targetWithoutSecrets(head.target), fields: fieldsWithoutSecrets(head.fields) };
}

/** The rules for a head are asked of it later: what stands for a secret must not break them. */
function targetWithoutSecrets(target: string): string {
  return marksAsTokens(scrub(target));
}

function fieldsWithoutSecrets(fields: Fields): Fields {
  return new Fields([...fields].map(([name, value]): FieldLine => [name, valueWithoutSecrets(name, value)]));
}

function valueWithoutSecrets(name: string, value: string): string {
  const clean = redactValue(name, value);
  return name.toLowerCase() === 'sec-websocket-protocol' ? marksAsTokens(clean) : clean;
}

function sizeOf(fields: Fields | undefined): number {
  let size = 0;
  for (const [name, value] of fields ?? []) size += 2 * (name.length + value.length) + 64;
  return size;
}

function rowOf(id: number, trace: HandshakeTrace): HandshakeRow {
  const { at, outcome, status, carrier, secure, method, target, address, peer, forwarded, tookMs } = trace;
  const { route, origin, rejection, subprotocol, extensions } = trace;
  const agent = trace.request && agentOf(trace.request.fields.get('user-agent'));
  return {
    id,
    at,
    outcome: outcome satisfies Outcome,
    status,
    ...(rejection !== undefined && { code: rejection.reason.code }),
    carrier,
    secure,
    method,
    target: targetWithoutSecrets(target),
    ...(route !== undefined && { route }),
    address,
    peer,
    forwarded,
    ...(origin !== undefined && { origin: scrub(origin) }),
    ...(agent !== undefined && { agent }),
    subprotocol: valueWithoutSecrets('sec-websocket-protocol', subprotocol),
    extensions,
    tookMs,
  };
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
