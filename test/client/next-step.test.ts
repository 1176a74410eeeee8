// What a failure says to do next: one line that can be copied into a shell, whatever stands in the URL, and never a secret.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { CATALOGUE, catalogue } from '../../src/catalogue.js';
import { nextStep } from '../../src/client/next-step.js';
import { answering } from '../transport/listener.js';
import { failing } from './attempt.js';

const URL_SHOWN = 'wss://example.com/ws';
const stepFor = (code: string, url = URL_SHOWN, origin?: string, proxy?: string) =>
  nextStep(catalogue.get(code)!, { url, origin, proxy });

/** Layers that a client meets before a connection is open, where somebody else's word helps. */
const ASKED = [
  'dns',
  'tcp',
  'tls',
  'forward',
  'h2',
  'http',
  'route',
  'proxy',
  'origin',
  'auth',
  'response',
  'subprotocol',
  'extension',
];

for (const reason of CATALOGUE) {
  test(reason.code, () => {
    const step = nextStep(reason, { url: URL_SHOWN, origin: undefined, proxy: undefined });
    if (step === '')
      return assert.ok(
        !ASKED.includes(reason.layer) || ['ROUTE_MAINTENANCE', 'ROUTE_RATE_LIMIT'].includes(reason.code),
      );
    assert.match(step, /^handfast doctor wss:\/\/example\.com\/ws \([a-z][^()]*[a-z0-9]\)$/);
  });
}

test('what needs no other look has no next step', () => {
  for (const code of ['URL_SYNTAX', 'CLIENT_CLOSED_EARLY', 'ROUTE_RATE_LIMIT', 'LIMIT_CONNECTIONS']) {
    assert.equal(stepFor(code), '', code);
  }
});

test('the origin that was sent goes along, since the doctor would send another one', () => {
  const step = stepFor('ORIGIN_REJECTED', URL_SHOWN, 'https://a.example');
  assert.equal(
    step,
    'handfast doctor wss://example.com/ws --origin https://a.example (sends it without Origin and with that of the server itself, and compares)',
  );
});

test('the proxy that was used goes along', () => {
  assert.match(
    stepFor('FWD_AUTH', URL_SHOWN, undefined, 'socks5h://[::1]:1080'),
    /^handfast doctor wss:\/\/example\.com\/ws --proxy 'socks5h:\/\/\[::1\]:1080' \(tries the same past the proxy/,
  );
});

for (const text of ["ws://a/$(touch x)'`y`;z", 'ws://[::1]/', 'ws://a/?…', 'ws://a/(b)&c|d']) {
  test(`${text} is one word of a shell`, () => {
    const step = stepFor('TCP_REFUSED', text);
    const command = step.slice(0, step.lastIndexOf(' ('));
    const words = execFileSync('/bin/sh', [
      '-c',
      `set -f; printf '%s\\n' ${command.slice('handfast doctor '.length)}`,
    ]);
    assert.equal(words.toString(), `${text}\n`);
  });
}

test('an error has it, without the query', async () => {
  await using host = await answering('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  const error = await failing(`${host.url}ws?token=s3cr3ts3cr3t`, { origin: 'https://a.example' });
  assert.match(
    error.next,
    /^handfast doctor 'ws:\/\/127\.0\.0\.1:\d+\/ws\?…' --origin https:\/\/a\.example \(asks the same as a page/,
  );
});
