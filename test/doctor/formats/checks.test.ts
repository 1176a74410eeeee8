// Every code of the catalogue belongs to one check, and every check can fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE } from '../../../src/catalogue.js';
import { CHECKS, checked, checkOf } from '../../../src/doctor/formats/checks.js';
import { healthy, unreachable } from './reports.js';

test('names are unique, and each check has a code of the catalogue that fails it', () => {
  assert.equal(new Set(CHECKS.map(({ name }) => name)).size, CHECKS.length);
  const used = new Set(CATALOGUE.map(({ code }) => checkOf(code)));
  assert.deepEqual(
    CHECKS.filter((check) => !used.has(check)).map(({ name }) => name),
    [],
  );
});

test('codes fall where they belong', () => {
  const places: readonly [string, string][] = [
    ['RESP_ACCEPT_WRONG', 'rfc6455.4.2.2.accept'],
    ['PROXY_UPGRADE_STRIPPED', 'rfc9110.7.8.path-keeps-upgrade'],
    ['ROUTE_NOT_FOUND', 'rfc6455.4.1.status-101'],
    ['HTTP_BARE_LF', 'rfc9112.head'],
    ['DNS_AAAA_DEAD', 'rfc8305.4.both-families'],
    ['TLS_CERT_EXPIRED', 'rfc5280.4.1.2.5.certificate-in-time'],
    ['CONF_FRAMING', 'rfc6455.5.1.deviant-frames'],
    ['URL_SCHEME', 'rfc6455.3.url'],
    ['NO_SUCH_CODE', 'rfc6455.3.url'],
  ];
  for (const [code, name] of places) assert.equal(checkOf(code).name, name, code);
});

test('a check ran when its stage did', () => {
  const states = (report: typeof healthy) =>
    new Map(checked(report).map((each) => [each.check.name, each.state]));
  assert.equal(states(healthy).get('rfc6455.4.4.version'), 'ran');
  assert.equal(states(healthy).get('rfc8441.4.extended-connect'), 'skipped');
  assert.equal(states(unreachable).get('rfc1035.name-resolves'), 'ran');
  assert.equal(states(unreachable).get('rfc6455.4.4.version'), 'skipped');
});
