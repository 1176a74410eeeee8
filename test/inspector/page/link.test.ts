// By which way the page is told, with the time advanced by hand: when a stream takes the place of a socket, when a socket is tried again,
// and that nothing is lost between them. In a browser: `page.test.ts`, and `test/e2e/inspector-stripped.test.ts`.
import assert from 'node:assert/strict';
import { beforeEach, type TestContext, test } from 'node:test';
import { Carrier, type Hearer } from '../../../src/inspector/page/state/carrier.js';
import { Link, type LinkNow, type Way } from '../../../src/inspector/page/state/link.js';
import { Questions } from '../../../src/inspector/page/state/questions.js';
import type { FromServer, FromWatcher } from '../../../src/inspector/protocol.js';

/** What was opened, oldest first. */
let all: Made[] = [];

class Made extends Carrier {
  readonly way: Way;
  readonly sent: FromWatcher[] = [];
  isClosed = false;

  constructor(way: Way, hearer: Hearer) {
    super(hearer);
    this.way = way;
    all.push(this);
  }

  send(message: FromWatcher): void {
    this.sent.push(message);
  }

  protected end(): void {
    this.isClosed = true;
  }

  open(): void {
    this.opened();
  }

  tell(type: string): void {
    this.heard(JSON.stringify({ type }));
  }

  /** It opens and brings what there is. */
  succeed(): void {
    this.open();
    this.tell('hello');
  }

  fail(): void {
    this.lost();
  }
}

const newest = () => all.at(-1)!;
const ways = () => all.map(({ way }) => way).join(' ');

beforeEach((t) => {
  all = [];
  const { mock } = t as TestContext;
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  mock.method(Math, 'random', () => 0.5);
});

function linked() {
  const states: LinkNow[] = [];
  const messages: FromServer[] = [];
  const listener = {
    onstate: (now: LinkNow) => void states.push(now),
    onmessage: (message: FromServer) => void messages.push(message),
  };
  const link = new Link((way, hearer) => new Made(way, hearer), listener);
  return { link, now: () => states.at(-1), count: () => messages.length };
}

/** All that could be opened by then, and nothing of it works. */
function failUntil(t: TestContext, isIt: () => boolean): void {
  for (let tries = 0; !isIt(); tries += 1) {
    assert.ok(tries < 20, ways());
    newest().fail();
    t.mock.timers.tick(10_000);
  }
}

const byStream = (t: TestContext) => {
  const made = linked();
  failUntil(t, () => newest().way === 'stream');
  newest().succeed();
  return { ...made, stream: newest() };
};

test('after two sockets in vain a stream, which is as live', (t) => {
  const { now, count } = byStream(t);
  assert.equal(ways(), 'socket socket stream');
  assert.deepEqual([now(), count()], [{ state: 'live', way: 'stream' }, 1]);
});

test('a socket that was live is opened again as a socket', (t) => {
  const { now } = linked();
  newest().succeed();
  assert.deepEqual(now(), { state: 'live', way: 'socket' });
  newest().fail();
  assert.equal(now()?.state, 'lost');
  t.mock.timers.tick(10_000);
  newest().succeed();
  assert.equal(ways(), 'socket socket');
});

test('where neither opens each is tried in turn, ever later', (t) => {
  linked();
  failUntil(t, () => all.length === 7);
  assert.equal(ways(), 'socket socket stream socket stream socket stream');
});

test('a stream that is lost is opened again as one; a server that was away has its socket again', (t) => {
  const { stream } = byStream(t);
  stream.fail();
  t.mock.timers.tick(10_000);
  assert.equal(newest().way, 'stream');
  newest().fail();
  t.mock.timers.tick(10_000);
  assert.equal(newest().way, 'socket');
  newest().succeed();
});

test('beside a stream a socket is tried, at last every ten minutes; the one that opens takes its place', (t) => {
  const { link, now, stream } = byStream(t);
  const tried: number[] = [];
  for (let seconds = 1; seconds <= 7200; seconds += 1) {
    t.mock.timers.tick(1000);
    stream.tell('overview');
    if (newest() === stream || newest().isClosed) continue;
    tried.push(seconds);
    newest().fail();
  }
  assert.deepEqual(tried.slice(0, 6), [15, 45, 105, 225, 465, 945]);
  assert.ok(tried.length < 20, `${tried.length} in two hours`);
  assert.deepEqual([now(), stream.isClosed], [{ state: 'live', way: 'stream' }, false]);
  link.hurry();
  const socket = newest();
  assert.equal(socket.way, 'socket');
  socket.succeed();
  assert.deepEqual([now(), stream.isClosed], [{ state: 'live', way: 'socket' }, true]);
  link.send({ type: 'detail', id: 7 });
  assert.deepEqual(socket.sent, [{ type: 'detail', id: 7 }]);
});

test('what neither opens nor fails is given up after 5 s; what opens and says nothing, after 15 s', (t) => {
  const { now } = linked();
  t.mock.timers.tick(4999);
  assert.equal(now()?.state, 'opening');
  newest().open();
  t.mock.timers.tick(14_999);
  assert.equal(now()?.state, 'opening');
  t.mock.timers.tick(1);
  assert.deepEqual([now()?.state, newest().isClosed], ['lost', true]);
  t.mock.timers.tick(10_000);
  assert.equal(all.length, 2);
  t.mock.timers.tick(5000);
  assert.equal(newest().isClosed, true);
});

test('questions arrive in their order, each after the answer to the one before, and again where nobody knew them', async () => {
  const asked: string[] = [];
  const statuses = [202, 404, 202, 404, 404, 404, 404, 404, 202];
  let open = 0;
  const questions = new Questions(async (body) => {
    open += 1;
    asked.push(body);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    assert.equal(open, 0);
    if (body === 'fails') throw new TypeError('Failed to fetch');
    return statuses.shift()!;
  });
  for (const body of ['one', 'two', 'fails', 'nobody knows', 'last']) questions.ask(body);
  while (statuses.length > 0) await new Promise((resolve) => setImmediate(resolve));
  const five = Array<string>(5).fill('nobody knows');
  assert.deepEqual(asked, ['one', 'two', 'two', 'fails', ...five, 'last']);
});
