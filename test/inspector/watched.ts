// A server with an inspector in it, and somebody who watches: what the tests of the inspector begin with.
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Server, type ServerOptions } from '../../src/index.js';
import { type InspectOptions, type Inspector, inspect } from '../../src/inspector/index.js';
import type { Detail, FromServer, FromWatcher, HandshakeRow } from '../../src/inspector/protocol.js';

export interface Watched extends AsyncDisposable {
  readonly server: Server<undefined>;
  readonly inspector: Inspector;
  /** `ws://127.0.0.1:PORT` */
  readonly url: string;
  /** Everything that was told, in order. */
  readonly told: readonly FromServer[];
  /** Waits until something that is told makes it so. */
  until<Value>(found: () => Value | undefined): Promise<Value>;
  /** All that were told as forgotten. */
  forgotten(): number[];
  ask(question: FromWatcher): void;
  /** Resolves with the newest row for which it is true, now or later. */
  row(wanted: (row: HandshakeRow) => boolean): Promise<HandshakeRow>;
  detail(id: number): Promise<Detail | undefined>;
  next<Type extends FromServer['type']>(type: Type): Promise<Extract<FromServer, { type: Type }>>;
}

export async function watched(
  options: Partial<ServerOptions<undefined>> = {},
  inspectOptions: InspectOptions = {},
): Promise<Watched> {
  const { token } = inspectOptions;
  const inspector = inspect(inspectOptions);
  const server = createServer({
    port: 0,
    onconnection() {},
    routes: { '/chat': {} },
    inspect: inspector,
    ...options,
  });
  await server.ready;
  const url = `ws://127.0.0.1:${server.port}`;
  const socket = await connect(`${url}${inspector.path}feed`, {
    subprotocols: ['handfast-inspector.1'],
    origin: url.replace('ws', 'http'),
    headers: token === undefined ? [] : [['Authorization', `Bearer ${token}`]],
  });
  const told: FromServer[] = [];
  const heard = new EventEmitter();
  socket.onmessage = (message) => {
    told.push(JSON.parse(String(message)) as FromServer);
    heard.emit('told');
  };
  const until = async <Value>(found: () => Value | undefined): Promise<Value> => {
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      await once(heard, 'told', { signal: AbortSignal.timeout(20_000) });
    }
  };
  const ask = (question: FromWatcher) => void socket.send(JSON.stringify(question)).catch(() => {});
  const next: Watched['next'] = (type) => {
    const from = told.length;
    return until(() => told.slice(from).find((one) => one.type === type)) as never;
  };
  return {
    server,
    inspector,
    url,
    told,
    until,
    forgotten: () => told.flatMap((one) => (one.type === 'rows' ? (one.forgotten ?? []) : [])),
    ask,
    next,
    row: (wanted) => until(() => [...rowsTold(told).values()].findLast(wanted)),
    async detail(id) {
      const answer = next('detail');
      ask({ type: 'detail', id });
      return (await answer).detail;
    },
    async [Symbol.asyncDispose]() {
      inspector.close();
      socket.close();
      await server.close({ deadlineMs: 0 });
    },
  };
}

/** All rows that were told, as they were told last. */
export function rowsTold(told: readonly FromServer[]): ReadonlyMap<number, HandshakeRow> {
  const rows = new Map<number, HandshakeRow>();
  for (const one of told) {
    if (one.type === 'hello' || one.type === 'rows') for (const row of one.rows) rows.set(row.id, row);
    if (one.type !== 'connections') continue;
    for (const { id, ...connection } of one.connections) rows.set(id, { ...rows.get(id)!, connection });
  }
  return rows;
}
