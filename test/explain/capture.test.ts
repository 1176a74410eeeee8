// Captures made of known packets: every link layer, both formats, disorder and loss, every way to end; and one real one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { readCapture } from '../../src/explain/capture.js';
import { Material } from '../../src/explain/material.js';
import { explain } from '../../src/explain/recognise.js';
import { acceptFor } from '../../src/handshake/key.js';
import { hex } from '../frames/hex.js';
import { type Packet, pcap, pcapng, type Way } from './packets.js';

const key = 'x3JJHMbDL1EzLkh9GBhXDw==';
const request = [
  'GET /room/7 HTTP/1.1',
  'Host: chat.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${key}`,
  'Sec-WebSocket-Version: 13',
  'Origin: https://chat.example.com',
  '\r\n',
].join('\r\n');
const answer = (accept = acceptFor(key)) =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '\r\n',
  ].join('\r\n');

const ping = hex('89 00');
const maskedHello = hex('81 85 37 fa 21 3d 7f 9f 4d 51 58');
const close = (code: string) => hex(`88 02 ${code}`);
const maskedClose = (code: string) => hex(`88 82 00 00 00 00 ${code}`);

/** Packets of one connection: numbers and times are counted along. */
class Talk {
  readonly packets: Packet[] = [];
  #at = 1_790_000_000;
  readonly #next = { client: 1000, server: 5_000 };

  constructor(isn?: { client: number; server: number }) {
    if (isn !== undefined) this.#next = { ...isn };
    this.#push('client', 'S');
    this.#push('server', 'SA');
    this.#push('client', 'A');
  }

  #push(from: Packet['from'], flags: string, payload?: Uint8Array | string): void {
    const seq = this.#next[from];
    this.packets.push({ at: this.#at, from, flags, seq, ...(payload !== undefined && { payload }) });
    const taken = flags.includes('S') || flags.includes('F') ? 1 : 0;
    this.#next[from] = (seq + Buffer.from(payload ?? '').length + taken) >>> 0;
    this.#at += 0.01;
  }

  say(from: Packet['from'], payload: Uint8Array | string): this {
    this.#push(from, 'PA', payload);
    return this;
  }

  wait(seconds: number): this {
    this.#at += seconds;
    return this;
  }

  end(from: Packet['from'], flags: 'FA' | 'R' | 'RA'): this {
    this.#push(from, flags);
    return this;
  }
}

const opened = () => new Talk().say('client', request).say('server', answer());
const story = (packets: readonly Packet[], way?: Way) => only(pcap(packets, way));

function only(octets: Uint8Array) {
  const found = explain(new Material(octets));
  assert.equal(found?.length, 1);
  return found[0]!;
}

describe('files', () => {
  const good = opened()
    .say('client', maskedHello)
    .say('client', maskedClose('03 e8'))
    .say('server', close('03 e8'))
    .end('server', 'FA');
  const forms: Readonly<Record<string, Buffer>> = {
    'pcap, little-endian': pcap(good.packets),
    'pcap, big-endian': pcap(good.packets, {}, false),
    'pcap, nanoseconds': pcap(good.packets, {}, true, true),
    'pcapng, little-endian': pcapng(good.packets),
    'pcapng, big-endian': pcapng(good.packets, {}, false),
  };
  for (const [name, file] of Object.entries(forms)) {
    test(name, () => {
      const found = only(file);
      assert.equal(found.title, 'A good handshake and an orderly end');
      assert.match(found.saw, /client closed with 1000 normal closure at \+(?:5|6)0 ms\. It was answered/);
      assert.match(found.who, /server \(192\.0\.2\.2:8080\) ended TCP first, by FIN behind the close frames/);
      const frames = found.listings.at(-1)!.lines;
      assert.deepEqual(
        frames.map(({ label }) => label.split(' ').at(-1)),
        ['client', 'client', 'server'],
      );
      assert.match(frames[0]!.note, /"Hello"/);
    });
  }

  for (const link of [0, 1, 101, 108, 113, 276, 8021]) {
    for (const ip of [4, 6] as const) {
      test(`link layer ${link} with IPv${ip}`, () => {
        const found = story(good.packets, { link, ip });
        assert.equal(found.title, 'A good handshake and an orderly end');
        assert.match(found.source, ip === 6 ? /\[2001:db8::1\]:50000/ : /192\.0\.2\.1:50000/);
      });
    }
  }

  test('a link layer that is not known is told, not guessed', () => {
    assert.match(story(good.packets, { link: 105 }).couldNotKnow, /link layer/);
  });

  test('a file that ends anywhere', () => {
    for (const file of [forms['pcap, little-endian']!, forms['pcapng, little-endian']!]) {
      for (let size = 24; size < file.length; size += 7) {
        assert.ok((explain(new Material(file.subarray(0, size)))?.length ?? 0) > 0, `${size}`);
      }
    }
  });
});

describe('the streams', () => {
  const { packets } = opened().say('client', maskedHello).say('server', ping).end('client', 'FA');

  test('packets in any order give the same conversation', () => {
    const order = [0, 1, 2, 6, 4, 3, 5, 7];
    const found = story(order.map((at) => packets[at]!));
    assert.equal(found.listings.at(-1)!.lines.length, 2);
    assert.match(found.who, /out of order/);
  });

  test('packets that came twice are told and read once', () => {
    const twice = packets.flatMap((packet) => [packet, packet]);
    const found = story(twice);
    assert.equal(found.listings.at(-1)!.lines.length, 2);
    assert.match(found.who, /4 segments came twice/);
  });

  test('segments that overlap, and one octet a segment', () => {
    const [head] = packets.slice(3);
    const bytes = Buffer.from(head!.payload as string);
    const cut = [...bytes].map((_, at) => ({
      ...head!,
      seq: head!.seq + at,
      payload: bytes.subarray(at, Math.min(bytes.length, at + 3)),
    }));
    const found = story([...packets.slice(0, 3), ...cut, ...packets.slice(4)]);
    assert.equal(found.listings.length, 3);
  });

  test('numbers that pass 2^32', () => {
    const wrapping = new Talk({ client: 0xffff_ff80, server: 0xffff_fff0 });
    wrapping.say('client', request).say('server', answer()).say('client', maskedHello).end('client', 'FA');
    assert.match(story(wrapping.packets).listings.at(-1)!.lines[0]!.note, /"Hello"/);
  });

  test('what stands behind a gap is not made up', () => {
    const torn = packets.filter((packet) => packet.payload !== maskedHello);
    const more = [...torn.slice(0, -1), { ...packets[5]!, seq: packets[5]!.seq + 500 }];
    const found = story(more);
    assert.match(found.couldNotKnow, /192\.0\.2\.1:50000 sent behind a gap/);
  });

  test('a capture that began late has no SYN, and the handshake is found', () => {
    const found = story(packets.slice(3));
    assert.match(found.source, /192\.0\.2\.1:50000 to 192\.0\.2\.2:8080/);
    assert.equal(found.listings.length, 3);
  });

  test('requests on the same connection before the handshake are passed over', () => {
    const page = 'GET / HTTP/1.1\r\nHost: chat.example.com\r\n\r\n';
    const html = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
    const talk = new Talk().say('client', page).say('server', html).say('client', request);
    talk.say('server', answer()).say('server', ping);
    const found = story(talk.packets);
    assert.match(found.listings[0]!.lines[0]!.value, /\/room\/7/);
    assert.equal(found.listings.at(-1)!.lines.length, 1);
  });
});

describe('what it tells', () => {
  const cases: readonly [name: string, packets: readonly Packet[], code: string | undefined, who: RegExp][] =
    [
      [
        'SYN answered by RST',
        new Talk().end('server', 'RA').packets.filter(({ flags }) => flags === 'S' || flags === 'RA'),
        'TCP_REFUSED',
        /by RST/,
      ],
      ['SYN without an answer', new Talk().packets.slice(0, 1), 'TCP_TIMEOUT', /^$/],
      [
        'a request and FIN',
        new Talk().say('client', request).end('server', 'FA').packets,
        'HTTP_EMPTY_REPLY',
        /server .* by FIN/,
      ],
      [
        'a request and RST',
        new Talk().say('client', request).end('server', 'R').packets,
        'HTTP_RESET',
        /server .* by RST/,
      ],
      ['a request and nothing', new Talk().say('client', request).packets, 'HTTP_NO_RESPONSE', /^$/],
      [
        'another service',
        new Talk().say('client', request).say('server', 'SSH-2.0-OpenSSH_9.2\r\n').packets,
        'HTTP_NOT_HTTP',
        /^$/,
      ],
      [
        'a refusal',
        new Talk().say('client', request).say('server', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
          .packets,
        'ROUTE_NOT_FOUND',
        /^$/,
      ],
      [
        'a wrong accept value',
        new Talk().say('client', request).say('server', answer('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')).packets,
        'RESP_ACCEPT_WRONG',
        /^$/,
      ],
      [
        'FIN without a close frame',
        opened().say('server', ping).end('server', 'FA').packets,
        'CLOSE_NO_FRAME_FIN',
        /server/,
      ],
      [
        'RST without a close frame',
        opened().say('server', ping).end('client', 'R').packets,
        'CLOSE_NO_FRAME_RST',
        /client/,
      ],
      [
        'FIN after 60 s of silence',
        opened().say('server', ping).wait(60).end('server', 'FA').packets,
        'IDLE_CUT',
        /server/,
      ],
      [
        'FIN inside a frame',
        opened().say('server', hex('81 05 48 65')).end('server', 'FA').packets,
        'FRAME_TRUNCATED',
        /server/,
      ],
      ['a server that masks', opened().say('server', maskedHello).packets, 'FRAME_MASKED_BY_SERVER', /^$/],
      [
        'a client that does not',
        opened().say('client', hex('81 05 48 65 6c 6c 6f')).packets,
        'FRAME_UNMASKED_BY_CLIENT',
        /^$/,
      ],
      [
        'HTTP behind the 101',
        opened().say('server', 'HTTP/1.1 400 Bad Request\r\n\r\n').packets,
        'FRAME_HTTP_IN_STREAM',
        /^$/,
      ],
      [
        'RSV1 without compression',
        opened().say('server', hex('c1 07 f2 48 cd c9 c9 07 00')).packets,
        'FRAME_RSV',
        /^$/,
      ],
      [
        'closed with 1011',
        opened().say('server', close('03 f3')).say('client', maskedClose('03 f3')).end('server', 'FA')
          .packets,
        'CLOSE_1011',
        /server/,
      ],
      ['still open', opened().say('server', ping).packets, undefined, /^$/],
      ['TLS', new Talk().say('client', hex('16 03 01 00 05 01 00 00 01 03')).packets, undefined, /^$/],
    ];
  for (const [name, packets, code, who] of cases) {
    test(name, () => {
      const found = story(packets);
      assert.equal(found.code, code);
      assert.match(found.who, who);
    });
  }

  test('the usual owner of an idle time is named, and the command waits longer than that', () => {
    const found = story(opened().say('server', ping).wait(60).end('server', 'FA').packets);
    assert.match(found.saw, /60\.0 s is the default of nginx/);
    assert.equal(found.confidence, 'likely');
    assert.match(
      found.decide,
      /^handfast doctor --idle 12[01] --origin https:\/\/chat\.example\.com wss:\/\/chat\.example\.com\/room\/7$/,
    );
  });

  test('compressed messages are read where compression was agreed on', () => {
    const asking = request.replace(/\r\n\r\n$/, '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
    const granting = answer().replace(
      /\r\n\r\n$/,
      '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
    );
    const talk = new Talk()
      .say('client', asking)
      .say('server', granting)
      .say('server', hex('c1 07 f2 48 cd c9 c9 07 00'));
    assert.match(story(talk.packets).listings.at(-1)!.lines[0]!.note, /expanded "Hello"/);
  });

  test('a request whose first line is none, and which says what answers say', () => {
    const odd = request.replace(/^.*\r\n/, 'GET\r\n').replace('\r\n\r\n', '\r\nServer: x\r\n\r\n');
    assert.doesNotThrow(() => explain(new Material(pcap(new Talk().say('client', odd).packets))));
  });

  test('a message that is not expanded is not shown as one that is', () => {
    const asking = request.replace(/\r\n\r\n$/, '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
    const granting = answer().replace(
      /\r\n\r\n$/,
      '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
    );
    const large = deflateRawSync(Buffer.alloc(100_000, 'x'));
    const frame = Buffer.concat([Buffer.of(0xc1, 126, large.length >> 8, large.length & 255), large]);
    const talk = new Talk().say('client', asking).say('server', granting).say('server', frame);
    const { note } = story(talk.packets).listings.at(-1)!.lines[0]!;
    assert.doesNotMatch(note, /expanded/);
    assert.match(note, /: [\da-f]{2} [\da-f]{2} /);
  });

  test('an end behind octets that the capture lacks proves nothing', () => {
    const whole = opened()
      .say('server', Buffer.concat([hex('82 0a'), Buffer.alloc(10)]))
      .end('server', 'FA').packets;
    const isLast = (packet: Packet) => packet.flags === 'PA' && packet === whole.at(-2);
    const without = story(whole.filter((packet) => !isLast(packet)));
    const cutShort = story(
      whole.map((packet) => (isLast(packet) ? { ...packet, payload: hex('82 0a 00') } : packet)),
    );
    for (const found of [without, cutShort]) {
      assert.equal(found.code, undefined);
      assert.match(found.couldNotKnow, /192\.0\.2\.2:8080 sent behind a gap/);
    }
  });

  test('a frame that was cut, with one of the other side behind it', () => {
    const talk = opened()
      .say('client', hex('81 85 37 fa 21 3d'))
      .wait(1)
      .say('server', ping)
      .end('client', 'FA');
    assert.equal(story(talk.packets).code, 'FRAME_TRUNCATED');
  });

  test('behind more frames than are read, nobody is said to have gone without a close frame', () => {
    const talk = opened();
    const pings = Buffer.alloc(60_000, ping);
    for (let sent = 0; sent < 110_000; sent += 30_000) talk.say('server', pings);
    const found = story(talk.say('server', close('03 e8')).end('server', 'FA').packets);
    assert.equal(found.code, undefined);
    assert.match(found.couldNotKnow, /no more of them are read/);
  });

  test('frames are shared out: those of one connection do not hide how another ended', () => {
    const many = opened();
    for (let sent = 0; sent < 5; sent += 1) many.say('server', Buffer.alloc(60_000, ping));
    const few = opened().say('server', close('03 f3')).end('server', 'FA');
    const first = pcap(many.packets);
    const second = pcap(few.packets, { clientPort: 50_001 }).subarray(24);
    const found = explain(new Material(Buffer.concat([first, second])));
    assert.deepEqual(
      found?.map(({ code }) => code),
      [undefined, 'CLOSE_1011'],
    );
  });

  test('what is no capture is none', () => {
    for (const octets of [
      Buffer.alloc(24),
      Buffer.alloc(3),
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    ]) {
      assert.equal(readCapture(octets), undefined);
    }
  });
});
