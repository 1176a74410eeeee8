// Knows: whose address counts, behind proxies and not, and what is counted by it. RFC 7239.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { HandshakeRequest } from '../../src/index.js';
import { AddressBook, countedAddress, plainAddress } from '../../src/server/addresses.js';
import { upgrade } from '../hostile/bytes.js';
import { raw } from '../support/raw.js';
import { ask, opened, outcome, serve } from './peer.js';

const seen: HandshakeRequest[] = [];
const authorize = (request: HandshakeRequest) => void seen.push(request);

async function addressSeen(
  port: number,
  fields: Record<string, string | string[]>,
  host = '127.0.0.1',
): Promise<string> {
  seen.length = 0;
  await ask(port, upgrade(fields), { host });
  return seen[0]!.address;
}

test('Forwarded and X-Forwarded-For of a trusted proxy: the first from the right that is no proxy', async () => {
  await using server = await serve({
    trustedProxies: ['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48'],
    authorize,
  });
  const rows: [Record<string, string | string[]>, string][] = [
    [{}, '127.0.0.1'],
    [{ 'X-Forwarded-For': '192.0.2.1' }, '192.0.2.1'],
    [{ 'X-Forwarded-For': '192.0.2.1:4711' }, '192.0.2.1'],
    [{ 'X-Forwarded-For': '198.51.100.9, 192.0.2.1, 10.1.2.3' }, '192.0.2.1'],
    [{ 'X-Forwarded-For': ['198.51.100.9', '192.0.2.1, 10.1.2.3'] }, '192.0.2.1'],
    [{ 'X-Forwarded-For': '10.9.9.9, 10.1.2.3' }, '10.9.9.9'],
    [{ 'X-Forwarded-For': '2001:db8::7' }, '2001:db8::7'],
    [{ 'X-Forwarded-For': '[2001:db8::7]:443, 2001:db8:ffff::1' }, '2001:db8::7'],
    [{ 'X-Forwarded-For': '::ffff:192.0.2.1' }, '192.0.2.1'],
    [{ 'X-Forwarded-For': Array(49).fill('10.0.0.1').join(', ') }, '10.0.0.1'],
    [{ 'X-Forwarded-For': `192.0.2.66, ${Array(200).fill('10.0.0.1').join(', ')}` }, '10.0.0.1'],
    [{ 'X-Forwarded-For': 'unknown' }, '127.0.0.1'],
    [{ 'X-Forwarded-For': '192.0.2.1, garbage' }, '127.0.0.1'],
    [{ 'X-Forwarded-For': '192.0.2.1, garbage, 10.0.0.1' }, '10.0.0.1'],
    [{ 'X-Forwarded-For': 'fe80::1%eth0' }, '127.0.0.1'],
    [{ 'X-Forwarded-For': ',' }, '127.0.0.1'],
    [{ 'X-Forwarded-For': '' }, '127.0.0.1'],
    [{ 'X-Forwarded-For': '1.2.3' }, '127.0.0.1'],
    [{ 'X-Forwarded-For': '0x7f.1' }, '127.0.0.1'],
    [{ Forwarded: 'for=192.0.2.60;proto=https;by=203.0.113.43' }, '192.0.2.60'],
    [{ Forwarded: 'For="[2001:db8:cafe::17]:4711"' }, '2001:db8:cafe::17'],
    [{ Forwarded: 'for=198.51.100.9, for=192.0.2.60' }, '192.0.2.60'],
    [{ Forwarded: 'for=_hidden' }, '127.0.0.1'],
    [{ Forwarded: 'proto=https' }, '127.0.0.1'],
    [{ Forwarded: 'for="' }, '127.0.0.1'],
    [{ Forwarded: ';;;===,,,' }, '127.0.0.1'],
    [{ Forwarded: 'for=192.0.2.60', 'X-Forwarded-For': '192.0.2.1' }, '192.0.2.60'],
  ];
  for (const [fields, address] of rows)
    assert.equal(await addressSeen(server.port, fields), address, JSON.stringify(fields).slice(0, 80));
  await addressSeen(server.port, { Forwarded: 'for=192.0.2.60;proto=https' });
  assert.equal(seen[0]!.secure, true);
  await addressSeen(server.port, { 'X-Forwarded-For': '192.0.2.60', 'X-Forwarded-Proto': 'HTTPS' });
  assert.equal(seen[0]!.secure, true);
});

test('without trust, or from another peer, nothing of it counts', async () => {
  await using none = await serve({ authorize });
  await using other = await serve({ trustedProxies: ['127.0.0.2'], authorize });
  const fields = {
    'X-Forwarded-For': '192.0.2.1',
    Forwarded: 'for=192.0.2.1;proto=https',
    'X-Forwarded-Proto': 'https',
  };
  for (const { port } of [none, other]) {
    assert.equal(await addressSeen(port, fields), '127.0.0.1');
    assert.equal(seen[0]!.secure, false);
  }
  seen.length = 0;
  await ask(other.port, upgrade(fields), { from: '127.0.0.2' });
  assert.equal(seen[0]!.address, '192.0.2.1');
});

test('a listener for both families: an IPv4 peer is counted as IPv4', async () => {
  await using server = await serve({ host: '::', authorize, trustedProxies: ['::1'] });
  assert.equal(await addressSeen(server.port, { 'X-Forwarded-For': '192.0.2.1' }), '127.0.0.1');
  assert.equal(await addressSeen(server.port, { 'X-Forwarded-For': '192.0.2.1' }, '::1'), '192.0.2.1');
});

test('connections in all → 503; per address → 429, other addresses go on; both come back', async () => {
  await using server = await serve({ limits: { maxConnectionsPerAddress: 2, maxConnections: 3 } });
  const { port } = server;
  const first = await opened(port);
  using _second = await opened(port);
  assert.equal(await outcome(port), 'LIMIT_CONNECTIONS_PER_ADDRESS');
  using _third = await opened(port, upgrade(), { from: '127.0.0.2' });
  assert.equal(await outcome(port, upgrade(), { from: '127.0.0.3' }), 'LIMIT_CONNECTIONS');
  const answer = await ask(port, upgrade(), { from: '127.0.0.3' });
  assert.deepEqual([answer.status, answer.fields.get('retry-after')], [503, '5']);
  first.socket.destroy();
  while (server.connections.size > 2) await pause(2);
  assert.equal(await outcome(port), 'accepted');
});

test('handshakes that are not answered count: per address and in all', async () => {
  let waiting = 0;
  await using server = await serve({
    limits: { maxConnectionsPerAddress: 3, maxPendingHandshakes: 5 },
    authorize: () => {
      waiting += 1;
      return new Promise<void>(() => {});
    },
  });
  const { port } = server;
  const peers = [];
  for (const from of ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2']) {
    peers.push((await raw(port, { from })).send(upgrade()));
  }
  while (waiting < 5) await pause(2);
  const crowded = await ask(port, upgrade(), { from: '127.0.0.3' });
  assert.deepEqual([crowded.status, JSON.parse(crowded.body).code], [503, 'LIMIT_PENDING_HANDSHAKES']);
  peers.pop()!.socket.destroy();
  await pause(30);
  assert.equal(await outcome(port), 'LIMIT_CONNECTIONS_PER_ADDRESS');
  for (const peer of peers) peer.socket.destroy();
});

test('the rate of one address fills up again, and leaves others alone', async () => {
  await using server = await serve({ limits: { maxHandshakesPerSecond: 5 } });
  const { port } = server;
  for (let count = 0; count < 5; count += 1) assert.equal(await outcome(port), 'accepted');
  const answer = await ask(port);
  assert.deepEqual(
    [answer.status, JSON.parse(answer.body).code, answer.fields.get('retry-after')],
    [429, 'ROUTE_RATE_LIMIT', '1'],
  );
  assert.equal(await outcome(port, upgrade(), { from: '127.0.0.2' }), 'accepted');
  await pause(450);
  assert.equal(await outcome(port), 'accepted');
});

test('addresses as they are counted', () => {
  assert.equal(countedAddress('192.0.2.1'), '192.0.2.1');
  assert.equal(countedAddress('2001:db8:0:7::1'), '2001:db8:0:7::/64');
  assert.equal(countedAddress('2001:0DB8:0000:0007:ffff:ffff:ffff:ffff'), '2001:db8:0:7::/64');
  assert.equal(countedAddress('::1'), '0:0:0:0::/64');
  assert.equal(countedAddress('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(countedAddress('2001:db8::'), '2001:db8:0:0::/64');
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(plainAddress('::ffff:c000:201'), '::ffff:c000:201');
});

test('a book of addresses stays small, and forgets nobody who is connected', () => {
  const book = new AddressBook(50);
  const kept = book.of('192.0.2.1', 0);
  kept.connections = 1;
  const started = performance.now();
  for (let at = 0; at < 100_000; at += 1) book.of(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, at / 100);
  assert.equal(book.of('192.0.2.1', 1000), kept);
  for (let at = 0; at < 50_000; at += 1)
    book.of(`172.16.${(at >> 8) & 255}.${at & 255}.${at}`, 2000).connections = 1;
  for (let at = 0; at < 100_000; at += 1) book.of(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, 2000);
  assert.equal(book.of('192.0.2.1', 2000), kept);
  const tookMs = performance.now() - started;
  assert.ok(tookMs < 8000, `${tookMs} ms: a search for each new address`);
});
