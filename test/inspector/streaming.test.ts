// The inspector's news where no WebSocket opens: a stream of events over HTTP/1.0, 1.1 and 2, who gets one, what is asked beside it, its
// bounds, its end; and that whoever tries a WebSocket in vain changes no figure by it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { describe, test } from 'node:test';
import { connect, createServer } from '../../src/index.js';
import { Access } from '../../src/inspector/access.js';
import { INSPECTOR_PATH, inspect } from '../../src/inspector/index.js';
import type { FromServer, FromWatcher } from '../../src/inspector/protocol.js';
import { Streams } from '../../src/inspector/streaming.js';
import * as trace from '../../src/trace.js';
import { portOf, type RawConnection, raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { hear } from '../trace/heard.js';
import { ask, session } from '../transport/http2-visitor.js';
import { watched } from './watched.js';

const TOKEN = 'sixteen-characters-and-more';
const EVENTS = `${INSPECTOR_PATH}events`;
const ASK = `${INSPECTOR_PATH}ask`;
const MAX_STREAMS = 16;

/** The request for a stream, on a connection of its own. */
async function begin(port: number, fields = '', line = `GET ${EVENTS} HTTP/1.1`): Promise<RawConnection> {
  const connection = await raw(port);
  return connection.send(`${line}\r\nHost: 127.0.0.1:${port}\r\n${fields}\r\n`);
}

/** A stream that has told its id and what there is. */
class Streamed implements Disposable {
  readonly connection: RawConnection;
  readonly #port: number;
  id = '';

  private constructor(connection: RawConnection, port: number) {
    this.connection = connection;
    this.#port = port;
  }

  static async open(port: number, fields = '', line?: string): Promise<Streamed> {
    const streamed = new Streamed(await begin(port, fields, line), port);
    await streamed.next('hello');
    streamed.id = /^event: stream\ndata: (\S+)$/m.exec(streamed.text)?.[1] ?? '';
    return streamed;
  }

  get text(): string {
    return this.connection.received.toString();
  }

  get told(): FromServer[] {
    return [...this.text.matchAll(/^data: (\{.*\})\n\n/gm)].map(
      ([, json]) => JSON.parse(json!) as FromServer,
    );
  }

  async next<Type extends FromServer['type']>(type: Type): Promise<Extract<FromServer, { type: Type }>> {
    for (;;) {
      const found = this.told.find((one) => one.type === type);
      if (found !== undefined) return found as never;
      await this.connection.until(this.connection.received.length + 1);
    }
  }

  ask(asked: FromWatcher | string, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}${ASK}`, {
      method: 'POST',
      headers: { 'handfast-stream': this.id, ...fields },
      body: typeof asked === 'string' ? asked : JSON.stringify(asked),
    });
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }
}

describe('a stream', () => {
  for (const version of ['1.0', '1.1'])
    test(`over HTTP/${version}: what there is, then what is new; never kept, never held back`, async () => {
      await using own = await watched();
      const line = `GET ${EVENTS}?any HTTP/${version}`;
      using streamed = await Streamed.open(own.server.port, 'Accept: text/event-stream\r\n', line);
      const [head = ''] = streamed.text.split('\r\n\r\n');
      assert.match(head, /^HTTP\/1\.1 200 /);
      for (const field of [
        /^content-type: text\/event-stream$/im,
        /^cache-control: no-store$/im,
        /^x-accel-buffering: no$/im,
        /^content-security-policy: default-src 'self';.*frame-ancestors 'none'/im,
        /^cross-origin-resource-policy: same-origin$/im,
      ])
        assert.match(head, field);
      assert.doesNotMatch(head, /access-control/i);
      const { rows } = await streamed.next('hello');
      assert.equal(
        rows.some(({ watcher }) => watcher === true),
        true,
        'who watches by a socket is there',
      );
      await assert.rejects(connect(`${own.url}/chat`, { origin: 'https://staging.example' }));
      const news = await streamed.next('rows');
      assert.equal(news.rows.at(-1)?.code, 'ORIGIN_REJECTED');
      await streamed.next('overview');
      await streamed.next('groups');
    });

  test('an act is answered on it, and what it has paused goes on when it ends', async () => {
    await using own = await watched({}, { actions: true });
    const client = await connect(`${own.url}/chat`);
    const { id, at } = await own.row(({ target }) => target === '/chat');
    using acts = hear(trace.acts);
    const streamed = await Streamed.open(own.server.port);
    await streamed.ask({ type: 'act', ask: 3, id, at, action: { do: 'pause' } });
    const { ask: asked, denied } = await streamed.next('did');
    assert.deepEqual([asked, denied], [3, undefined]);
    await own.row((row) => row.id === id && row.connection?.held === true);
    streamed[Symbol.dispose]();
    await own.row((row) => row.id === id && row.connection?.held === undefined);
    assert.deepEqual(
      acts.all.map(({ act, by }) => [act, by]),
      [
        ['pause', '127.0.0.1'],
        ['resume', '127.0.0.1'],
      ],
    );
    client.terminate();
  });

  test('what is asked is answered on it: a detail, frames, an archive; and nobody else hears of it', async () => {
    await using own = await watched();
    using streamed = await Streamed.open(own.server.port);
    using other = await Streamed.open(own.server.port);
    assert.notEqual(streamed.id, other.id);
    assert.ok(Buffer.from(streamed.id, 'base64url').length >= 16, 'nobody guesses it');
    const connection = await connect(`${own.url}/chat`);
    const { id } = await own.row(({ target }) => target === '/chat');
    const { status, headers } = await streamed.ask({ type: 'detail', id });
    assert.deepEqual([status, headers.get('cache-control')], [202, 'no-store']);
    assert.equal((await streamed.next('detail')).detail?.row.target, '/chat');
    await streamed.ask({ type: 'frames', id });
    assert.deepEqual((await streamed.next('frames')).frames, []);
    streamed.connection.take();
    await connection.send('hello');
    assert.equal((await streamed.next('frames')).frames[0]?.direction, 'in');
    await streamed.ask({ type: 'har', ids: [id] });
    assert.match(JSON.stringify((await streamed.next('har')).har), /\/chat/);
    assert.equal(
      other.told.some(({ type }) => type === 'detail' || type === 'frames' || type === 'har'),
      false,
    );
    await connection.close();
  });

  test('what is no question is not heard; what is too long, of no stream, or by another method is refused', async () => {
    await using own = await watched();
    using streamed = await Streamed.open(own.server.port);
    for (const nothing of ['', 'null', '[]', '{"type":"detail"}', '{"type":"rm"}', '{'])
      assert.equal((await streamed.ask(nothing)).status, 202);
    assert.equal((await streamed.ask('x'.repeat(16_384))).status, 202);
    assert.equal((await streamed.ask('x'.repeat(16_385))).status, 413);
    assert.equal((await streamed.ask('x'.repeat(1_000_000))).status, 413);
    for (const id of ['', 'none', '__proto__', `${streamed.id}x`])
      assert.equal((await streamed.ask('{}', { 'handfast-stream': id })).status, 404);
    const url = `http://127.0.0.1:${own.server.port}`;
    for (const [path, method, allow] of [
      [EVENTS, 'POST', 'GET'],
      [EVENTS, 'HEAD', 'GET'],
      [ASK, 'GET', 'POST'],
      [ASK, 'OPTIONS', 'POST'],
    ] as const) {
      const { status, headers } = await fetch(`${url}${path}`, { method });
      assert.deepEqual([status, headers.get('allow')], [405, allow], `${method} ${path}`);
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
    assert.equal(
      streamed.told.some(({ type }) => type === 'detail'),
      false,
    );
  });

  test('over HTTP/2', async () => {
    const inspector = inspect();
    const server = createServer({ port: 0, http2: true, tls: certificate(), inspect: inspector });
    const over = await session((await server.ready).port);
    try {
      const stream = over.request({ ':path': EVENTS });
      const [headers] = await once(stream, 'response');
      assert.deepEqual([headers[':status'], headers['content-type']], [200, 'text/event-stream']);
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
      const until = async (mark: RegExp) => {
        while (!mark.test(text)) await once(stream, 'data', { signal: AbortSignal.timeout(20_000) });
        return mark.exec(text)!;
      };
      await until(/"type":"hello"/);
      const [, id] = await until(/^event: stream\ndata: (\S+)\n/);
      const asking = { ':method': 'POST', ':path': ASK, 'handfast-stream': id };
      assert.equal((await ask(over, asking, '{"type":"detail","id":99}')).status, 202);
      await until(/"type":"detail","id":99\}/);
      const ended = once(stream, 'end');
      await server.drain();
      await ended;
      assert.equal(stream.rstCode, 0);
    } finally {
      over.destroy();
      inspector.close();
      await server.close({ deadlineMs: 0 });
    }
  });
});

describe('who gets one', () => {
  /** Head and body, without the time of day. */
  const answer = async (port: number, fields: string, line?: string) => {
    using connection = await begin(port, `${fields}Connection: close\r\n`, line);
    return (await connection.ending()).text.replace(/^Date: .*\r\n/im, '');
  };
  const posted = `POST ${ASK} HTTP/1.1`;

  test('without a token this machine, by its own name', async () => {
    await using own = await watched();
    const { port } = own.server;
    for (const fields of ['X-Forwarded-For: ::1\r\n', 'Via: 1.1 proxy\r\n']) {
      assert.match(await answer(port, fields), /^HTTP\/1\.1 403 .*\r\n\r\nWithout a token/s);
      assert.match(await answer(port, fields, posted), /^HTTP\/1\.1 403 /);
    }
    using connection = await raw(port);
    connection.send(`GET ${EVENTS} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    assert.match((await connection.ending()).text, /^HTTP\/1\.1 403 /);
  });

  test('with one whoever has it or its cookie; wrong ones are counted', async () => {
    await using own = await watched({}, { token: TOKEN });
    const { port } = own.server;
    assert.match(await answer(port, ''), /^HTTP\/1\.1 401 /);
    assert.doesNotMatch(await answer(port, ''), /<form|data:/);
    assert.match(await answer(port, '', posted), /^HTTP\/1\.1 401 /);
    const cookie = new Access(TOKEN).cookie(false).split(';')[0];
    for (const fields of [`Authorization: Bearer ${TOKEN}\r\n`, `Cookie: ${cookie}\r\n`]) {
      using streamed = await Streamed.open(port, fields);
      assert.equal((await streamed.ask({ type: 'unwatch' })).status, 401, 'the id alone is not enough');
      assert.equal((await streamed.ask({ type: 'unwatch' }, { cookie: `${cookie}` })).status, 202);
    }
    for (let count = 0; count < 10; count += 1)
      await answer(port, `Authorization: Bearer wrong-${count}\r\n`);
    assert.match(
      await answer(port, `Authorization: Bearer ${TOKEN}\r\n`),
      /^HTTP\/1\.1 429 .*Retry-After: 60/is,
    );
  });

  test("another site's page gets none, and cannot tell whether its visitor may watch", async () => {
    await using own = await watched({}, { token: TOKEN });
    const { port } = own.server;
    const cookie = `Cookie: ${new Access(TOKEN).cookie(false).split(';')[0]}\r\n`;
    using streamed = await Streamed.open(port, `${cookie}Sec-Fetch-Site: same-origin\r\n`);
    for (const fields of [
      'Sec-Fetch-Site: cross-site\r\n',
      'Sec-Fetch-Site: same-site\r\n',
      'Sec-Fetch-Site: none\r\n',
      'Origin: https://evil.example\r\n',
      `Origin: http://127.0.0.1:${port + 1}\r\n`,
      'Origin: null\r\n',
    ]) {
      const stranger = await answer(port, fields);
      assert.match(stranger, /^HTTP\/1\.1 403 .*\r\nCross-Origin-Resource-Policy: same-origin\r\n/is);
      assert.equal(await answer(port, `${cookie}${fields}`), stranger);
      assert.equal(
        await answer(port, `${cookie}${fields}Handfast-Stream: ${streamed.id}\r\n`, posted),
        stranger,
      );
    }
  });

  test('so many at once, and one more when one has ended', async () => {
    await using own = await watched();
    const { port } = own.server;
    // What waits behind another answer is none: that its watcher has gone, nobody would tell.
    const pipelined = await Streamed.open(port);
    pipelined.connection.send(`GET ${EVENTS} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(MAX_STREAMS));
    const streams: Streamed[] = [pipelined];
    while (streams.length < MAX_STREAMS) streams.push(await Streamed.open(port));
    assert.match(await answer(port, ''), /^HTTP\/1\.1 503 .*Retry-After: 60/is);
    pipelined[Symbol.dispose]();
    // Its end has to arrive first.
    let status = 0;
    while (status !== 200) status = (await fetch(`http://127.0.0.1:${port}${EVENTS}`)).status;
    for (const stream of streams) stream[Symbol.dispose]();
  });
});

describe('its end', () => {
  test('a server that closes, or drains, ends it in order, and gives no other', async () => {
    for (const end of ['close', 'drain'] as const) {
      await using own = await watched();
      using streamed = await Streamed.open(own.server.port);
      await own.server[end]({ windowMs: 0 });
      await streamed.connection.until('\r\n0\r\n\r\n');
      if (end === 'close') continue;
      const { status, headers } = await fetch(`http://127.0.0.1:${own.server.port}${EVENTS}`);
      assert.deepEqual([status, headers.get('retry-after')], [503, '5']);
    }
  });

  test("on a user's server too, which then can close, also where a watcher takes nothing", async () => {
    const http = createHttp((_, response) => response.end());
    const inspector = inspect();
    const server = createServer({ server: http, path: '/ws', inspect: inspector });
    await once(http.listen(0, '127.0.0.1'), 'listening');
    await server.ready;
    const { port } = server;
    await assert.rejects(connect(`ws://127.0.0.1:${port}/none`));
    await assert.rejects(connect(`ws://127.0.0.1:${port}/ws`, { origin: 'https://staging.example' }));
    using quick = await Streamed.open(port);
    using stuck = await Streamed.open(port);
    stuck.connection.socket.pause();
    const { rows } = await quick.next('hello');
    const ids = Array(1000).fill(rows[0]!.id);
    for (let count = 0; count < 20; count += 1) await stuck.ask({ type: 'har', ids });
    await server.close();
    await quick.connection.until('\r\n0\r\n\r\n');
    inspector.close();
    await new Promise((resolve) => http.close(resolve));
  });

  test('a watcher that takes nothing misses what comes meanwhile; the newest reaches it later', async () => {
    await using own = await watched();
    await assert.rejects(connect(`${own.url}/chat`, { origin: 'https://staging.example' }));
    const { id } = await own.row(({ code }) => code === 'ORIGIN_REJECTED');
    using streamed = await Streamed.open(own.server.port);
    const { socket } = streamed.connection;
    socket.pause();
    const ids = Array(1000).fill(id);
    const asked = 60;
    for (let count = 0; count < asked; count += 1) await streamed.ask({ type: 'har', ids });
    streamed.connection.take();
    let archives = 0;
    let isLast = false;
    let rest = '';
    socket.on('data', (part: Buffer) => {
      const text = rest + part.toString('latin1');
      archives += text.split('data: {"type":"har"').length - 1;
      isLast ||= text.includes('"type":"detail"');
      rest = text.slice(-20);
      streamed.connection.take();
    });
    socket.resume();
    while (!isLast) {
      await streamed.ask({ type: 'detail', id });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(archives > 0 && archives < asked, `${archives} of ${asked}`);
  });

  test('one that takes nothing of what waits is cut; to be quiet is no fault', async () => {
    const inspector = inspect();
    const streams = new Streams(inspector.feed, new Access(undefined), 100);
    const { signal } = new AbortController();
    const http = createHttp((request, response) => {
      if (!streams.answer(request, response, signal)) response.end();
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const server = await createServer({ port: 0, path: '/ws' }).ready;
    await assert.rejects(connect(`ws://127.0.0.1:${server.port}/none`));
    using quiet = await Streamed.open(portOf(http));
    using stuck = await Streamed.open(portOf(http));
    const [row] = (await stuck.next('hello')).rows;
    stuck.connection.socket.pause();
    const ids = Array(1000).fill(row!.id);
    let status = 202;
    while (status === 202) ({ status } = await stuck.ask({ type: 'har', ids }));
    assert.equal(status, 404);
    assert.equal((await quiet.ask({ type: 'unwatch' })).status, 202);
    assert.equal(quiet.connection.end, 'open');
    inspector.close();
    http.closeAllConnections();
    await Promise.all([new Promise((resolve) => http.close(resolve)), server.close()]);
  });
});

describe('a WebSocket of the inspector that is broken on its way', () => {
  const stripped = (port: number) =>
    `GET ${INSPECTOR_PATH}feed HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const lose = async (port: number) => {
    using connection = await raw(port);
    assert.match((await connection.send(stripped(port)).ending()).text, /^HTTP\/1\.1 426 /);
  };

  test('is a row that says whose it is, and in no figure and no group', async () => {
    await using own = await watched();
    await own.next('overview');
    await lose(own.server.port);
    const row = await own.row(({ outcome }) => outcome === 'broken');
    assert.deepEqual([row.watcher, row.code], [true, 'PROXY_UPGRADE_STRIPPED']);
    const { overview } = await own.next('overview');
    assert.equal(overview.refusedPerSecond, 0);
    assert.deepEqual((await own.next('groups')).groups, []);
  });

  test('is kept while nobody watches, however much else fails: whoever opens the page finds it', async () => {
    const inspector = inspect({ samplesPerSecond: 0.05 });
    await using server = await createServer({ port: 0, path: '/chat', inspect: inspector }).ready;
    for (let count = 0; count < 10; count += 1)
      await assert.rejects(connect(`${server.url}chat`, { origin: 'https://staging.example' }));
    for (let count = 0; count < 10; count += 1) await lose(server.port);
    using streamed = await Streamed.open(server.port);
    const { rows, groups } = await streamed.next('hello');
    assert.deepEqual(
      groups.map(({ count }) => count),
      [10],
    );
    assert.equal(rows.filter(({ watcher }) => watcher === true).length, 3, 'and no flood of it');
    inspector.close();
  });
});
