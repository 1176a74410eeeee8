// The rows that only a diagnosis finds: each is whole, can be read at night, and its example is what its title says.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/catalogue.js';
import { type ForensicCode, forensicReasons } from '../../src/forensics/reasons.js';
import { HeadParser } from '../../src/handshake/parser.js';
import { auditRequest } from '../../src/handshake/request.js';
import type { Layer, Reason } from '../../src/reason.js';

const rows = Object.values<Reason>(forensicReasons);

describe('every row of a diagnosis', () => {
  for (const reason of rows) {
    test(reason.code, () => {
      assert.equal(catalogue.get(reason.code), reason);
      assert.match(reason.title, /^[A-Z].*[^.]$/);
      assert.match(reason.meaning, /[.)]$/);
      assert.match(reason.fix, /[.)`]$/);
      assert.ok(reason.sections.length > 0);
      for (const section of reason.sections)
        assert.match(
          section,
          /^(?:RFC \d{4}(?: §\d+(?:\.\d+)*)?|CWE-\d+|(?:W3C|WHATWG|WICG|OWASP|HAProxy|Engine\.IO|SignalR) .+)$/,
        );
      const words = [reason.title, reason.meaning, reason.fix, reason.example].join('\n');
      assert.match(words, /^[\n\x20-\x7e]*$/, 'ASCII');
      assert.doesNotMatch(words, /\b(?:simply|just|obviously|please)\b/i);
      assert.equal(reason.status, undefined, 'no server answers with it');
      for (const line of reason.example.split('\n')) assert.ok(line.length <= 110, line);
    });
  }
});

test('the prefix of a code says its layer', () => {
  const prefixes: Partial<Record<Layer, readonly string[]>> = {
    browser: ['BROWSER', 'CLIENT'],
    tls: ['TLS', 'CLIENT'],
    http: ['HTTP', 'CLIENT'],
    h2: ['H2', 'H3'],
    response: ['RESP'],
    subprotocol: ['PROTO'],
    extension: ['EXT'],
    idle: ['IDLE', 'LIFETIME', 'RELOAD', 'CLIENT', 'NETWORK'],
    ping: ['PONG', 'HEARTBEAT'],
    security: ['SEC'],
    conformance: ['CONF'],
    operation: ['OPS'],
  };
  for (const { code, layer } of rows) {
    const allowed = prefixes[layer] ?? [layer.toUpperCase()];
    assert.ok(allowed.includes(code.split('_')[0]!), `${code} in ${layer}`);
  }
});

/** What the strict rules say of an example that is a request: a conformance row shows exactly what must be refused. */
const refused: Partial<Record<ForensicCode, string | undefined>> = {
  CONF_VERSION_UNCHECKED: 'REQ_VERSION',
  CONF_KEY_UNCHECKED: 'REQ_KEY_INVALID',
  CONF_METHOD: 'REQ_METHOD',
  CONF_HTTP10: 'REQ_HTTP_VERSION',
  CONF_HOST: 'REQ_HOST',
  PROXY_HTTP10_UPSTREAM: 'REQ_HTTP_VERSION',
  SEC_CSWSH: undefined,
  SEC_ORIGIN_UNCHECKED: undefined,
  SEC_ORIGIN_BYPASS: undefined,
  PROXY_HOST_REWRITTEN: undefined,
  EXT_OFFER_REFUSED_400: undefined,
};
for (const [code, wanted] of Object.entries(refused)) {
  test(`the example of ${code} is ${wanted ? `refused with ${wanted}` : 'a good request'}`, () => {
    const { example } = forensicReasons[code as ForensicCode];
    const progress = new HeadParser('request').push(
      Buffer.from(`${example.replaceAll('\n', '\r\n')}\r\n\r\n`, 'latin1'),
    );
    const found =
      progress.state === 'head'
        ? auditRequest(progress.head)[0]?.reason.code
        : progress.state === 'rejected'
          ? progress.rejection.reason.code
          : 'incomplete';
    assert.equal(found, wanted);
  });
}

test('an example that is an answer is one', () => {
  const answers = rows.filter(({ example }) => example.startsWith('HTTP/'));
  assert.ok(answers.length > 20);
  for (const { code, example } of answers) {
    const [head] = example.split('\n\n');
    const bytes = Buffer.from(`${head!.replaceAll('\n', '\r\n')}\r\n\r\n`, 'latin1');
    assert.equal(new HeadParser('response').push(bytes).state, 'head', code);
  }
});
