// Deno as an independent client over HTTP/2. It tries HTTP/1.1 first wherever a server takes it, so a port in front of
// ours offers h2 alone, which we never do; what it accepts, our server serves.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { need } from '../support/needs.js';
import { portOf } from '../support/raw.js';
import { Authority, type Issued } from '../transport/authority.js';
import { checkClosed, checkTalk, type Ours, startOurs } from './scenario.js';
import { type Client, clientProgram, peerFile } from './suite.js';

const deno = need('deno', 'openssl');

describe('Deno over HTTP/2', { skip: deno.skip, timeout: 60_000 }, () => {
  let folder: string;
  let issued: Issued;
  let client: Client;
  before(() => {
    // Deno takes no certificate that signs itself.
    using authority = new Authority('handfast tests');
    issued = authority.issue('localhost');
    folder = mkdtempSync(join(tmpdir(), 'handfast-deno-'));
    writeFileSync(join(folder, 'ca.pem'), authority.cert);
    const options = [
      '--no-config',
      '--no-prompt',
      '--allow-net=localhost',
      `--cert=${join(folder, 'ca.pem')}`,
    ];
    // Its cache goes to our folder, and it asks nobody for a newer version.
    const env = { DENO_DIR: join(folder, 'cache'), DENO_NO_UPDATE_CHECK: '1' };
    client = clientProgram(deno.path, ['run', ...options, peerFile('runtime_client.js')], [], env);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  interface Setup extends AsyncDisposable {
    readonly ours: Ours;
    url(path: string): string;
  }

  async function start(): Promise<Setup> {
    const ours = await startOurs({ tls: issued, http2: true });
    const front = createTlsServer({ ...issued, ALPNProtocols: ['h2'] }, (socket) =>
      ours.server.adopt(socket),
    );
    front.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    await once(front, 'listening');
    return {
      ours,
      url: (path) => `wss://localhost:${portOf(front)}${path}`,
      async [Symbol.asyncDispose]() {
        front.close();
        await ours[Symbol.asyncDispose]();
      },
    };
  }

  function checkAnswers({ ours }: Setup, status: number): void {
    assert.deepEqual(
      ours.handshakes.map((trace) => [trace.carrier, trace.method, trace.status]),
      [['h2', 'CONNECT', status]],
    );
  }

  test('text, 1 MiB, the subprotocol, its pong, its close', async () => {
    await using setup = await start();
    await checkTalk(await client('talk', setup.url('/echo')), setup.ours);
    checkAnswers(setup, 200);
  });

  test('our close code and reason', async () => {
    await using setup = await start();
    await checkClosed(await client('closed', setup.url('/close')), setup.ours);
    checkAnswers(setup, 200);
  });

  test('a refused origin, with its status', async () => {
    await using setup = await start();
    assert.equal((await client('refused', setup.url('/echo'))).status, 403);
    checkAnswers(setup, 403);
    assert.equal(setup.ours.handshakes[0]!.rejection?.reason.code, 'ORIGIN_REJECTED');
  });
});
