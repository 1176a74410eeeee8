// Endpoints that speak a protocol of their own above WebSocket.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { realtimeFramework } from '../../../src/doctor/inquiries/frameworks.js';
import { answered, frame, HUNG_UP, inquired, named, opens, skipped, type Table, target } from '../driver.js';

const found = (table: Table, path = '/ws') => {
  const { result, seen } = inquired(realtimeFramework, table, target({}, `ws://127.0.0.1:3000${path}`));
  return { names: result === undefined ? [] : named([result]), seen, result };
};
const bad = (body: string, status = '400 Bad Request') => answered(status, body);
const json = (code: number, message: string) => bad(JSON.stringify({ code, message }));
const greets = opens({ frames: [frame('in', 1, '0{"sid":"a"}')] });

describe('Socket.IO', () => {
  const UNKNOWN = bad('Transport unknown');
  const asked = (engine: Table[string], baseline: Table[string] = UNKNOWN) => ({
    baseline,
    'no-upgrade': json(0, 'Transport unknown'),
    'engine-io': engine,
  });

  test('is proved by its greeting', () => {
    assert.deepEqual(found(asked(greets)).names, ['ROUTE_SOCKETIO proven']);
    assert.deepEqual(found(asked(greets, bad('Unsupported protocol version'))).names, [
      'ROUTE_SOCKETIO proven',
    ]);
    assert.deepEqual(found(asked(greets, json(3, 'Bad request'))).names, ['ROUTE_SOCKETIO proven']);
  });

  test('is said by its words where the greeting does not come', () => {
    for (const engine of [opens(), HUNG_UP, skipped()])
      assert.deepEqual(found(asked(engine)).names, ['ROUTE_SOCKETIO strong']);
  });

  test('is asked on the same path, with what else was asked for', () => {
    const { seen } = found(asked(greets), '/socket.io/?EIO=3&room=1&transport=polling');
    const { probe } = seen[1]!;
    assert.match(
      probe.kind === 'exchange' ? probe.request : '',
      /^GET \/socket\.io\/\?EIO=4&transport=websocket&room=1 HTTP/,
    );
  });

  test('that does not know the session is about sticky ones', () => {
    assert.deepEqual(found({ baseline: bad('Session ID unknown') }).names, ['ROUTE_STICKY strong']);
    assert.deepEqual(found({ baseline: json(1, 'Session ID unknown') }).names, ['ROUTE_STICKY strong']);
  });

  test('that answers a right request in JSON did not get the Upgrade', () => {
    const table = { baseline: json(3, 'Bad request') };
    assert.deepEqual(found(table, '/socket.io/?EIO=4&transport=websocket').names, [
      'PROXY_UPGRADE_STRIPPED strong',
    ]);
  });

  test('that forbids somebody, or says what others say too, is not named', () => {
    for (const baseline of [
      json(4, 'Forbidden'),
      bad('Forbidden', '403 Forbidden'),
      bad('Bad request'),
      bad('Transport unknown', '404 Not Found'),
    ])
      assert.deepEqual(found({ baseline }).names, []);
  });
});

test('SignalR', () => {
  assert.deepEqual(found({ baseline: bad('Connection ID required') }).names, ['ROUTE_SIGNALR strong']);
  assert.deepEqual(found({ baseline: bad('No Connection with that ID', '404 Not Found') }).names, [
    'ROUTE_STICKY strong',
  ]);
  assert.deepEqual(found({ baseline: bad('Connection ID required', '200 OK') }).names, []);
});

test('functions that end with their answer', () => {
  const vercel = (status: string) => answered(`${status}\nX-Vercel-Id: fra1::a`);
  assert.deepEqual(found({ baseline: vercel('405 Method Not Allowed') }).names, ['ROUTE_SERVERLESS likely']);
  assert.deepEqual(found({ baseline: vercel('403 Forbidden') }).names, []);
  assert.deepEqual(found({ baseline: answered('404 Not Found') }).names, []);
});
