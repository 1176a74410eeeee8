// Knows: many at once: slow heads, floods, comings and goings, no file descriptors, a restart. Rows 58, 108, 116, 117 and 120.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { closeFrame, readAnswer, readClose, readFrames, upgrade, upgradeTo } from './bytes.js';
import { all, crowd, leave, type Peer, Victim } from './crowd.js';

const statusOf = (peer: Peer) => Number(peer.text.slice(9, 12));

describe('crowds', { concurrency: false }, () => {
  test('108: 5,000 slow heads at once → 408 and FIN at 5 s; others echo, and new ones are served', async () => {
    await using victim = await Victim.start();
    const ways = ['', 'G', '\r\n', 'GET /ws HTTP/1.1\r\nHost: example.com\r\n', upgrade().slice(0, -1)];
    const started = performance.now();
    const slow = await crowd(victim.port, 5000, (at) => ways[at % ways.length]!);
    const dripping = setInterval(() => {
      for (const [at, peer] of slow.entries())
        if (at % ways.length === 1 && peer.endedAt === undefined) peer.socket.write('E');
    }, 1000).unref();
    assert.ok(
      performance.now() - started < 5000,
      'too slow a machine: the first were cut before the last came',
    );
    // The kernel connects them before the process accepts them.
    while ((await victim.stats()).sockets < 5001) await pause(10);
    const [fresh] = await crowd(victim.port, 1, () => upgrade());
    await all([fresh!], (peer) => peer.text.startsWith('HTTP/1.1 101 '), 1000);
    fresh!.socket.destroy();
    await all(slow, (peer) => peer.endedAt !== undefined, 12_000);
    clearInterval(dripping);
    for (const peer of slow) {
      assert.equal(statusOf(peer), 408, peer.text);
      assert.ok(peer.endedAt! - started >= 5000 - 5);
    }
    const { reasons } = await victim.settled();
    assert.equal(reasons.REQ_HEAD_TIMEOUT, 5000);
    victim.assertUnhurt();
  });

  test('58: 5,000 handshakes at once, good and bad → what is too much is shed with Retry-After', async () => {
    const limits = { maxHandshakesPerSecond: 50, maxConnectionsPerAddress: 100, maxPendingHandshakes: 1000 };
    await using victim = await Victim.start({ limits });
    const kinds = [
      upgrade(),
      upgrade({ 'Sec-WebSocket-Version': '8' }),
      'NOT HTTP\r\n',
      upgradeTo('/none'),
      '\x16\x03\x01',
      upgrade({ Host: '' }),
    ];
    const flood = await crowd(victim.port, 5000, (at) => kinds[at % kinds.length]!);
    await all(flood, (peer) => peer.endedAt !== undefined || peer.text.includes(' 101 '), 5000);
    const shed = flood.filter((peer) => [429, 503].includes(statusOf(peer)));
    const opened = flood.filter((peer) => statusOf(peer) === 101);
    assert.ok(opened.length <= 100, `${opened.length} opened`);
    assert.ok(shed.length > 2000, `${shed.length} shed`);
    for (const peer of shed) assert.match(peer.text, /\r\nRetry-After: \d+\r\n/);
    for (const peer of flood) assert.ok([101, 400, 404, 426, 429, 503].includes(statusOf(peer)), peer.text);
    leave(flood);
    await victim.settled();
    victim.assertUnhurt();
  });

  test('116: 20,000 come and go → memory and sockets as before', async () => {
    await using victim = await Victim.start();
    const cycle = Buffer.concat([Buffer.from(upgrade(), 'latin1'), closeFrame(1000)]);
    const round = async (count: number) => {
      for (let done = 0; done < count; done += 500) {
        const peers = await crowd(victim.port, 500, () => cycle);
        await all(peers, (peer) => peer.endedAt !== undefined, 5000);
        // Some leave in order, some by FIN alone, some by RST.
        for (const [at, { socket }] of peers.entries()) if (at % 3 === 0) socket.resetAndDestroy();
        for (const { socket } of peers) socket.destroy();
        await Promise.all(peers.map(({ closed }) => closed));
      }
    };
    await round(12_000);
    const before = await victim.settled();
    await round(20_000);
    const after = await victim.settled();
    assert.equal(after.reasons.clean, 32_000);
    // The process holds some 10 MB, give or take 1 %; an object left behind for each connection would be more.
    const grown = after.heldBytes - before.heldBytes;
    assert.ok(grown < 300_000, `${grown} bytes more after 20,000 connections`);
    victim.assertUnhurt();
  });

  test('117: no file descriptors at accept → survives, goes on, and does not fill the log', async () => {
    await using victim = await Victim.start({ hears: false }, { files: 64 });
    const many = await crowd(victim.port, 300, () => '');
    await pause(1500);
    await victim.witness.echoes();
    assert.ok(
      victim.child.stderr.length < 30,
      `${victim.child.stderr.length} lines of log: ${victim.child.stderr.slice(0, 12).join('\n')}`,
    );
    leave(many);
    await pause(100);
    const [fresh] = await crowd(victim.port, 1, () => upgrade());
    await all([fresh!], (peer) => peer.text.startsWith('HTTP/1.1 101 '), 2000);
    leave([fresh!]);
    await victim.settled();
    victim.assertUnhurt();
  });

  test('120: SIGTERM with 10,000 connections → 503 for new ones, 1012 in waves, exit 0', async () => {
    const windowMs = 2000;
    const victim = await Victim.start({ drain: { windowMs, deadlineMs: 25_000 } });
    const peers = await crowd(victim.port, 10_000, () => upgrade());
    await all(peers, (peer) => peer.text.includes('\r\n\r\n'), 5000);
    await victim.leftAlone(peers.length);
    const closes: { at: number; code: number | undefined }[] = [];
    for (const peer of peers) {
      peer.socket.on('data', (chunk) => {
        closes.push({ at: performance.now(), code: readClose(readFrames(chunk)[0])?.code });
        peer.socket.write(closeFrame(1012));
      });
    }
    const started = performance.now();
    victim.child.process.kill('SIGTERM');
    while (closes.length === 0) await pause(2);
    const [late] = await crowd(victim.port, 1, () => upgrade());
    await all([late!], (peer) => peer.endedAt !== undefined, 1000);
    const answer = readAnswer(Buffer.from(late!.text, 'latin1'));
    assert.equal(answer.status, 503);
    assert.equal(JSON.parse(answer.body).code, 'ROUTE_MAINTENANCE');
    assert.match(answer.fields.get('retry-after')!, /^\d+$/);
    assert.equal(await victim.child.exited, 0, victim.child.stderr.join('\n'));
    assert.ok(performance.now() - started < 30_000);
    assert.deepEqual(await victim.child.json(), {
      closed: 10_000,
      terminated: 0,
      left: 0,
      tookMs: JSON.parse(victim.child.stdout.at(-1)!).tookMs,
    });
    assert.equal(closes.length, 10_000);
    assert.ok(closes.every(({ code }) => code === 1012));
    // Waves: no tenth of the window takes more than a quarter of all.
    for (let from = 0; from < 1; from += 0.1) {
      const wave = closes.filter(
        ({ at }) => at - started >= from * windowMs && at - started < (from + 0.1) * windowMs,
      );
      assert.ok(wave.length <= 2500, `${wave.length} closes in one tenth of the window`);
    }
    leave(peers);
  });

  test('120: those that do not answer are cut at the deadline', async () => {
    const victim = await Victim.start({ drain: { windowMs: 200, deadlineMs: 1000 } });
    const peers = await crowd(victim.port, 200, () => upgrade());
    await all(peers, (peer) => peer.text.includes('\r\n\r\n'), 5000);
    await victim.leftAlone(peers.length);
    const started = performance.now();
    victim.child.process.kill('SIGTERM');
    assert.equal(await victim.child.exited, 0, victim.child.stderr.join('\n'));
    const tookMs = performance.now() - started;
    assert.ok(tookMs > 950 && tookMs < 3000, `${tookMs} ms`);
    const report = JSON.parse(victim.child.stdout.at(-1)!);
    assert.equal(report.terminated, 200);
    leave(peers);
  });
});
