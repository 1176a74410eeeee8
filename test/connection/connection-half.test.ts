// A plain TCP peer that has ended and takes nothing of what is still on its way to it: the connection must not wait for it for ever.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { open } from '../../src/connection/settings.js';

test('a peer that ended and does not read is let go, though the heartbeat is off', async () => {
  const listener = createServer({ allowHalfOpen: false }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const arrived = once(listener, 'connection') as Promise<[Socket]>;
  const peer = connect({ port: (listener.address() as { port: number }).port, allowHalfOpen: true });
  const [socket] = await arrived;
  const connection = open(socket, { role: 'server', heartbeat: false, limits: { highWaterBytes: 2 ** 26 } });
  peer.pause();
  // More than the kernel takes for a peer that does not read, and less than would count as congestion.
  connection.send(new Uint8Array(2 ** 25)).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(socket.writableLength > 0, 'something must wait');
  peer.end();
  const record = await connection.closed;
  peer.destroy();
  listener.close();
  assert.equal(record.code, 1006);
});
