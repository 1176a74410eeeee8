// Bun, both ways. Its WebSocket hides the status of a refusal; its server sends no fragments, and keeps no context unless each of its
// connections is given a compressor of its own.
import { need } from '../support/needs.js';
import { clientProgram, interop, peerFile, serverProgram } from './suite.js';

const bun = need('bun');

interop('Bun', {
  skip: bun.skip,
  client: clientProgram(bun.path, [peerFile('runtime_client.js')]),
  server: serverProgram(bun.path, [peerFile('bun_server.js')]),
  fragments: false,
  seesStatus: false,
  keepsContext: 'client',
});
