// Through a forward proxy an endpoint has the same faults, and they have the same names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record, replay } from '../../../src/doctor/diagnose.js';
import { answering } from '../deployments/servers/listen.js';
import { diagnosed, HUNG_UP, named, TLS, target, troubled } from '../driver.js';

const about = { ...target(), proxy: 'http://proxy.example:3128' };

test('a port of TLS that hangs up is asked for TLS through the tunnel', () => {
  const table = { baseline: HUNG_UP, 'no-upgrade': HUNG_UP, tls: { tls: TLS } };
  const { result } = diagnosed(table, about);
  assert.deepEqual(named(result.causes), ['TLS_MISSING proven']);
  const [, hello] = result.causes[0]!.steps;
  assert.deepEqual([hello!.answered, hello!.note], [TLS.version, 'answered']);
});

test('a tunnel leads to the address that was given, not to what the proxy would look up', async () => {
  const lines: string[] = [];
  const proxy = await answering((socket, head) => {
    lines.push(head.split('\r\n')[0]!);
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  });
  try {
    const options = { proxy: `http://${new URL(proxy.url).host}`, resolve: '192.0.2.7', stageMs: 200 };
    const report = replay(await record('ws://app.example.test:3000/ws', options));
    assert.equal(report.causes[0]!.code, 'FWD_CONNECT_DENIED');
  } finally {
    await proxy.stop();
  }
  assert.deepEqual(lines, ['CONNECT 192.0.2.7:3000 HTTP/1.1']);
});

test('a chain that ends too soon may be one that ends where it should: a guess', () => {
  const untrusted = { ...TLS, isTrusted: false, chainLength: 1, trouble: { code: 'TLS_CHAIN_INCOMPLETE' } };
  const secure = target({}, 'wss://127.0.0.1:3000/ws');
  const { result } = diagnosed({ baseline: { ...troubled('HTTP_TRUNCATED'), tls: untrusted } }, secure);
  assert.equal(named(result.causes)[0], 'TLS_CHAIN_INCOMPLETE likely');
  assert.match(result.causes[0]!.detail, /--ca/);
});
