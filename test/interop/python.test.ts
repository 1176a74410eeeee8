// Debian's Python packages `websockets` and `aiohttp`, both ways; `websockets` over TLS too.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { checkTalk, startOurs, talkTo } from './scenario.js';
import { clientProgram, interop, peerFile, serverProgram } from './suite.js';

const websockets = need('python-websockets');
interop('Python websockets', {
  skip: websockets.skip,
  client: clientProgram(websockets.path, [peerFile('websockets_client.py')]),
  server: serverProgram(websockets.path, [peerFile('websockets_server.py')]),
});

// aiohttp has no public way to send a message in fragments.
const aiohttp = need('python-aiohttp');
interop('Python aiohttp', {
  skip: aiohttp.skip,
  client: clientProgram(aiohttp.path, [peerFile('aiohttp_client.py')]),
  server: serverProgram(aiohttp.path, [peerFile('aiohttp_server.py')]),
  fragments: false,
});

const tls = need('python-websockets', 'openssl');
describe('Python websockets over TLS', { skip: tls.skip, timeout: 60_000 }, () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'handfast-interop-'));
    writeFileSync(file('cert.pem'), certificate().cert);
    writeFileSync(file('key.pem'), certificate().key);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('as the client of our server', async () => {
    await using ours = await startOurs({ tls: { key: certificate().key, cert: certificate().cert } });
    const client = clientProgram(tls.path, [peerFile('websockets_client.py')], [file('cert.pem')]);
    await checkTalk(await client('talk', `wss://localhost:${ours.port}/echo`), ours);
  });

  test('as the server of our client', async () => {
    const start = serverProgram(tls.path, [
      peerFile('websockets_server.py'),
      file('cert.pem'),
      file('key.pem'),
    ]);
    await using theirs = await start();
    await talkTo(`wss://localhost:${theirs.port}`, { tls: { ca: certificate().ca } });
  });
});
