// A peer that sends and ends at once: what came before its FIN is delivered, however the machine was held up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { open } from '../../src/connection/settings.js';
import { agreement } from '../deflate/agreed.js';
import { hex } from '../frames/hex.js';
import { compressedFrame, until } from './compressed.js';
import { to } from './opened.js';
import { holdThreads } from './threads.js';

/** A server's socket, and a peer that writes all that at once and ends. */
async function arrived(octets: Uint8Array): Promise<{ socket: Socket; end(): void }> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const arrival = once(listener, 'connection') as Promise<[Socket]>;
  const peer = connect((listener.address() as { port: number }).port);
  peer.on('error', () => {}).resume();
  peer.end(octets);
  const [socket] = await arrival;
  const end = () => {
    peer.destroy();
    listener.close();
  };
  return { socket, end };
}

const CLOSE = '8882 00000000 03e8';

for (const [what, last, code] of [
  ['a close frame', CLOSE, 1000],
  ['none', '', 1006],
] as const) {
  test(`5,000 messages of a few chunks and then FIN, with ${what}`, async () => {
    const { socket, end } = await arrived(hex(`${to(1, '61').repeat(5000)} ${last}`));
    const connection = open(socket, { role: 'server' });
    let got = 0;
    connection.onmessage = () => {
      got += 1;
    };
    const record = await connection.closed;
    assert.deepEqual([got, record.code], [5000, code]);
    end();
  });

  test(`messages that another thread expands and then FIN, with ${what}`, async () => {
    const large = compressedFrame(2, Buffer.alloc(600_000, 'x'));
    const { socket, end } = await arrived(hex(`${large.repeat(3)} ${to(1, '61')} ${last}`));
    const threads = holdThreads();
    const connection = open(socket, { role: 'server', agreement: agreement() });
    const got: number[] = [];
    connection.onmessage = (message) => got.push(message.length);
    // Until the FIN has been seen too.
    await new Promise((resolve) => setTimeout(resolve, 100));
    threads.release();
    const record = await connection.closed;
    assert.deepEqual([got, record.code], [[600_000, 600_000, 600_000, 1], code]);
    end();
  });
}

for (const [what, last, code] of [
  ['a close frame', CLOSE, 1000],
  ['none', '', 1006],
] as const) {
  test(`more messages than the queue holds and then FIN, with ${what}: a slow loop gets all`, async () => {
    const { socket, end } = await arrived(hex(`${to(1, '61').repeat(40)} ${last}`));
    const connection = open(socket, { role: 'server' });
    let got = 0;
    for await (const _ of connection) {
      got += 1;
      if (got === 1) await until(() => socket.closed);
    }
    const record = await connection.closed;
    assert.deepEqual([got, record.code], [40, code]);
    end();
  });

  test(`a handler that pauses at each message gets all before FIN, with ${what}`, async () => {
    const { socket, end } = await arrived(hex(`${to(1, '61').repeat(40)} ${last}`));
    const connection = open(socket, { role: 'server' });
    let got = 0;
    connection.onmessage = () => {
      got += 1;
      connection.pause();
      void until(() => socket.closed).then(() => connection.resume());
    };
    const record = await connection.closed;
    assert.deepEqual([got, record.code], [40, code]);
    end();
  });
}

test('when nobody takes what came before FIN, the connection ends 30 s after the last that was taken', async () => {
  const { socket, end } = await arrived(hex(to(1, '61').repeat(100)));
  const connection = open(socket, { role: 'server', heartbeat: false });
  await until(() => socket.closed);
  assert.notEqual(connection.dueTick, 0, 'there is a deadline');
  connection.due(performance.now() + 29_000);
  assert.equal(connection.state, 'open');
  connection.due(performance.now() + 31_000);
  assert.equal((await connection.closed).cause, 'CLOSE_NO_FRAME_FIN');
  end();
});

test('what a handler takes between two pauses counts as taken', async (t) => {
  const { socket, end } = await arrived(hex(to(1, '61').repeat(3)));
  const connection = open(socket, { role: 'server', heartbeat: false });
  let got = 0;
  connection.onmessage = () => {
    got += 1;
    connection.pause();
  };
  await until(() => socket.closed);
  const opened = performance.now();
  t.mock.method(performance, 'now', () => opened + 20_000 * got);
  connection.resume();
  connection.resume();
  connection.due(performance.now() + 1000);
  assert.equal(got, 3);
  assert.equal(connection.state, 'open');
  connection.resume();
  assert.equal(connection.state, 'closed');
  end();
});

test('the same when reading was paused after FIN', async () => {
  const { socket, end } = await arrived(hex(compressedFrame(2, Buffer.alloc(600_000)).repeat(2)));
  const threads = holdThreads();
  const connection = open(socket, {
    role: 'server',
    heartbeat: false,
    agreement: agreement(),
  });
  await until(() => socket.closed);
  connection.pause();
  threads.release();
  assert.notEqual(connection.dueTick, 0, 'there is a deadline');
  connection.due(performance.now() + 31_000);
  await connection.closed;
  end();
});

test('terminate() while they are still read ends it at once', async () => {
  const { socket, end } = await arrived(hex(to(1, '61').repeat(5000)));
  const connection = open(socket, { role: 'server' });
  let got = 0;
  connection.onmessage = () => {
    got += 1;
    if (got === 1500) connection.terminate();
  };
  const record = await connection.closed;
  assert.equal(got, 1500);
  assert.match(record.explanation, /terminate\(\) was called here/);
  end();
});

test('terminate() while one of them is on another thread ends it too', async () => {
  const { socket, end } = await arrived(hex(compressedFrame(2, Buffer.alloc(600_000)).repeat(2)));
  const threads = holdThreads();
  const connection = open(socket, { role: 'server', agreement: agreement() });
  connection.onmessage = () => assert.fail('it was cut');
  await until(() => socket.closed);
  assert.equal(connection.state, 'open');
  connection.terminate();
  assert.equal(connection.state, 'closed');
  await connection.closed;
  threads.release();
  end();
});

test('what is sent meanwhile goes nowhere and throws nothing', async () => {
  const { socket, end } = await arrived(hex(to(1, '61').repeat(5000)));
  const connection = open(socket, { role: 'server' });
  let got = 0;
  connection.onmessage = (message) => {
    got += 1;
    connection.send(message);
  };
  await connection.closed;
  assert.equal(got, 5000);
  end();
});
