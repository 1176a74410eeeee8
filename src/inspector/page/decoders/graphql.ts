// Knows: GraphQL over WebSocket: the messages of graphql-transport-ws, and of graphql-ws before it, which is another protocol.
// https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md
import { type Decoded, type Decoder, isRecord } from './decoder.js';

const TYPES: ReadonlySet<string> = new Set([
  ...['connection_init', 'connection_ack', 'ping', 'pong', 'subscribe', 'next', 'error', 'complete'],
  ...['start', 'data', 'stop', 'ka', 'connection_terminate', 'connection_error'],
]);

/** Those by which it is known also where nobody said so. */
const TELLING: ReadonlySet<string> = new Set(['subscribe', 'start', 'next', 'data']);

export const graphql: Decoder = {
  key: 'graphql',
  label: 'GraphQL',
  speaks: ({ subprotocol }) => subprotocol === 'graphql-transport-ws' || subprotocol === 'graphql-ws',
  read({ json, text, isWhole }, isSpoken) {
    if (isRecord(json)) return message(json, isSpoken);
    const cut = isSpoken && !isWhole ? /^\s*\{[^{}]{0,200}"type"\s*:\s*"(\w+)"/.exec(text ?? '') : null;
    return cut === null || !TYPES.has(cut[1]!) ? undefined : { brief: `${cut[1]}, cut off`, body: text };
  },
};

function message(json: Readonly<Record<string, unknown>>, isSpoken: boolean): Decoded | undefined {
  const { type, id, payload } = json;
  if (typeof type !== 'string' || !TYPES.has(type)) return undefined;
  const inner = isRecord(payload) ? payload : {};
  const query = typeof inner.query === 'string' ? inner.query : undefined;
  const isResult = 'data' in inner || 'errors' in inner;
  if (!isSpoken && !(TELLING.has(type) && (query !== undefined || isResult))) return undefined;
  const told = query === undefined ? outcome(payload) : operation(query);
  const named = typeof id === 'string' || typeof id === 'number' ? ` ${id}` : '';
  return {
    brief: `${type}${named}${told === '' ? '' : `: ${told}`}`,
    facts: [
      ['message', type],
      ...(named === '' ? [] : [['id', named.trim()] as const]),
      ...(query === undefined ? [] : [['query', query] as const]),
    ],
    ...(payload !== undefined && { body: payload }),
  };
}

/** `subscription OnMessage`; a document may begin with `{`, which is a query, or with comments and fragments. */
function operation(query: string): string {
  const [, kind, name = ''] =
    /(?:^|[\s}])(query|mutation|subscription)\b\s{0,50}([_A-Za-z]\w{0,100})?/.exec(query) ?? [];
  return kind === undefined ? 'query' : `${kind} ${name}`.trim();
}

/** Errors come in place of a payload (`error`) or in a result. */
function outcome(payload: unknown): string {
  const errors: unknown = isRecord(payload) ? (payload.errors ?? payload) : payload;
  const first: unknown = Array.isArray(errors) ? errors[0] : errors;
  return isRecord(first) && typeof first.message === 'string' ? first.message : '';
}
