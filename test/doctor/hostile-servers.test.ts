// Every hostile server does what its name says, shown by raw handshakes. That doctor survives them is tested beside this file.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { need } from '../support/needs.js';
import { transcript } from './deployments/servers/transcript.js';
import { HOSTILE } from './hostile-servers.js';

describe('hostile servers', { skip: need('openssl').skip }, () => {
  for (const hostile of HOSTILE) {
    test(hostile.name, async () => {
      const host = await hostile.serve();
      try {
        const text = await transcript(host.url, { ...host.options, ...hostile.options }, {}, hostile);
        assert.match(text.slice(0, 400_000), hostile.shows);
      } finally {
        await host.stop();
      }
    });
  }

  test('each has a name of its own', () => {
    assert.equal(new Set(HOSTILE.map(({ name }) => name)).size, HOSTILE.length);
  });
});
