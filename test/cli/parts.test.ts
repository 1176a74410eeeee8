// The parts below the commands: what is redacted, how lines are wrapped, how rooms and messages behave.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decode, encode } from '../../src/cli/chat/encoding.js';
import { bounds, type FromServer, parse } from '../../src/cli/chat/messages.js';
import { Rooms } from '../../src/cli/chat/rooms.js';
import { columns, Terminal, terminalFor } from '../../src/cli/terminal.js';
import { closeCode } from '../../src/forensics/close-codes.js';
import { findExchanges } from '../../src/forensics/paste.js';
import { redacted, scrub, showTarget, showValue } from '../../src/forensics/redact.js';

describe('redact', () => {
  const secret = 'hunter2hunter2';
  for (const [name, value] of [
    ['Authorization', `Bearer ${secret}`],
    ['Proxy-Authorization', secret],
    ['Cookie', `a=${secret}; b=${secret}`],
    ['Set-Cookie', `a=${secret}; Path=/`],
    ['X-Api-Key', secret],
    ['X-Auth-Token', secret],
    ['Referer', `https://user:${secret}@example.com/?session=${secret}`],
    ['Sec-WebSocket-Protocol', 'bearer, eyJhbGciOiJIUzI1NiJ9.hunter2hunter2.c2ln'],
  ] as const) {
    test(name, () => {
      const shown = showValue(name, value);
      assert.doesNotMatch(shown, /hunter2/);
      assert.match(shown, /‹redacted [0-9a-f]{4}›/);
    });
  }

  test('query values with telling names, and tokens under any name', () => {
    for (const name of [
      'token',
      'access_token',
      'ticket',
      'sig',
      'api_key',
      'apikey',
      'jwt',
      'se%73sion',
      'password',
    ]) {
      assert.doesNotMatch(showTarget(`/ws?${name}=${secret}&room=42`), /hunter2/, name);
    }
    assert.doesNotMatch(scrub('/ws?x=a8f9k2j4h5g6f7d8s9a0q'), /a8f9k2/);
    assert.equal(showTarget('/room/42?attempt=123456789-987654321'), '/room/42?attempt=123456789-987654321');
    assert.equal(
      showValue('Sec-WebSocket-Protocol', 'graphql-transport-ws, v12.stomp'),
      'graphql-transport-ws, v12.stomp',
    );
  });

  test('the mark is stable and differs between secrets', () => {
    assert.equal(redacted('one'), redacted('one'));
    assert.notEqual(redacted('one'), redacted('two'));
  });
});

describe('terminal', () => {
  test('no wrapped line is too wide, and no word is lost', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 40, max: 130 }),
        (text, width) => {
          const clean = text.replace(/[\p{C}\p{Z}\p{M}]+/gu, ' ').trim();
          const lines = new Terminal({ width, ascii: false, colour: false }).wrap(clean, width, 4);
          for (const line of lines) assert.ok(columns(line) <= width);
          assert.equal(lines.join('').replace(/ /g, ''), clean.replace(/ /g, ''));
        },
      ),
    );
  });

  test('wide characters take two columns, combining marks none', () => {
    assert.equal(columns('日本'), 4);
    assert.equal(columns('e\u0301'), 1);
    assert.equal(columns('👋'), 2);
  });

  test('what the environment asks for', () => {
    const tty = { isTTY: true, columns: 90 };
    assert.deepEqual(
      [terminalFor(tty, { LANG: 'en_GB.UTF-8' }, false), terminalFor({}, {}, false)].map(
        ({ width, ascii, colour }) => ({ width, ascii, colour }),
      ),
      [
        { width: 90, ascii: false, colour: true },
        { width: 100, ascii: true, colour: false },
      ],
    );
    assert.equal(terminalFor(tty, { NO_COLOR: '1' }, false).colour, false);
    assert.equal(terminalFor(tty, { TERM: 'dumb' }, false).colour, false);
    assert.equal(terminalFor(tty, { COLUMNS: '72' }, false).width, 72);
  });
});

describe('paste', () => {
  test('several exchanges and interim answers', () => {
    const text =
      'GET /a HTTP/1.1\nHost: a\n\nHTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 302 Found\nLocation: /b\n\nbody\n\nGET /b HTTP/1.1\nHost: a\n';
    const [first, second, ...more] = findExchanges(text);
    assert.equal(more.length, 0);
    assert.deepEqual(
      [first!.request!.head.target, first!.interim.length, first!.response!.head.status],
      ['/a', 1, 302],
    );
    assert.equal(first!.response!.body, 'body');
    assert.equal(second!.request!.head.target, '/b');
    assert.equal(second!.response, undefined);
  });

  test('copied fields without their first line', () => {
    const [exchange] = findExchanges('Host: a\r\nUpgrade: websocket\r\n');
    assert.equal(exchange!.request!.raw, undefined);
    const [answer] = findExchanges('Upgrade: websocket\nSec-WebSocket-Accept: x\n');
    assert.equal(answer!.response!.head.fields.get('sec-websocket-accept'), 'x');
  });

  test('anything else is none, and nothing throws', () => {
    assert.deepEqual(findExchanges('hello\nworld'), []);
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void findExchanges(text)));
  });
});

describe('close codes', () => {
  test('1000 to 4999 have a meaning, others none', () => {
    for (let code = 0; code < 6000; code++)
      assert.equal(closeCode(code) !== undefined, code >= 1000 && code < 5000);
    for (const code of [1005, 1006, 1015]) assert.equal(closeCode(code)!.isSent, false);
  });
});

describe('chat messages', () => {
  const problem = (value: unknown) => {
    const parsed = parse(value);
    return parsed.ok ? undefined : parsed.problem.code;
  };

  test('names and texts are bounded and cleaned', () => {
    assert.deepEqual(parse({ type: 'join', name: '  Ada\u0000\n Lovelace ', extra: 1 }), {
      ok: true,
      message: { type: 'join', name: 'Ada Lovelace' },
    });
    assert.deepEqual(parse({ type: 'say', text: ' a\n\tb\u202e ' }), {
      ok: true,
      message: { type: 'say', text: 'a\n\tb' },
    });
    assert.equal(problem({ type: 'join', name: 'x'.repeat(bounds.nameLength + 1) }), 'NAME_INVALID');
    assert.equal(problem({ type: 'join', name: '👋'.repeat(bounds.nameLength) }), undefined);
    assert.equal(problem({ type: 'join', name: ' \u0007 ' }), 'NAME_INVALID');
    assert.equal(problem({ type: 'say', text: 'x'.repeat(bounds.textLength + 1) }), 'TEXT_INVALID');
    assert.equal(problem({ type: 'say', text: 7 }), 'TEXT_INVALID');
    for (const value of [undefined, null, 7, 'join', [], {}, { type: 'leave' }])
      assert.equal(problem(value), 'NOT_A_MESSAGE');
  });

  test('both encodings carry the same, and garbage is nothing', () => {
    const message: FromServer = { type: 'problem', code: 'TOO_FAST', detail: 'ž' };
    const [json, msgpack] = [encode(message, 'json'), encode(message, 'msgpack')];
    assert.deepEqual([json.isText, msgpack.isText], [true, false]);
    assert.deepEqual(decode(Buffer.from(json.bytes).toString(), 'json'), message);
    assert.deepEqual(decode(msgpack.bytes, 'msgpack'), message);
    assert.equal(encode(message, 'json'), json, 'encoded once for all who speak it');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, text) => {
        parse(decode(bytes, 'msgpack'));
        parse(decode(text, 'json'));
        assert.equal(decode(bytes, 'json'), undefined);
        assert.equal(decode(text, 'msgpack'), undefined);
      }),
    );
  });
});

describe('rooms', () => {
  const guest = () => {
    const heard: FromServer[] = [];
    return { heard, deliver: (message: FromServer) => void heard.push(message) };
  };

  test('join, say, leave: everybody hears, the newcomer gets the state, names are unique', () => {
    const rooms = new Rooms();
    const [a, b] = [guest(), guest()];
    const room = rooms.enter('tea', a.deliver);
    assert.equal(rooms.enter('tea', b.deliver), room);
    const ada = room.join(a.deliver, 'Ada', 'json');
    room.say(ada, 'hello', 1000);
    const other = room.join(b.deliver, 'Ada', 'msgpack');
    assert.equal(other.name, 'Ada (2)');
    assert.deepEqual(
      b.heard.map((message) => message.type),
      ['arrived', 'said', 'joined'],
    );
    const joined = b.heard.at(-1)!;
    assert.ok(joined.type === 'joined' && joined.history.length === 1 && joined.members.length === 2);
    rooms.leave(room, b.deliver);
    assert.deepEqual(a.heard.at(-1), { type: 'left', member: other });
    rooms.leave(room, a.deliver);
    assert.equal(rooms.get('tea'), undefined);
  });

  test('history, members and rooms are bounded', () => {
    const rooms = new Rooms();
    const a = guest();
    const room = rooms.enter('tea', a.deliver);
    const ada = room.join(a.deliver, 'Ada', 'json');
    for (let count = 0; count < bounds.historyLength + 10; count++) room.say(ada, String(count), count);
    assert.equal(room.history.length, bounds.historyLength);
    assert.equal(room.history[0]!.text, '10');
    for (let count = 1; count < bounds.membersPerRoom; count++) rooms.enter('tea', guest().deliver);
    assert.equal(rooms.hasSpace('tea'), false);
    for (let count = 1; count < bounds.rooms; count++) rooms.enter(`room-${count}`, guest().deliver);
    assert.equal(rooms.hasSpace('one-more'), false);
    assert.equal(rooms.hasSpace('room-1'), true);
  });
});
