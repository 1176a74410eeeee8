// How octets become heads and the beginning of a body. Every answer is also read one octet at a time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AnswerReader } from '../../src/doctor/network/answer.js';

function read(octets: string, size = Number.POSITIVE_INFINITY): AnswerReader {
  const reader = new AnswerReader();
  const all = Buffer.from(octets, 'latin1');
  for (let at = 0; at < all.length; at += Math.min(size, all.length))
    reader.push(all.subarray(at, at + size));
  return reader;
}

/** At once and in drops. */
function each(octets: string, check: (reader: AnswerReader) => void): void {
  for (const size of [Number.POSITIVE_INFINITY, 1, 7]) check(read(octets, size));
}

const HEAD = 'HTTP/1.1 404 Not Found\r\n';

describe('a body', () => {
  const cases: ReadonlyArray<readonly [name: string, octets: string, body: string, isCut: boolean]> = [
    ['with its length', `${HEAD}Content-Length: 2\r\n\r\nno`, 'no', false],
    ['shorter than its length', `${HEAD}Content-Length: 5\r\n\r\nno`, 'no', true],
    ['without a length', `${HEAD}\r\nno`, 'no', true],
    [
      'in chunks',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n3;x=1\r\n!!!\r\n0\r\n\r\n`,
      'no!!!',
      false,
    ],
    ['in chunks that stop', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n5\r\nab`, 'noab', true],
    [
      'in chunks that end early',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nab\r\n0\r\n\r\n`,
      'ab\r\n0',
      false,
    ],
    ['in chunks that are none', `${HEAD}Transfer-Encoding: chunked\r\n\r\nno chunk`, '', true],
    ['that no status of 204 has', 'HTTP/1.1 204 No Content\r\n\r\n', '', false],
    ['that no status of 304 has', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', '', false],
    ['of nothing', `${HEAD}Content-Length: 0\r\n\r\n`, '', false],
  ];
  for (const [name, octets, body, isBodyCut] of cases) {
    test(name, () =>
      each(octets, (reader) => {
        const answer = reader.answer();
        assert.deepEqual([answer.body, answer.isBodyCut], [body, isBodyCut]);
        assert.equal(reader.hasHead, true);
        assert.equal(reader.state, isBodyCut ? 'body' : 'done');
      }),
    );
  }

  test('without a length is whole when the peer ends', () => {
    const reader = read(`${HEAD}\r\nno`);
    reader.end();
    assert.equal(reader.state, 'done');
    assert.equal(reader.answer().isBodyCut, false);
  });

  test('is kept up to 8 KiB', () => {
    for (const length of [8192, 8193, 100_000]) {
      for (const sent of [8192, 9000]) {
        const reader = read(`${HEAD}Content-Length: ${length}\r\n\r\n${'x'.repeat(Math.min(sent, length))}`);
        assert.equal(reader.state, 'done');
        assert.equal(reader.answer().body.length, 8192);
        assert.equal(reader.answer().isBodyCut, length > 8192, `${sent} of ${length}`);
      }
    }
  });

  test('is not added to when it is done', () => {
    const reader = read(`${HEAD}Content-Length: 2\r\n\r\nno`);
    reader.push(Buffer.from('more'));
    assert.equal(reader.answer().body, 'no');
  });
});

describe('heads', () => {
  test('of status 1xx go before', () => {
    each(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${HEAD}\r\n`, (reader) => {
      assert.deepEqual(reader.interim, [
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n',
      ]);
      assert.equal(reader.head, `${HEAD}\r\n`);
      assert.equal(reader.status, 404);
    });
  });

  test('of a 101 end it, and what follows is another matter', () => {
    const octets = 'HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi';
    const reader = read(octets);
    assert.equal(reader.state, 'done');
    assert.equal(reader.rest.toString('latin1'), '\x81\x02hi');
    assert.deepEqual(reader.answer(), { head: octets.slice(0, -4), interim: [], body: '', isBodyCut: false });
  });

  test('with bare LF, of odd versions, and without a status are kept as they came', () => {
    each('HTTP/1.1 200 OK\nA: 1\n\nhi', (reader) => assert.equal(reader.head, 'HTTP/1.1 200 OK\nA: 1\n\n'));
    each('HTTP/2 200\r\n\r\n', (reader) => assert.equal(reader.status, 200));
    each('HTTP/1.1 what\r\n\r\n', (reader) => assert.equal(reader.status, 0));
  });

  test('of eleven interim answers are too many', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\n';
    each(interim.repeat(10) + HEAD, (reader) => assert.equal(reader.state, 'head'));
    each(interim.repeat(11), (reader) => assert.equal(reader.state, 'too-many'));
  });

  test('above 64 KiB are too large, all of them together', () => {
    const line = (size: number) => `A: ${'x'.repeat(size)}\r\n`;
    assert.equal(read(`${HEAD}${line(65_000)}\r\n`).hasHead, true);
    assert.equal(read(`${HEAD}${line(66_000)}`).state, 'too-large');
    assert.equal(read(`${HEAD}${line(66_000)}\r\n`).state, 'too-large');
    const interim = `HTTP/1.1 103 Early Hints\r\n${line(40_000)}\r\n`;
    assert.equal(read(interim + interim).state, 'too-large');
  });

  test('that are not whole are no heads', () => {
    each('HTTP/1.1 200 OK\r\nServer: x\r\n', (reader) => {
      assert.equal(reader.state, 'head');
      assert.equal(reader.hasHead, false);
      reader.end();
      assert.equal(reader.state, 'head');
    });
    assert.equal(read('HT').state, 'head');
  });
});

test('what is no HTTP is garbage, the first octets in hexadecimal', () => {
  const reader = read('SSH-2.0-OpenSSH_9.2p1\r\n');
  assert.equal(reader.state, 'garbage');
  assert.equal(Buffer.from(reader.garbage, 'hex').toString(), 'SSH-2.0-OpenSSH_9.2p1\r\n');
  assert.equal(read(`\0${'x'.repeat(1000)}`).garbage.length, 512);
  reader.push(Buffer.from('more'));
  assert.equal(Buffer.from(reader.garbage, 'hex').toString(), 'SSH-2.0-OpenSSH_9.2p1\r\n');
});
