// Knows: that a hostile peer over HTTP/2 hurts nobody but itself: the requests, the frames, the floods. Part F of the
// list (rows 121 to 136), over TLS and with prior knowledge. Must not know: why a rule says so. Where `node:http2`
// answers by itself, versions of Node differ (a reset of the stream, or GOAWAY with another code): what is safe passes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection, ServerOptions } from '../../src/index.js';
import { Arena, assertLogged, echo } from './arena.js';
import { frame, Op, readClose } from './bytes.js';
import {
  Code,
  data,
  extendedConnect,
  Flag,
  goaway,
  type Http2Frame,
  h2frame,
  headerBlock,
  headers,
  PREFACE,
  rst,
  SETTINGS_ACK,
  settings,
  Type,
  windowUpdate,
} from './h2-bytes.js';
import { type Http2Peer, peer, silentPeer } from './h2-peer.js';
import { ACCEPTED, REQUESTS } from './h2-rows.js';

const CARRIERS = ['tcp', 'tls'] as const;

/** A server with its witness over HTTP/1.1, and a sibling over HTTP/2 that must go on echoing. */
class Field<Context> implements AsyncDisposable {
  readonly arena: Arena<Context>;
  readonly carrier: 'tcp' | 'tls';
  readonly sibling: Http2Peer;
  #stream = 0;

  private constructor(arena: Arena<Context>, carrier: 'tcp' | 'tls', sibling: Http2Peer) {
    this.arena = arena;
    this.carrier = carrier;
    this.sibling = sibling;
  }

  static async open<Context = undefined>(
    carrier: 'tcp' | 'tls',
    options: Partial<ServerOptions<Context>> = {},
  ): Promise<Field<Context>> {
    const arena = await Arena.open<Context>(carrier, { http2: true, ...options });
    const field = new Field(arena, carrier, await peer(arena.server.port, carrier));
    field.#stream = await field.sibling.open();
    arena.fresh();
    return field;
  }

  /** Another connection that has begun. */
  async peer(values: Readonly<Record<number, number>> = {}): Promise<Http2Peer> {
    return await peer(this.arena.server.port, this.carrier, values);
  }

  get log() {
    return this.arena.log;
  }

  /** Nothing is left of `gone` but what it left in the log, and nobody else was hurt. */
  async settled(...gone: Http2Peer[]): Promise<void> {
    for (const each of gone) each[Symbol.dispose]();
    await this.sibling.echo(this.#stream, 'still here');
    await this.arena.settled(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sibling[Symbol.dispose]();
    await this.arena[Symbol.asyncDispose]();
  }
}

for (const carrier of CARRIERS) {
  describe(`requests over HTTP/2 on ${carrier}`, { concurrency: false }, () => {
    for (const { row, name, lines, ended, answer } of REQUESTS) {
      test(`${row}: ${name} → ${answer}`, async () => {
        await using field = await Field.open(carrier, { routes: { '/ws': {} } });
        using other = await silentPeer(field.arena.server.port, carrier);
        // Not acknowledged on purpose: a limit holds before it is.
        other.send(PREFACE, settings());
        const stream = other.take();
        other.send(...inPieces(stream, lines, ended));
        const seen = await other.answer(stream);
        if (typeof answer === 'string') assert.ok(`${seen}`.startsWith(answer), `${seen}`);
        else {
          assert.equal(seen, answer[0]);
          assert.equal(await other.refusal(stream), answer[1]);
          const { carrier: over, status } = field.log.handshakes[0]!;
          assert.deepEqual([over, status], ['h2', answer[0]]);
          assertLogged(field.log, answer[1]);
        }
        // The session is none the worse for it.
        const next = await other.open();
        await other.echo(next, 'after');
        await field.settled(other);
      });
    }

    for (const [name, lines] of Object.entries(ACCEPTED)) {
      test(`${name} → 200`, async () => {
        await using field = await Field.open(carrier, { subprotocols: ['chat'] });
        using other = await field.peer();
        other.send(headers(1, lines));
        assert.equal(await other.answer(1), 200);
        await other.echo(1, 'hello');
        await field.settled(other);
      });
    }
  });

  describe(`streams over HTTP/2 on ${carrier}`, { concurrency: false }, () => {
    const endings: Record<string, [(stream: number) => Uint8Array, string]> = {
      'END_STREAM without a close frame': [
        (stream) => data(stream, '', Flag.endStream),
        'CLOSE_NO_FRAME_FIN',
      ],
      'END_STREAM inside a message': [
        (stream) => data(stream, frame(Op.text, 'hello').subarray(0, 8), Flag.endStream),
        'FRAME_TRUNCATED',
      ],
      trailers: [
        (stream) => headers(stream, [['x', 'y']], Flag.endHeaders | Flag.endStream),
        'CLOSE_NO_FRAME_FIN',
      ],
      'RST_STREAM inside a message': [
        (stream) => Buffer.concat([data(stream, frame(Op.text, 'hello').subarray(0, 8)), rst(stream)]),
        'H2_STREAM_RESET',
      ],
      'RST_STREAM with INTERNAL_ERROR': [(stream) => rst(stream, Code.internalError), 'H2_STREAM_RESET'],
    };
    for (const [name, [octets, cause]] of Object.entries(endings)) {
      test(`128: ${name} → 1006 for that stream only`, async () => {
        await using field = await Field.open(carrier);
        using other = await field.peer();
        const [stream, beside] = [await other.open(), await other.open()];
        other.send(octets(stream));
        await other.echo(beside, 'beside');
        while (field.log.closes.length < 1) await pause(2);
        assert.deepEqual(
          field.log.closes.map(({ code, cause: found }) => [code, found]),
          [[1006, cause]],
        );
        await field.settled(other);
      });
    }

    test('129: our abnormal end → RST_STREAM with CANCEL, and the session goes on', async () => {
      await using field = await Field.open(carrier, {
        onmessage: (connection, message) => {
          if (message === 'cut') connection.terminate();
          else void connection.send(message);
        },
      });
      using other = await field.peer();
      const [stream, beside] = [await other.open(), await other.open()];
      other.say(stream, Op.text, 'cut');
      const { payload } = await other.until(
        'reset',
        ({ type, stream: on }) => type === Type.rst && on === stream,
      );
      assert.equal(payload.readUInt32BE(0), Code.cancel);
      await other.echo(beside, 'beside');
      assert.ok(!other.frames.some(({ type }) => type === Type.goaway));
      await field.settled(other);
    });

    test('129: a broken frame of WebSocket → its close frame, then CANCEL when the peer stays', async () => {
      await using field = await Field.open(carrier, { timeouts: { closeMs: 200 } });
      using other = await field.peer();
      const [stream, beside] = [await other.open(), await other.open()];
      other.say(stream, Op.text, 'x', { rsv: 2 });
      await other.until('reset', ({ type, stream: on }) => type === Type.rst && on === stream);
      assert.equal(readClose(other.seen(stream)[0])?.code, 1002);
      await other.echo(beside, 'beside');
      await field.settled(other);
    });

    test('128: a stream that leaves while the application decides → its signal is aborted, no answer', async () => {
      const reasons: string[] = [];
      await using field = await Field.open(carrier, {
        authorize: (request, { signal }) => {
          if (request.path === '/ws') return;
          return new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              reasons.push(String(signal.reason));
              resolve();
            });
          });
        },
      });
      using other = await field.peer();
      const streams = [other.take(), other.take()] as const;
      for (const stream of streams) other.send(headers(stream, extendedConnect({ ':path': '/slow' })));
      other.send(rst(streams[0]), data(streams[1], '', Flag.endStream));
      while (reasons.length < 2) await pause(2);
      await other.until(
        'reset of the second',
        ({ type, stream }) => type === Type.rst && stream === streams[1],
      );
      assert.ok(!other.frames.some(({ type }) => type === Type.headers));
      await pause(10);
      assert.deepEqual(
        field.log.handshakes.map(({ outcome }) => outcome),
        ['abandoned', 'abandoned'],
      );
      await field.settled(other);
    });

    test('36: 1 MiB before the answer: reading stops, the windows fill, then all of it are frames', async () => {
      let decide!: () => void;
      await using field = await Field.open(carrier, {
        limits: { maxBufferedBytes: 4_000_000 },
        authorize: (request) => {
          if (request.path === '/ws') return;
          return new Promise<void>((resolve) => {
            decide = resolve;
          });
        },
      });
      using other = await field.peer({ 4: 2 ** 30 });
      other.send(windowUpdate(0, 2 ** 30));
      const stream = other.take();
      other.send(headers(stream, extendedConnect({ ':path': '/slow' })));
      // The window of a stream is 64 KiB: more would be a fault of the client.
      const message = frame(Op.binary, Buffer.alloc(60_000, 1));
      for (let at = 0; at < message.length; at += 16_384)
        other.send(data(stream, message.subarray(at, at + 16_384)));
      await pause(100);
      const grown = () =>
        other.frames.filter(({ type, stream: on }) => type === Type.windowUpdate && on === stream);
      assert.ok(
        !other.frames.some(({ type }) => type === Type.headers),
        'nothing is answered before the decision',
      );
      const before = grown().length;
      decide();
      await other.until('an echo', () => other.dataOf(stream).length >= 60_004);
      assert.equal(other.seen(stream)[0]?.payload.length, 60_000);
      assert.ok(grown().length >= before);
      await field.settled(other);
    });

    test('130: a peer that opens no window for one stream → that one waits, its siblings run, then it is closed', async () => {
      await using field = await Field.open(carrier, {
        timeouts: { stallMs: 300, closeMs: 200 },
        onmessage: (connection, message) =>
          void connection.send(message === 'much' ? Buffer.alloc(200_000) : message).catch(() => {}),
      });
      using other = await field.peer();
      other.send(windowUpdate(0, 2 ** 24));
      const [stream, beside] = [await other.open(), await other.open()];
      other.say(stream, Op.text, 'much');
      await other.until('a full window', () => other.dataOf(stream).length >= 65_535);
      await other.echo(beside, 'beside');
      await other.until('reset', ({ type, stream: on }) => type === Type.rst && on === stream);
      assert.deepEqual(
        field.log.closes.map(({ cause }) => cause),
        ['MSG_SLOW_CONSUMER'],
      );
      await other.echo(beside, 'after');
      await field.settled(other);
    });

    test('130: a peer that opens no window for the session → its streams are closed, others run', async () => {
      await using field = await Field.open(carrier, {
        timeouts: { stallMs: 300, closeMs: 200 },
        onmessage: (connection, message) =>
          void connection.send(message === 'much' ? Buffer.alloc(100_000) : message).catch(() => {}),
      });
      using other = await field.peer({ 4: 2 ** 20 });
      const streams = [await other.open(), await other.open(), await other.open()];
      for (const stream of streams) other.say(stream, Op.text, 'much');
      while (field.log.closes.length < 3) await pause(5);
      assert.deepEqual(new Set(field.log.closes.map(({ cause }) => cause)), new Set(['MSG_SLOW_CONSUMER']));
      await field.settled(other);
    });

    test('130: an answer of the application that nobody takes → that stream is reset', async () => {
      await using field = await Field.open(carrier, {
        timeouts: { stallMs: 300 },
        http: (_request, response) => void response.end('x'.repeat(200_000)),
      });
      using other = await field.peer();
      const stream = other.take();
      other.send(
        headers(
          stream,
          [
            [':method', 'GET'],
            [':scheme', 'https'],
            [':authority', 'a'],
            [':path', '/'],
          ],
          5,
        ),
      );
      const { payload } = await other.until('reset', ({ type }) => type === Type.rst);
      assert.equal(payload.readUInt32BE(0), Code.cancel);
      await other.open();
      await field.settled(other);
    });
  });

  describe(`sessions of HTTP/2 on ${carrier}`, { concurrency: false }, () => {
    test('132: 100 streams that are reset before their answer → ENHANCE_YOUR_CALM, the application is told', async () => {
      let [asked, aborted] = [0, 0];
      await using field = await Field.open(carrier, {
        authorize: (request, { signal }) => {
          if (request.path === '/ws') return;
          asked += 1;
          return new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              aborted += 1;
              resolve();
            });
          });
        },
      });
      using other = await field.peer();
      const kept = other.take();
      other.send(headers(kept, extendedConnect({ ':path': '/slow' })));
      for (let count = 0; count < 100; count += 1) {
        const stream = other.take();
        other.send(headers(stream, extendedConnect({ ':path': '/slow' })));
        while (asked < count + 2) await pause(1);
        other.send(rst(stream));
      }
      const { payload } = await other.until('GOAWAY', ({ type }) => type === Type.goaway);
      assert.equal(payload.readUInt32BE(4), Code.enhanceYourCalm);
      await other.ending();
      while (aborted < 101) await pause(2);
      assert.equal(asked, 101);
      const told = field.log.handshakes.find(({ outcome }) => outcome === 'refused');
      assert.deepEqual(
        [told?.rejection?.reason.code, told?.status, told?.carrier],
        ['H2_RESET_FLOOD', 0, 'h2'],
      );
      await field.settled(other);
    });

    test('132: HEADERS with RST_STREAM in one go, 5,000 times → the session ends, the application hears of few', async () => {
      let asked = 0;
      await using field = await Field.open(carrier, {
        authorize: (request) => void (request.path === '/fast' && asked++),
      });
      using other = await field.peer();
      const pairs = Array.from({ length: 5000 }, () => {
        const stream = other.take();
        return Buffer.concat([headers(stream, extendedConnect({ ':path': '/fast' })), rst(stream)]);
      });
      other.send(...pairs);
      await other.ending();
      assert.ok(asked <= 200, `${asked} reached the application`);
      await field.settled(other);
    });

    test('132: HEADERS with RST_STREAM of any code in one go, served or not → nothing is thrown', async () => {
      for (const http of [undefined, () => {}]) {
        await using field = await Field.open(carrier, http && { http });
        using other = await silentPeer(field.arena.server.port, carrier);
        const pairs = Array.from({ length: 14 }, (_, code) => {
          const stream = other.take();
          const get = { ':method': 'GET', ':protocol': null };
          const kinds = [{}, get, { ...get, expect: '100-continue' }, { ...get, expect: 'more' }];
          const lines = extendedConnect(kinds[code % 4]);
          return Buffer.concat([headers(stream, lines), rst(stream, code)]);
        });
        // With the preface: what is read before the session is there, it gets from JavaScript, and streams end before
        // they are told.
        other.send(PREFACE, settings(), SETTINGS_ACK, ...pairs);
        await other.echo(await other.open(), 'after');
        await field.settled(other);
      }
    });

    test('132: 100 requests that end their streams before the answer → ENHANCE_YOUR_CALM', async () => {
      await using field = await Field.open(carrier, {
        authorize: (request) => (request.path === '/ws' ? undefined : new Promise<undefined>(() => {})),
      });
      using other = await field.peer();
      for (let count = 0; count < 100 && other.connection.end === 'open'; count += 1) {
        const stream = other.take();
        other.send(headers(stream, extendedConnect({ ':path': '/slow' })), data(stream, '', Flag.endStream));
      }
      const { payload } = await other.until('GOAWAY', ({ type }) => type === Type.goaway);
      assert.equal(payload.readUInt32BE(4), Code.enhanceYourCalm);
      await field.settled(other);
    });

    test('132: WebSockets that were open for a while and are reset do not count', async () => {
      await using field = await Field.open(carrier);
      using other = await field.peer();
      for (let round = 0; round < 2; round += 1) {
        const streams: number[] = [];
        for (let count = 0; count < 60; count += 1) streams.push(await other.open());
        await pause(1100);
        for (const stream of streams) other.send(rst(stream));
      }
      await other.echo(await other.open(), 'still welcome');
      await field.settled(other);
    });

    test('132: 100 requests of the application that are called off before their answer → ENHANCE_YOUR_CALM', async () => {
      let asked = 0;
      await using field = await Field.open(carrier, { http: () => void asked++ });
      using other = await field.peer();
      for (let count = 0; count < 100; count += 1) {
        const stream = other.take();
        other.send(headers(stream, extendedConnect({ ':method': 'GET', ':protocol': null })));
        while (asked === count) await pause(1);
        other.send(rst(stream, Code.cancel));
      }
      const { payload } = await other.until('GOAWAY', ({ type }) => type === Type.goaway);
      assert.equal(payload.readUInt32BE(4), Code.enhanceYourCalm);
      await field.settled(other);
    });

    test('132: downloads that are called off do not count', async () => {
      await using field = await Field.open(carrier, { http: (_, response) => void response.write('some') });
      using other = await field.peer();
      const kept = await other.open();
      for (let count = 0; count < 120; count += 1) {
        const stream = other.take();
        other.send(headers(stream, extendedConnect({ ':method': 'GET', ':protocol': null })));
        assert.equal(await other.answer(stream), 200);
        other.send(rst(stream, Code.cancel));
      }
      await other.echo(kept, 'still welcome');
      await field.settled(other);
    });

    test('132: 100 WebSockets that are reset at once beside one that stays → ENHANCE_YOUR_CALM', async () => {
      await using field = await Field.open(carrier);
      using other = await field.peer();
      await other.open();
      for (let count = 0; count < 100; count += 1) other.send(rst(await other.open(), Code.cancel));
      const { payload } = await other.until('GOAWAY', ({ type }) => type === Type.goaway);
      assert.equal(payload.readUInt32BE(4), Code.enhanceYourCalm);
      await field.settled(other);
    });

    test('132: MadeYouReset: WINDOW_UPDATE of 0 on each stream → the session ends', async () => {
      await using field = await Field.open(carrier);
      using other = await field.peer();
      for (let count = 0; count < 200 && other.connection.end === 'open'; count += 1) {
        const stream = other.take();
        other.send(headers(stream, extendedConnect()), windowUpdate(stream, 0));
      }
      assert.notEqual(await other.ending(), 'open');
      await field.settled(other);
    });

    for (const acknowledged of [false, true]) {
      const when = acknowledged ? 'after SETTINGS are acknowledged' : 'before';
      test(`135: the 101st stream, ${when} → refused, or the session ends`, async () => {
        await using field = await Field.open(carrier);
        using other = await silentPeer(field.arena.server.port, carrier);
        other.send(PREFACE, settings());
        await other.until('SETTINGS', ({ type }) => type === Type.settings);
        if (acknowledged) other.send(SETTINGS_ACK);
        for (let count = 0; count < 103; count += 1) other.send(headers(other.take(), extendedConnect()));
        // Node ends the whole session of a client that has agreed to the limit and breaks it.
        const refused = (frame: Http2Frame) => frame.type === Type.goaway || frame.type === Type.rst;
        const first = await other.until('a refusal', refused).catch(() => undefined);
        assert.ok(first !== undefined || other.connection.end !== 'open');
        await pause(50);
        assert.ok(field.arena.server.connections.size <= 102, 'with the witness and the sibling');
        await field.settled(other);
      });
    }

    const beginnings: Record<string, Uint8Array[]> = {
      'nothing at all': [],
      'half a preface': [PREFACE.subarray(0, 20)],
      'a preface without SETTINGS': [PREFACE],
      'SETTINGS, and no acknowledgement': [PREFACE, settings()],
      'requests, and no acknowledgement': [
        PREFACE,
        settings(),
        headers(1, extendedConnect({ ':path': '/no' })),
      ],
    };
    for (const [name, octets] of Object.entries(beginnings)) {
      test(`134: ${name} → gone after headMs`, async () => {
        await using field = await Field.open(carrier, { timeouts: { headMs: 300 }, routes: { '/ws': {} } });
        using other = await silentPeer(field.arena.server.port, carrier);
        other.send(...octets);
        assert.notEqual(await other.ending(2000), 'open');
        const codes = field.log.handshakes.map(({ rejection }) => rejection?.reason.code);
        // Without TLS it is HTTP/1.1 until the preface has come.
        const isHttp1 = carrier === 'tcp' && octets.length === 0;
        assert.ok(codes.includes(isHttp1 ? 'REQ_HEAD_TIMEOUT' : 'H2_SETTINGS_TIMEOUT'), codes.join());
        await field.settled(other);
      });
    }

    test('134: a preface that goes wrong at its end, and other protocols → refused or closed', async () => {
      await using field = await Field.open(carrier);
      for (const octets of [
        'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n',
        'PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n',
        'PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'SSH-2.0-OpenSSH\r\n',
      ]) {
        using other = await silentPeer(field.arena.server.port, carrier);
        other.send(Buffer.from(octets));
        assert.notEqual(await other.ending(), 'open', octets);
      }
      await field.settled();
    });

    const floods: Record<string, (stream: number) => Uint8Array> = {
      PING: () => h2frame(Type.ping, 0, 0, Buffer.alloc(8)),
      SETTINGS: () => settings(),
      'empty DATA': (stream) => data(stream, ''),
      'RST_STREAM of a closed stream': () => rst(99),
      'WINDOW_UPDATE of a stream': (stream) => windowUpdate(stream, 1),
      'unknown frames': () => h2frame(0x42, 0, 0, Buffer.alloc(4)),
      // Node 20 reads it and does nothing; from 22 on it ends the session.
      PRIORITY: (stream) => h2frame(Type.priority, 0, stream, Buffer.from([0, 0, 0, 0, 5])),
      'empty frames of WebSocket': (stream) => data(stream, frame(Op.text, '')),
      'pings of WebSocket': (stream) => data(stream, frame(Op.ping, 'p')),
    };
    for (const [name, make] of Object.entries(floods)) {
      test(`134: 20,000 times ${name} → nobody else is hurt`, async () => {
        await using field = await Field.open(carrier);
        using other = await field.peer();
        const stream = await other.open();
        other.send(Buffer.concat(Array<Uint8Array>(20_000).fill(make(stream))));
        await field.arena.witness.echoes();
        await pause(200);
        await field.settled(other);
      });
    }

    test('133: a flood of CONTINUATION, empty ones too → the session ends', async () => {
      for (const payload of [Buffer.alloc(0), headerBlock([['x', 'y'.repeat(1000)]])]) {
        await using field = await Field.open(carrier);
        using other = await field.peer();
        const part = h2frame(Type.continuation, 0, 1, payload);
        other.send(
          h2frame(Type.headers, 0, 1, headerBlock(extendedConnect())),
          ...Array<Buffer>(2000).fill(part),
        );
        assert.notEqual(await other.ending(), 'open');
        await field.settled(other);
      }
    });

    test('133: an HPACK bomb: one field of 3,800 octets, referred to 15,000 times → that stream is reset', async () => {
      await using field = await Field.open(carrier);
      using other = await field.peer();
      // RFC 7541 §6.2.1: a literal that is put into the table; §6.1: 62 is the newest in it.
      const inserted = Buffer.concat([Buffer.of(0x40), headerBlock([['x', 'y'.repeat(3800)]]).subarray(1)]);
      const block = Buffer.concat([headerBlock(extendedConnect()), inserted, Buffer.alloc(15_000, 0xbe)]);
      const stream = other.take();
      other.send(
        h2frame(Type.headers, 0, stream, block.subarray(0, 16_000)),
        h2frame(Type.continuation, Flag.endHeaders, stream, block.subarray(16_000)),
      );
      assert.notEqual(await other.answer(stream), 200);
      await field.settled(other);
    });

    const broken: Record<string, (stream: number) => Uint8Array> = {
      'WINDOW_UPDATE of 0 for the session': () => windowUpdate(0, 0),
      'a window that overflows': () => windowUpdate(0, 2 ** 31 - 1),
      'DATA on stream 0': () => data(0, 'x'),
      'DATA on a stream that nobody opened': () => data(77, 'x'),
      'HEADERS on an even stream': () => headers(2, extendedConnect()),
      'PUSH_PROMISE of a client': (stream) => h2frame(Type.push, Flag.endHeaders, stream, Buffer.alloc(8)),
      'SETTINGS of 5 octets': () => h2frame(Type.settings, 0, 0, Buffer.alloc(5)),
      'SETTINGS on a stream': (stream) => h2frame(Type.settings, 0, stream, Buffer.alloc(6)),
      'PING of 7 octets': () => h2frame(Type.ping, 0, 0, Buffer.alloc(7)),
      'a frame of 1 MiB': (stream) => h2frame(Type.data, 0, stream, Buffer.alloc(1_048_576)),
      'more padding than payload': (stream) => h2frame(Type.data, Flag.padded, stream, Buffer.of(200, 1, 2)),
      'CONTINUATION out of the blue': (stream) => h2frame(Type.continuation, Flag.endHeaders, stream),
      'a header block that is no HPACK': () =>
        h2frame(Type.headers, Flag.endHeaders, 99, Buffer.alloc(20, 0xff)),
    };
    for (const [name, make] of Object.entries(broken)) {
      test(`${name} → the session ends, each of its WebSockets with its own record`, async () => {
        // Having sent GOAWAY, Node may leave the socket as it is and read nothing more: then the sign of life is missing.
        const heartbeat = { intervalMs: 100, timeoutMs: 500 };
        await using field = await Field.open(carrier, {
          heartbeat,
          routes: { '/ws': { heartbeat: false, ...echo } },
        });
        using other = await field.peer();
        const streams = [await other.open(), await other.open()];
        other.send(make(streams[0]!));
        assert.notEqual(await other.ending(), 'open');
        while (field.log.closes.length < 2) await pause(2);
        for (const { code, cause, explanation } of field.log.closes) {
          assert.deepEqual([code, cause], [1006, 'H2_SESSION_LOST'], explanation);
        }
        await field.settled(other);
      });
    }

    test('more DATA than the window of a stream has → that stream or the session ends', async () => {
      const routes = {
        '/ws': echo,
        '/paused': { onmessage: (connection: Connection) => connection.pause() },
      };
      await using field = await Field.open(carrier, { routes });
      using other = await field.peer();
      const stream = await other.open({ ':path': '/paused' });
      const message = frame(Op.binary, Buffer.alloc(65_000));
      for (let count = 0; count < 4; count += 1) {
        for (let at = 0; at < message.length; at += 16_384)
          other.send(data(stream, message.subarray(at, at + 16_384)));
      }
      await other.until('an end', ({ type }) => type === Type.rst || type === Type.goaway);
      await field.settled(other);
    });

    test('136: GOAWAY of the peer → its open streams finish, and then the session', async () => {
      await using field = await Field.open(carrier);
      using other = await field.peer();
      const stream = await other.open();
      other.send(goaway());
      await other.echo(stream, 'still');
      other.say(stream, Op.close, Buffer.of(3, 232));
      await other.until(
        'END_STREAM',
        ({ type, stream: on, flags }) => type === Type.data && on === stream && (flags & 1) === 1,
      );
      other.send(data(stream, '', Flag.endStream));
      assert.equal(await other.ending(), 'fin');
      assert.deepEqual(
        field.log.closes.map(({ code, clean }) => [code, clean]),
        [[1000, true]],
      );
      await field.settled(other);
    });

    test('136: GOAWAY of the peer with an error → its streams end now', async () => {
      await using field = await Field.open(carrier);
      using other = await field.peer();
      await other.open();
      other.send(goaway(Code.internalError));
      await other.ending();
      while (field.log.closes.length < 1) await pause(2);
      assert.equal(field.log.closes[0]?.cause, 'H2_SESSION_LOST');
      assert.match(field.log.closes[0]?.explanation ?? '', /GOAWAY INTERNAL_ERROR/);
      await field.settled(other);
    });

    test('136: our drain → GOAWAY, 1012 for each stream, 503 for who comes later', async () => {
      await using field = await Field.open(carrier);
      using other = await field.peer();
      const streams = [await other.open(), await other.open()];
      const drained = field.arena.server.drain({ windowMs: 0, deadlineMs: 2000 });
      const { payload } = await other.until('GOAWAY', ({ type }) => type === Type.goaway);
      assert.equal(payload.readUInt32BE(4), Code.noError);
      for (const stream of streams) {
        await other.until('close', () => other.seen(stream).length > 0);
        assert.equal(readClose(other.seen(stream)[0])?.code, 1012);
        other.say(stream, Op.close, Buffer.of(3, 244)).send(data(stream, '', Flag.endStream));
      }
      using late = await field.peer();
      late.send(headers(late.take(), extendedConnect()));
      assert.equal(await late.answer(1), 503);
      field.sibling[Symbol.dispose]();
      field.arena.witness[Symbol.dispose]();
      const { closed, terminated } = await drained;
      // The witness and the sibling left without a word.
      assert.deepEqual([closed, terminated], [2, 2]);
      assert.equal(await other.ending(), 'fin');
    });

    test('120: close() with peers that never answer and never read → all gone, in closeMs and a little', async () => {
      await using field = await Field.open(carrier, { timeouts: { closeMs: 300 } });
      using other = await field.peer();
      await other.open();
      other.connection.socket.pause();
      using idle = await field.peer();
      idle.connection.socket.pause();
      const started = performance.now();
      await field.arena.server.close();
      assert.ok(performance.now() - started < 3000);
    });
  });
}

/** HEADERS, and CONTINUATION where one frame does not hold them. */
function inPieces(stream: number, lines: Parameters<typeof headerBlock>[0], ended = false): Uint8Array[] {
  const block = headerBlock(lines);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < block.length; at += 16_000) {
    const last = at + 16_000 >= block.length ? Flag.endHeaders : 0;
    const flags = last | (at === 0 && ended ? Flag.endStream : 0);
    frames.push(
      h2frame(at === 0 ? Type.headers : Type.continuation, flags, stream, block.subarray(at, at + 16_000)),
    );
  }
  return frames;
}
