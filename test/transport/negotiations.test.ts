// What is said to a forward proxy and what its answers mean, over HTTP and SOCKS 5: octet by octet, however the answer is split.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HttpConnect } from '../../src/transport/http-connect.js';
import type { Negotiation, Step } from '../../src/transport/negotiation.js';
import { Socks5 } from '../../src/transport/socks5.js';

const USER = { user: 'user', password: 'secret' };

/** The last step after all of `answer`, given in pieces of `size`; what is left when it is over counts as rest. */
function answered(negotiation: Negotiation, answer: Buffer, size = answer.length): Step {
  let step: Step = { state: 'more' };
  for (let at = 0; at < answer.length; at += size) {
    step = negotiation.push(answer.subarray(at, at + size));
    if (step.state === 'open')
      return { state: 'open', rest: Buffer.concat([step.rest, answer.subarray(at + size)]) };
    if (step.state === 'refused') return step;
  }
  return step;
}

/** `CODE field: seen` or what else came of it. */
function told(step: Step): string {
  if (step.state === 'open') return `open ${Buffer.from(step.rest).toString('latin1')}`.trim();
  if (step.state === 'more') return 'more';
  const { reason, evidence } = step.rejection;
  return `${reason.code} ${evidence.field}: ${evidence.seen}`;
}

describe('CONNECT', () => {
  const text = (host: string, credentials?: typeof USER) =>
    Buffer.from(new HttpConnect({ host, port: 443 }, credentials).greeting).toString('latin1');

  test('the request', () => {
    assert.equal(text('a.example'), 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n');
    assert.equal(text('::1'), 'CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n');
    assert.match(text('a.example', USER), /\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n$/);
  });

  test('what would begin a line of its own is not sent', () => {
    assert.throws(() => text('a.example\r\nX: y'), TypeError);
  });

  const answers: [answer: string, want: string][] = [
    ['HTTP/1.1 200 Connection established\r\n\r\n', 'open'],
    ['HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'open hello'],
    ['HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\nSSH-', 'open SSH-'],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx', 'open x'],
    ['HTTP/1.1 100 Continue\r\n\r\n', 'more'],
    ['HTTP/1.1 200 OK\r\n', 'more'],
    [
      'HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm="a, b"\r\n\r\n',
      'FWD_AUTH Proxy-Authenticate: Basic',
    ],
    [
      'HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate, NTLM\r\nProxy-Authenticate: Digest realm="x", nonce="Basic y"\r\n\r\n',
      'FWD_AUTH Proxy-Authenticate: Negotiate, NTLM, Digest',
    ],
    ['HTTP/1.1 407 x\r\n\r\n', 'FWD_AUTH Proxy-Authenticate: no scheme'],
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'FWD_CONNECT_DENIED status of CONNECT: 403'],
    [
      'HTTP/1.1 403 x\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n',
      'FWD_CONNECT_DENIED status of CONNECT: 403, X-Squid-Error: ERR_ACCESS_DENIED 0',
    ],
    [
      'HTTP/1.1 302 Found\r\nLocation: http://portal.example/?user=1\r\n\r\n',
      'FWD_CONNECT_DENIED status of CONNECT: 302, Location: http://portal.example/?…',
    ],
    [
      'HTTP/1.1 500 x\r\nX-Squid-Error: ERR_CANNOT_FORWARD 0\r\n\r\n',
      'FWD_CONNECT_FAILED status of CONNECT: 500, X-Squid-Error: ERR_CANNOT_FORWARD 0',
    ],
    ['HTTP/1.1 502 x\r\n\r\n', 'FWD_CONNECT_FAILED status of CONNECT: 502'],
    ['HTTP/1.1 503 x\r\n\r\n', 'FWD_CONNECT_FAILED status of CONNECT: 503'],
    ['HTTP/1.1 504 x\r\n\r\n', 'FWD_CONNECT_FAILED status of CONNECT: 504'],
    ['HTTP/1.1 429 x\r\n\r\n', 'FWD_CONNECT_FAILED status of CONNECT: 429'],
    [
      'HTTP/1.1 400 x\r\nX-Squid-Error: ERR_INVALID_URL 0\r\n\r\n',
      'FWD_CONNECT_FAILED status of CONNECT: 400, X-Squid-Error: ERR_INVALID_URL 0',
    ],
    ['HTTP/1.1 400 x\r\n\r\n', 'FWD_NOT_A_PROXY status of CONNECT: 400'],
    ['HTTP/1.1 404 x\r\n\r\n', 'FWD_NOT_A_PROXY status of CONNECT: 404'],
    ['HTTP/1.1 405 x\r\n\r\n', 'FWD_NOT_A_PROXY status of CONNECT: 405'],
    ['HTTP/1.1 501 x\r\n\r\n', 'FWD_NOT_A_PROXY status of CONNECT: 501'],
    ['HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n', 'FWD_NOT_A_PROXY status of CONNECT: 101'],
    ['SSH-2.0-OpenSSH\r\n', 'FWD_NOT_A_PROXY first bytes: 53 53 48 2d 32 2e 30 2d 4f 70 65 6e 53 53 48 0d'],
    ['HTTP/1.1 2000 x\r\n\r\n', 'FWD_NOT_A_PROXY status line: HTTP/1.1 2000 x'],
    [
      `HTTP/1.1 200 OK\r\n${`A: ${'b'.repeat(8000)}\r\n`.repeat(3)}`,
      'FWD_NOT_A_PROXY head: more than 16384 bytes',
    ],
  ];
  for (const [answer, want] of answers) {
    test(`${JSON.stringify(answer.slice(0, 60))} is ${want}`, () => {
      const octets = Buffer.from(answer, 'latin1');
      const negotiation = new HttpConnect({ host: 'a.example', port: 443 }, undefined);
      assert.equal(told(answered(negotiation, octets)), want);
      if (!want.startsWith('FWD_NOT') && want !== 'open') assert.ok(answer.startsWith(negotiation.answer));
    });
  }

  test('split anywhere, it means the same', () => {
    for (const [answer, want] of answers.filter(([, { length }]) => length < 60)) {
      const octets = Buffer.from(answer, 'latin1');
      for (const size of [1, 2, 7]) {
        const step = answered(new HttpConnect({ host: 'a.example', port: 443 }, undefined), octets, size);
        // Of what is no HTTP fewer octets are needed, and shown.
        if (want.startsWith('FWD_NOT')) assert.match(told(step), /^FWD_NOT_A_PROXY/);
        else assert.equal(told(step), want, `in pieces of ${size}`);
      }
    }
  });

  test('interim answers without an end are too many', () => {
    const negotiation = new HttpConnect({ host: 'a.example', port: 443 }, undefined);
    const interim = Buffer.from('HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000), 'latin1');
    assert.equal(told(answered(negotiation, interim)), 'FWD_NOT_A_PROXY interim answers: no end');
  });

  test('which credentials are wanted', () => {
    const octets = Buffer.from('HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n');
    const wanted = (credentials?: typeof USER) => {
      const step = answered(new HttpConnect({ host: 'a.example', port: 443 }, credentials), octets);
      return step.state === 'refused' && step.rejection.evidence.wanted;
    };
    assert.equal(wanted(), 'credentials');
    assert.equal(wanted(USER), 'other credentials than those given');
  });
});

describe('SOCKS 5', () => {
  const hex = (octets: Uint8Array | undefined) => Buffer.from(octets ?? []).toString('hex');
  const octets = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const made = (host = 'a.example', credentials?: typeof USER) =>
    new Socks5({ host, port: 443 }, credentials);

  test('the greeting offers what there is', () => {
    assert.equal(hex(made().greeting), '050100');
    assert.equal(hex(made('a.example', USER).greeting), '05020002');
  });

  const requests: [host: string, want: string][] = [
    ['a.example', '050100 03 09 612e6578616d706c65 01bb'],
    ['192.0.2.7', '050100 01 c0000207 01bb'],
    ['::1', '050100 04 00000000000000000000000000000001 01bb'],
    ['2001:db8::ff00:42:8329', '050100 04 20010db8000000000000ff0000428329 01bb'],
    ['::ffff:192.0.2.7', '050100 04 00000000000000000000ffffc0000207 01bb'],
    ['1:2:3:4:5:6:7:8', '050100 04 00010002000300040005000600070008 01bb'],
    ['fe80::', '050100 04 fe800000000000000000000000000000 01bb'],
  ];
  for (const [host, want] of requests) {
    test(`the request for ${host}`, () => {
      const step = made(host).push(octets('0500'));
      assert.equal(step.state === 'more' && hex(step.send), want.replaceAll(' ', ''));
    });
  }

  test('user and password, when they are asked for', () => {
    const negotiation = made('a.example', USER);
    const asked = negotiation.push(octets('0502'));
    assert.equal(
      asked.state === 'more' && hex(asked.send),
      `0104${hex(Buffer.from('user'))}06${hex(Buffer.from('secret'))}`,
    );
    const taken = negotiation.push(octets('0100'));
    assert.match((taken.state === 'more' && hex(taken.send)) || '', /^05010003/);
    assert.equal(told(negotiation.push(octets('05000001 00000000 0000'))), 'open');
    assert.equal(negotiation.answer, '0502 0100 05000001000000000000');
  });

  const replies: [answer: string, want: string][] = [
    ['0500 05000001 7f000001 1234', 'open'],
    ['0500 05000001 7f000001 1234 414243', 'open ABC'],
    ['0500 05000004 00000000000000000000000000000001 1234 41', 'open A'],
    ['0500 05000003 03 616263 1234 41', 'open A'],
    ['0500 05000003 00 1234 41', 'open A'],
    ['05', 'more'],
    ['0500 050000', 'more'],
    ['0500 05000003 03 616263 12', 'more'],
    ['05ff', 'FWD_AUTH method of SOCKS: none of those that were offered'],
    ['0502', 'FWD_AUTH method of SOCKS: 2, which was not offered'],
    ['0500 0501', 'FWD_SOCKS reply of SOCKS: 1, general failure of the proxy'],
    ['0500 0502', 'FWD_SOCKS reply of SOCKS: 2, not allowed by its rules'],
    ['0500 0503', 'FWD_SOCKS reply of SOCKS: 3, network unreachable'],
    ['0500 0504', 'FWD_SOCKS reply of SOCKS: 4, host unreachable'],
    ['0500 0505', 'FWD_SOCKS reply of SOCKS: 5, connection refused'],
    ['0500 0506', 'FWD_SOCKS reply of SOCKS: 6, TTL expired'],
    ['0500 0507', 'FWD_SOCKS reply of SOCKS: 7, command not supported'],
    ['0500 0508', 'FWD_SOCKS reply of SOCKS: 8, kind of address not supported'],
    ['0500 0509', 'FWD_SOCKS reply of SOCKS: 9, which no standard knows'],
    ['0500 05000002 00', 'FWD_NOT_A_PROXY first bytes: 05 00 00 02 00'],
    ['0500 04', 'FWD_NOT_A_PROXY first bytes: 04'],
    ['48545450', 'FWD_NOT_A_PROXY first bytes: 48'],
    ['005a', 'FWD_NOT_A_PROXY first bytes: 00'],
  ];
  for (const [answer, want] of replies) {
    test(`${answer} is ${want}`, () => {
      // The proxy waits for each of our turns, so its answers come one by one, or in single octets.
      assert.equal(told(answered(made(), octets(answer), 1)), want);
      const [method, ...rest] = answer.split(' ');
      const negotiation = made();
      const first = answered(negotiation, octets(method!));
      const step = rest.length === 0 ? first : answered(negotiation, octets(rest.join('')));
      assert.equal(told(step).slice(0, 12), want.slice(0, 12));
    });
  }

  test('a password that is not right', () => {
    assert.equal(
      told(answered(made('a.example', USER), octets('0502 0101'), 2)),
      'FWD_AUTH user and password: status 1',
    );
    assert.match(told(answered(made('a.example', USER), octets('0502 0500'), 2)), /^FWD_NOT_A_PROXY/);
  });

  test('a name that is too long for SOCKS', () => {
    assert.equal(told(made('a'.repeat(256)).push(octets('0500'))), 'FWD_SOCKS host: 256 octets');
    assert.equal(told(made('a'.repeat(255)).push(octets('0500'))), 'more');
  });
});
