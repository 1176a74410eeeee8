// Real proxies between the clients and our server, configured as `handfast proxy-config` prints it: text, 1 MiB, pings, the
// subprotocol, compression, closes and refusals pass, and the client's address arrives when the proxy is trusted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, HandshakeError } from '../../../src/index.js';
import { need } from '../../support/needs.js';
import { checkCompressed, compressedWith } from '../compressed.js';
import type { RunningProxy } from '../peers/proxy.js';
import { client as ws } from '../peers/ws.js';
import { type Relay, startRelay } from '../relay.js';
import {
  checkClosed,
  checkRefused,
  checkTalk,
  closedBy,
  type Ours,
  refusedBy,
  startOurs,
  talkTo,
} from '../scenario.js';
import { type Program, programs, startSquid } from './programs.js';

for (const program of programs) {
  const options = { skip: need(program.needs).skip, timeout: 60_000 };
  describe(`our server behind ${program.name}`, options, () => behind(program));
}

function behind(program: Program): void {
  let ours: Ours;
  /** Between the proxy and our server. */
  let inner: Relay;
  let proxy: RunningProxy;
  let base: string;

  before(async () => {
    ours = await startOurs({ trustedProxies: ['127.0.0.1'], compression: true });
    inner = await startRelay(ours.port);
    proxy = await program.start(inner.port);
    base = `ws://127.0.0.1:${proxy.port}`;
  });
  after(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await inner?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
  });

  test('our client: text, 1 MiB, pings both ways, the subprotocol, the close with 4001', async () => {
    await talkTo(base, { fragments: false });
    const record = await ours.records.at(-1)!;
    assert.deepEqual(record.received, { code: 4001, reason: 'done ✓' });
  });

  test('npm ws: text, 1 MiB, fragments, pings both ways, the subprotocol, the close with 4001', async () => {
    await checkTalk(await ws.talk(`${base}/echo`, { perMessageDeflate: false }), ours);
  });

  test('our close code and reason', async () => {
    await closedBy(base);
    await checkClosed(await ws.closed(`${base}/close`), ours);
  });

  test('a refusal with its status and its body', async () => {
    const error = await refusedBy(base);
    assert.match(error.body, /AUTH_REQUIRED/);
    checkRefused(await ws.refused(`${base}/echo`));
  });

  test('our client, compressed: the agreement passes, and the octets as they are', async () => {
    await passesOctets(async (outer) => {
      await compressedWith(`ws://127.0.0.1:${outer.port}`, outer, { takeover: false, keepsContext: false });
    });
  });

  test('npm ws, compressed', async () => {
    await passesOctets(async (outer) => {
      const report = await ws.compressed(`ws://127.0.0.1:${outer.port}/echo`);
      await checkCompressed(report, ours, outer, { keepsContext: false });
    });
  });

  /** Nothing but the heads is another on both sides of the proxy. */
  async function passesOctets(converse: (outer: Relay) => Promise<void>): Promise<void> {
    await using outer = await startRelay(proxy.port);
    const before = { fromClient: inner.fromClient, fromServer: inner.fromServer };
    await converse(outer);
    for (const way of ['fromClient', 'fromServer'] as const) {
      const inside = inner[way] - before[way];
      assert.ok(
        Math.abs(inside - outer[way]) < 2000,
        `${way}: ${inside} octets inside, ${outer[way]} outside`,
      );
    }
  }

  const toldAddress = { skip: !program.tellsAddress && 'in a tunnel, the proxy is the client' };
  test("the client's address arrives, and one that the client made up does not", toldAddress, async () => {
    const options = { localAddress: '127.0.0.7', headers: { 'X-Forwarded-For': '6.6.6.6' } };
    await ws.talk(`${base}/echo`, options);
    assert.equal(ours.requests.at(-1)!.address, '127.0.0.7');
  });

  test('a page of the same host and port is of the same origin', async () => {
    const connection = await connect(`${base}/echo`, { origin: `http://127.0.0.1:${proxy.port}` });
    assert.equal((await connection.close()).clean, true);
  });

  const { startAt } = program;
  if (!startAt) return;
  test('what begins with another path is not passed on', async () => {
    await using narrow = await startAt('/echo', ours.port);
    const connection = await connect(`ws://127.0.0.1:${narrow.port}/echo`);
    assert.equal((await connection.close()).clean, true);
    await assert.rejects(connect(`ws://127.0.0.1:${narrow.port}/close`), HandshakeError);
  });
}

test('our client through Squid, in a tunnel of its own', { skip: need('squid').skip }, async () => {
  await using ours = await startOurs();
  await using squid = await startSquid(ours.port);
  const proxy = `http://127.0.0.1:${squid.port}`;
  await talkTo(`ws://127.0.0.1:${ours.port}`, { proxy, fragments: false });
  assert.deepEqual((await ours.records.at(-1)!).received, { code: 4001, reason: 'done ✓' });
});

test('without trustedProxies, X-Forwarded-For says nothing', async () => {
  await using ours = await startOurs();
  const connection = await connect(`ws://127.0.0.1:${ours.port}/echo`, {
    subprotocols: ['echo.v2'],
    headers: { 'X-Forwarded-For': '6.6.6.6' },
  });
  await connection.close();
  assert.equal(ours.requests[0]!.address, '127.0.0.1');
});
