// Our client and our server over HTTP/2: the conversation that every peer has with us, one after another and at once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConnectOptions, connect } from '../../src/client/connect.js';
import { closedBy, refusedBy, startOurs, talkTo } from '../interop/scenario.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { failing } from './attempt.js';

const variants: [string, boolean, ConnectOptions][] = [
  ['over TLS', true, {}],
  ['over TLS, compressed', true, { compression: { thresholdBytes: 0, takeover: true } }],
  ['without TLS', false, {}],
];
for (const [what, isSecure, more] of variants) {
  describe(what, { skip: isSecure && need('openssl').skip, timeout: 60_000 }, () => {
    const start = () => {
      const { key, cert } = certificate();
      return startOurs({ http2: true, compression: true, ...(isSecure && { tls: { key, cert } }) });
    };
    const base = (port: number) => (isSecure ? `wss://localhost:${port}` : `ws://127.0.0.1:${port}`);
    const options = (): ConnectOptions => ({
      http: 2,
      ...(isSecure && { tls: { ca: certificate().ca } }),
      ...more,
    });

    test('text, 1 MiB, pings both ways, the subprotocol and our close', async () => {
      await using ours = await start();
      await talkTo(base(ours.port), { ...options(), fragments: false });
      const record = await ours.records.at(-1)!;
      assert.deepEqual([record.clean, record.received?.code, record.end], [true, 4001, 'fin']);
      assert.deepEqual(
        ours.handshakes.map(({ carrier, status }) => [carrier, status]),
        [['h2', 200]],
      );
      const { extensions } = ours.handshakes[0]!;
      assert.equal(extensions.startsWith('permessage-deflate'), more.compression !== undefined);
    });

    test('its close code, and a refusal with its row', async () => {
      await using ours = await start();
      await closedBy(base(ours.port), options());
      const error = await refusedBy(base(ours.port), options());
      assert.deepEqual([error.carrier, error.code], ['h2', 'WS_AUTH_REQUIRED']);
    });

    test('fifty at once on one connection', async () => {
      await using ours = await start();
      const all = Array.from({ length: 50 }, async (_, index) => {
        const connection = await connect(`${base(ours.port)}/echo`, options());
        await connection.send(`message ${index}`);
        const { value } = await connection[Symbol.asyncIterator]().next();
        const record = await connection.close();
        return [
          value === `message ${index}`,
          record.clean,
          connection.handshake!.timings.tcpMs !== undefined,
        ];
      });
      const outcomes = await Promise.all(all);
      assert.ok(outcomes.every(([isEchoed, isClean]) => isEchoed && isClean));
      assert.equal(outcomes.filter(([, , hasDialled]) => hasDialled).length, 1);
    });

    test('a server that drains closes each with 1012, and who comes then is told to wait', async () => {
      await using ours = await start();
      const connections = await Promise.all(
        Array.from({ length: 10 }, () => connect(`${base(ours.port)}/echo`, options())),
      );
      const drained = ours.server.drain({ windowMs: 50 });
      const late = await failing(`${base(ours.port)}/echo`, options());
      assert.deepEqual([late.carrier, late.status], ['h2', 503]);
      assert.ok(late.retryAfterSeconds! >= 0);
      for (const { closed } of connections) {
        const { code, clean } = await closed;
        assert.deepEqual([code, clean], [1012, true]);
      }
      await drained;
    });

    test('connections that the server cuts say so, each for itself', async () => {
      await using ours = await start();
      const [cut, kept] = await Promise.all([1, 2].map(() => connect(`${base(ours.port)}/echo`, options())));
      const [first] = ours.server.connections;
      first!.terminate();
      const record = await Promise.race([cut!.closed, kept!.closed]);
      assert.deepEqual([record.code, record.cause], [1006, 'H2_STREAM_RESET']);
      const other = cut!.state === 'open' ? cut! : kept!;
      await other.send('alive');
      assert.equal((await other[Symbol.asyncIterator]().next()).value, 'alive');
      other.terminate();
    });
  });
}
