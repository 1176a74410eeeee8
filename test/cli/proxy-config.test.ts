// `handfast proxy-config`: what it is given stands in what it prints, and what no configuration could take is refused. That
// the configurations are right is what test/interop/proxies shows.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROXY_NAMES } from '../../src/forensics/proxy-configs.js';
import { assertFits, run } from './run.js';

describe('proxy-config', () => {
  for (const name of PROXY_NAMES) {
    test(`${name}: path, backend and port`, async () => {
      const options = ['--path', '/live.v1', '--backend', 'app.internal:3000', '--listen', '127.0.0.1:8088'];
      const { stdout, stderr, code } = await run(['proxy-config', name, ...options]);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      for (const part of ['/live', 'app.internal', '3000', '127.0.0.1', '8088'])
        assert.ok(stdout.includes(part), part);
      assert.ok(stdout.startsWith('# ') && stdout.endsWith('\n'));
      if (name !== 'caddy') assertFits(stdout, 120);
    });

    test(`${name}: the defaults, and IPv6`, async () => {
      const { stdout } = await run(['proxy-config', name]);
      for (const part of ['80', '127.0.0.1', '8080']) assert.ok(stdout.includes(part), part);
      const six = await run(['proxy-config', name, '--backend', '[::1]:3000', '--listen', '[::1]:81']);
      assert.equal(six.code, 0);
      assert.match(six.stdout, /(?:\[::1\]:|"::1")/);
    });
  }

  for (const [what, ...args] of [
    ['no program', 'nginy'],
    ['a path without its slash', 'nginx', '--path', 'ws'],
    ['a path that ends the block', 'nginx', '--path', '/ws}'],
    ['a path of two words', 'nginx', '--path', '/w s'],
    ['a backend without a host', 'nginx', '--backend', '3000'],
    ['a backend without a port', 'nginx', '--backend', 'localhost'],
    ['a backend that is a URL', 'nginx', '--backend', 'http://localhost:3000'],
    ['a port that is none', 'nginx', '--listen', '65536'],
    ['an address that is none', 'nginx', '--listen', '[::g]:80'],
    ['a zone, which none of them takes', 'nginx', '--backend', '[fe80::1%eth0]:80'],
    ['a name with an empty part', 'nginx', '--backend', 'a..b:80'],
    ['an empty segment', 'nginx', '--path', '/a//b'],
    ['a segment that nginx resolves and HAProxy does not', 'nginx', '--path', '/a/../b'],
    ['the same at the end', 'nginx', '--path', '/a/.'],
    ['a line of configuration', 'nginx', '--listen', '80; include x'],
  ] as const) {
    test(`refused: ${what}`, async () => {
      const { stdout, stderr, code } = await run(['proxy-config', ...args]);
      assert.equal(code, 64);
      assert.equal(stdout, '');
      assert.match(stderr, /^✗ /);
    });
  }
});
