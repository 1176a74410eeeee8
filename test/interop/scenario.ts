// Knows: the one conversation that every peer has with us, both ways, and what must come out of it.
// Must not know: which peer it is. A peer's client has these modes:
//   talk URL     asks for chat.v1, echo.v2; text, 1 MiB, fragments where it can, ping, answers a ping; closes 4001 "done ✓"
//   closed URL   opens and reports the close it is given
//   refused URL  opens with a foreign origin and reports the status it is refused with
// and a fourth, which is told in compressed.ts.
// A peer's server has three paths: /echo (subprotocol echo.v2; pings on "please: ping", then says "pong came"; sends
// "one two three" in fragments on "please: fragments"), /close (closes 4002 "bye ✓"), /private (401).
import assert from 'node:assert/strict';
import type {
  CloseRecord,
  Connection,
  ConnectOptions,
  HandshakeRequest,
  Server,
  ServerOptions,
} from '../../src/index.js';
import { connect, createServer, HandshakeError, refuse } from '../../src/index.js';
import { type HandshakeTrace, handshakes } from '../../src/trace.js';

/** What a client saw. What a peer cannot do or tell is absent. */
export interface Report {
  readonly subprotocol?: string;
  /** As agreed on, in the words of the answer. */
  readonly extensions?: string;
  readonly text?: string;
  readonly binary?: boolean;
  readonly long?: boolean;
  readonly noText?: boolean;
  readonly noBytes?: boolean;
  readonly small?: boolean;
  readonly fragments?: string;
  readonly pong?: boolean;
  readonly answered?: string;
  readonly close?: readonly [code: number, reason: string | null];
  readonly status?: number;
  readonly type?: string;
}

export const TEXT = 'grüße, 世界 👋';

/** 1 MiB that no transformation leaves alone by accident. */
export const payload: Buffer = Buffer.from(
  Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 31 + 7) & 255),
);

export interface Ours extends AsyncDisposable {
  readonly server: Server<unknown>;
  readonly port: number;
  /** The records of the connections that have ended, in order. */
  readonly records: Promise<CloseRecord>[];
  /** The requests of the connections to /echo. */
  readonly requests: HandshakeRequest[];
  /** All requests for a WebSocket in this process while the server runs, as they were answered. */
  readonly handshakes: HandshakeTrace[];
}

export type OursOptions = Pick<
  ServerOptions<unknown>,
  'tls' | 'http2' | 'http' | 'origins' | 'compression' | 'trustedProxies'
>;

/** Our server with the three paths. */
export async function startOurs(options: OursOptions = {}): Promise<Ours> {
  const records: Promise<CloseRecord>[] = [];
  const requests: HandshakeRequest[] = [];
  const answered: HandshakeTrace[] = [];
  const note = (message: unknown) => {
    const trace = message as HandshakeTrace;
    // Browsers open connections too on which they say nothing.
    if (trace.method !== '') answered.push(trace);
  };
  handshakes.subscribe(note);
  const server = createServer<unknown>({
    port: 0,
    ...options,
    routes: {
      '/echo': {
        subprotocols: ['echo.v2'],
        onconnection(connection, request) {
          records.push(connection.closed);
          requests.push(request);
          return echo(connection);
        },
      },
      '/close': {
        async onconnection(connection) {
          records.push(connection.closed);
          await connection.close(4002, 'bye ✓');
        },
      },
      '/private': { authorize: () => refuse('AUTH_REQUIRED'), onconnection() {} },
    },
  });
  await server.ready;
  return {
    server,
    port: server.port,
    records,
    requests,
    handshakes: answered,
    async [Symbol.asyncDispose]() {
      handshakes.unsubscribe(note);
      await server.close();
    },
  };
}

async function echo(connection: Connection<unknown>): Promise<void> {
  for await (const message of connection) {
    if (message === 'please: ping') {
      await connection.ping('server asks');
      await connection.send('pong came');
    } else await connection.send(message);
  }
}

/** What a peer's client must have seen of our server, and our server of it. */
export async function checkTalk(report: Report, ours: Ours): Promise<void> {
  assert.equal(report.subprotocol, 'echo.v2');
  assert.equal(report.text, TEXT);
  assert.equal(report.binary, true);
  if (report.fragments !== undefined) assert.match(report.fragments, /^(?:one )+(?:two )+(?:three)+$/);
  if (report.pong !== undefined) assert.equal(report.pong, true);
  assert.equal(report.answered, 'pong came');
  const record = await ours.records.at(-1)!;
  assert.deepEqual(record.received, { code: 4001, reason: 'done ✓' });
  assert.equal(record.clean, true);
  assert.equal(record.initiator, 'peer');
  assert.equal(report.close?.[0], 4001);
}

export async function checkClosed(report: Report, ours: Ours): Promise<void> {
  assert.deepEqual(report.close, [4002, 'bye ✓']);
  const record = await ours.records.at(-1)!;
  assert.deepEqual([record.clean, record.initiator, record.code], [true, 'local', 4002]);
}

export function checkRefused(report: Report): void {
  assert.equal(report.status, 403);
  assert.match(report.type ?? '', /^application\/problem\+json/);
}

/** Our client in the three modes, against a peer's server at `base`, such as ws://127.0.0.1:9001. */
export async function talkTo(
  base: string,
  options: ConnectOptions & { fragments?: boolean } = {},
): Promise<CloseRecord> {
  const { fragments = true, ...rest } = options;
  const connection = await connect(`${base}/echo`, { subprotocols: ['chat.v1', 'echo.v2'], ...rest });
  const messages = connection[Symbol.asyncIterator]();
  const answer = async () => (await messages.next()).value;
  assert.equal(connection.subprotocol, 'echo.v2');
  await connection.send(TEXT);
  assert.equal(await answer(), TEXT);
  await connection.send(payload);
  assert.ok(payload.equals((await answer()) as Buffer));
  if (fragments) {
    await connection.send('please: fragments');
    assert.match((await answer()) as string, /^(?:one )+(?:two )+(?:three)+$/);
  }
  const roundTripMs = await connection.ping('are you there');
  assert.ok(roundTripMs >= 0 && roundTripMs < 5_000);
  await connection.send('please: ping');
  assert.equal(await answer(), 'pong came');
  const record = await connection.close(4001, 'done ✓');
  assert.deepEqual(
    [record.clean, record.initiator, record.sent],
    [true, 'local', { code: 4001, reason: 'done ✓' }],
  );
  return record;
}

export async function closedBy(base: string, options: ConnectOptions = {}): Promise<void> {
  const connection = await connect(`${base}/close`, options);
  const record = await connection.closed;
  assert.deepEqual([record.code, record.reason], [4002, 'bye ✓']);
  assert.deepEqual([record.clean, record.initiator], [true, 'peer']);
}

export async function refusedBy(base: string, options: ConnectOptions = {}): Promise<HandshakeError> {
  const error = await connect(`${base}/private`, options).then(
    () => assert.fail('was let in'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HandshakeError, String(error));
  assert.equal(error.status, 401);
  assert.equal(error.code, 'WS_AUTH_REQUIRED');
  return error;
}
