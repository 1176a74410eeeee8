// The signal calls an attempt off at any stage, leaves nothing behind, and means nothing to an open connection.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../src/client/connect.js';
import { deaf, listening, opening, reading } from '../transport/listener.js';
import { failing, within } from './attempt.js';

describe('called off', () => {
  const aborting = async (url: string, afterMs: number) => {
    const controller = new AbortController();
    const reason = new Error('the page was left');
    const since = performance.now();
    setTimeout(() => controller.abort(reason), afterMs);
    const error = await failing(url, { signal: controller.signal });
    assert.ok(performance.now() - since < afterMs + 2000, 'long before the time is up');
    assert.deepEqual([error.code, error.stage], ['WS_CLIENT_CLOSED_EARLY', 'abort']);
    assert.equal(error.cause, reason);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    return error.evidence.seen;
  };

  test('before it began: nothing is dialled', async () => {
    await using host = await listening(() => {});
    const error = await failing(host.url, { signal: AbortSignal.abort('no') });
    assert.deepEqual([error.code, error.cause], ['WS_CLIENT_CLOSED_EARLY', 'no']);
    await pause(20);
    assert.equal(host.sockets.length, 0);
  });

  test('while TCP waits', async () => {
    await using host = await deaf();
    assert.equal(await aborting(`ws://127.0.0.1:${host.port}/`, 50), 'tcp');
  });

  test('while TLS waits', async () => {
    await using host = await listening((socket) => void socket.resume());
    assert.equal(await aborting(host.url.replace('ws:', 'wss:'), 50), 'tls');
    await host.gone();
  });

  test('while the server says nothing, or half of it', async () => {
    await using silent = await reading(() => {});
    assert.equal(await aborting(silent.url, 50), 'http');
    await silent.gone();
    await using half = await reading((socket) => socket.write('HTTP/1.1 101 Sw'));
    assert.equal(await aborting(half.url, 50), 'http');
    await half.gone();
  });

  test('while the body of a refusal is read: the refusal is known, and is what is told', async () => {
    await using host = await reading((socket) => socket.write('HTTP/1.1 403 X\r\n\r\nhalf'));
    const error = await within(280, () => failing(host.url, { signal: AbortSignal.timeout(100) }));
    assert.deepEqual([error.code, error.body], ['WS_AUTH_FORBIDDEN', 'half']);
    await host.gone();
  });

  test('between two redirects', async () => {
    const controller = new AbortController();
    await using host = await reading((socket, _head, count) => {
      if (count === 2) controller.abort();
      socket.end('HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n');
    });
    const { code } = await failing(host.url, { redirects: 5, signal: controller.signal });
    assert.equal(code, 'WS_CLIENT_CLOSED_EARLY');
    assert.equal(host.heads.length, 2);
  });
});

test('an open connection does not hear the signal, and the signal does not keep it', async () => {
  await using host = await reading((socket, head) => socket.write(opening(head)));
  const controller = new AbortController();
  const connection = await connect(host.url, { signal: controller.signal });
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  await pause(30);
  assert.equal(connection.state, 'open');
  connection.terminate();
});

test('a signal in the turn of the answer does not tear two outcomes', async () => {
  for (let count = 0; count < 20; count += 1) {
    const controller = new AbortController();
    await using host = await reading((socket, head) => {
      socket.write(opening(head));
      setTimeout(() => controller.abort(), count % 4);
    });
    const outcome = await connect(host.url, { signal: controller.signal }).catch((error) => error);
    if (outcome instanceof Error) assert.equal((outcome as { code?: string }).code, 'WS_CLIENT_CLOSED_EARLY');
    else {
      assert.equal(outcome.state, 'open');
      outcome.terminate();
    }
    await host.gone();
  }
});
