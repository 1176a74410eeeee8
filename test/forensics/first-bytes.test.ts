// What octets spell that are no HTTP answer, and what they are as a frame: each mark once, and what comes near to one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { spell, spellFrame } from '../../src/forensics/first-bytes.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('first octets', () => {
  const rows: readonly (readonly [Buffer, string, string])[] = [
    [latin1('SSH-2.0-OpenSSH_9.2p1\r\n'), 'ssh', 'an SSH banner, "SSH-2.0-OpenSSH_9.2p1"'],
    [
      latin1('220 mx.example ESMTP Postfix\r\n'),
      'smtp',
      'a greeting of a mail server (SMTP), "220 mx.example ESMTP Postfix"',
    ],
    [latin1('220 (vsFTPd 3.0.3)\r\n'), 'ftp', 'a greeting of an FTP server, "220 (vsFTPd 3.0.3)"'],
    [latin1('220 hello\r\n'), 'smtp', 'a greeting of a mail or FTP server, "220 hello"'],
    [latin1('+OK ready\r\n'), 'pop3', 'a greeting of a mail server (POP3), "+OK ready"'],
    [latin1('* OK IMAP4\r\n'), 'imap', 'a greeting of a mail server (IMAP), "* OK IMAP4"'],
    [
      Buffer.concat([hex('4a 00 00 00 0a'), latin1('8.0.36\0\x08\0\0\0')]),
      'mysql',
      'a greeting of MySQL, "8.0.36"',
    ],
    [
      Buffer.concat([hex('46 00 00 00 ff 6a 04'), latin1("Host 'a' is not allowed")]),
      'mysql',
      'an error of MySQL, "Host \'a\' is not allowed"',
    ],
    [latin1("-ERR unknown command 'GET'\r\n"), 'redis', 'an error of Redis, "-ERR unknown command \'GET\'"'],
    [latin1('AMQP\x00\x00\x09\x01'), 'amqp', 'the protocol header of AMQP, "AMQP"'],
    [latin1('INFO {"server_id":"x"}\r\n'), 'nats', 'a greeting of NATS, "INFO {"server_id":"x"}"'],
    [latin1('ERROR\r\n'), 'memcached', 'an error of memcached, "ERROR"'],
    [latin1('RFB 003.008\n'), 'vnc', 'a greeting of VNC, "RFB 003.008"'],
    [hex('15 03 01 00 02 02 0a'), 'tls', 'a TLS alert, fatal: unexpected_message'],
    [hex('15 03 03 00 02 01 00'), 'tls', 'a TLS alert, warning: close_notify'],
    [hex('15 03 03 00 02 02 c8'), 'tls', 'a TLS alert, fatal: number 200'],
    [hex('15 03 03'), 'tls', 'a TLS alert'],
    [hex('16 03 01 02 00 01'), 'tls', 'a TLS record (handshake): TLS is spoken here'],
    [hex('00 00 12 04 00 00 00 00 00 00 03'), 'http2', 'a frame of HTTP/2 (SETTINGS)'],
    [hex('00 00 08 07 00 00 00 00 00'), 'http2', 'a frame of HTTP/2 (GOAWAY)'],
    [latin1('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'http2', 'the preface of HTTP/2, "PRI * HTTP/2.0"'],
    [
      latin1('HTTP/1.1 400 Bad Request\r\nA: b\r\n\r\n'),
      'http',
      'an HTTP answer, "HTTP/1.1 400 Bad Request"',
    ],
    [latin1('HTTP/1.1\r\n'), 'http', 'something like an HTTP answer, "HTTP/1.1"'],
    [latin1('GET / HTTP/1.1\r\n'), 'http', 'an HTTP request, "GET / HTTP/1.1"'],
    [
      latin1('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'),
      'proxy-protocol',
      'a PROXY protocol v1 line, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2"',
    ],
    [hex('0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 21 11'), 'proxy-protocol', 'a PROXY protocol v2 header'],
    [latin1('<!DOCTYPE html>\n<html>'), 'html', 'an HTML page, "<!DOCTYPE html>"'],
    [latin1('\n<html><body>'), 'html', 'an HTML page, "<html><body>"'],
    [latin1('<?xml version="1.0"?>'), 'html', 'markup, "<?xml version="1.0"?>"'],
    [latin1('{"error":1}'), 'json', 'JSON, "{"error":1}"'],
    [latin1('Bad gateway\n'), 'text', 'plain text, "Bad gateway"'],
  ];
  for (const [bytes, service, text] of rows) {
    test(text, () => assert.deepEqual(spell(bytes), { service, text }));
  }
  const nothing: readonly (readonly [string, Buffer])[] = [
    ['nothing', hex('')],
    ['a frame of WebSocket', hex('81 05 48 65 6c 6c 6f')],
    ['TLS of version 2', hex('15 02 00 00 02 02 0a')],
    ['SETTINGS on a stream', hex('00 00 06 04 00 00 00 00 01 00')],
    ['SETTINGS of 7 octets', hex('00 00 07 04 00 00 00 00 00 00')],
    ['a MySQL packet without words', hex('4a 00 00 00 0a 00 00 00')],
    ['one letter', latin1('x')],
  ];
  for (const [name, bytes] of nothing) test(`none in ${name}`, () => assert.equal(spell(bytes), undefined));

  test('whatever they are, the text is printable and short', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const text = spell(bytes)?.text ?? 'x';
        return text.length < 500 && !/[\p{Cc}]/u.test(text);
      }),
    );
  });
});

describe('as a frame', () => {
  test('HTTP is RSV1 and a close frame in fragments', () => {
    assert.deepEqual(spellFrame(latin1('HTTP/1.1 400')), {
      fin: false,
      rsv: ['RSV1'],
      opcode: 8,
      masked: false,
      payloadBytes: 84,
      text: 'FIN 0, RSV1, opcode 8 (close), 84 octets',
      faults: ['RSV1 set', 'a control frame in fragments'],
    });
  });
  const rows: readonly (readonly [string, Buffer, string, readonly string[]])[] = [
    [
      'markup',
      latin1('<html>'),
      'FIN 0, RSV2+RSV3, opcode 12 (reserved), 104 octets',
      ['RSV2+RSV3 set', 'opcode 12 is reserved', 'a control frame in fragments'],
    ],
    [
      'a TLS alert',
      hex('15 03 01 00 02 02 0a'),
      'FIN 0, RSV3, opcode 5 (reserved), 3 octets',
      ['RSV3 set', 'opcode 5 is reserved'],
    ],
    ['one octet', hex('48'), 'FIN 0, RSV1, opcode 8 (close)', ['RSV1 set', 'a control frame in fragments']],
    ['a cut length', hex('89 7e 01'), 'FIN 1, opcode 9 (ping)', []],
    [
      'a ping of 300 octets',
      hex('89 7e 01 2c'),
      'FIN 1, opcode 9 (ping), 300 octets',
      ['a control frame of more than 125 octets'],
    ],
    ['a masked text', hex('81 85 00 00 00 00 48'), 'FIN 1, opcode 1 (text), masked, 5 octets', []],
  ];
  for (const [name, bytes, text, faults] of rows) {
    test(name, () => {
      const read = spellFrame(bytes);
      assert.deepEqual([read?.text, read?.faults], [text, faults]);
    });
  }
  test('nothing is nothing', () => assert.equal(spellFrame(hex('')), undefined));
});
