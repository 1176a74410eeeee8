// The client simulation: the rules say of every answer that was measured what the clients did with it, word for word, and reproduce the
// table of 27 answers. What the clients did is recorded; those two that are installed here are asked again.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { WebSocket as UndiciWebSocket } from 'undici';
import { WebSocket } from 'ws';
import { catalogue } from '../../src/catalogue.js';
import { type ClientVerdict, simulateClients } from '../../src/forensics/clients.js';
import { acceptFor } from '../../src/handshake/key.js';
import { printable } from '../../src/reason.js';
import { root } from '../support/needs.js';
import { KEY, MEASURED, type Measured } from './measured-answers.js';

/** True: opened; null: silence; a text: what it said, empty where it said nothing that tells the cause. */
type Did = true | null | string | { readonly message: string; readonly cause: string };

const did: Readonly<Record<string, Readonly<Record<string, Did>>>> = JSON.parse(
  readFileSync(new URL('test/forensics/measured-answers.json', root), 'utf8'),
);

/** What they sent differs in what no answer depends on, but for compression, which gorilla does not offer. */
function simulate({ head, interim, subprotocols }: Measured): ClientVerdict[] {
  const asked = subprotocols.length > 0 ? `Sec-WebSocket-Protocol: ${subprotocols.join(', ')}\r\n` : '';
  const request = `GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: ${KEY}\r\n${asked}\r\n`;
  return simulateClients({ head, interim }, request);
}

describe('as measured', () => {
  assert.deepEqual(Object.keys(did), Object.keys(MEASURED));
  for (const [name, answer] of Object.entries(MEASURED)) {
    test(name, () => {
      const verdicts = simulate(answer);
      assert.deepEqual(
        verdicts.map(({ client }) => client),
        Object.keys(did[name]!),
      );
      for (const { client, outcome, message, cause, code } of verdicts) {
        const really = did[name]![client]!;
        const told = outcome === 'accepts' ? true : outcome === 'hangs' ? null : (message ?? '');
        if (typeof really === 'string') assert.equal(told, printable(really, 300), client);
        else if (really === null || really === true) assert.equal(told, really, client);
        else assert.deepEqual({ message, cause }, { ...really, cause: printable(really.cause, 300) }, client);
        if (outcome === 'accepts') assert.equal(code, undefined, client);
        else if (name !== 'wsVersion8') assert.ok(catalogue.has(code!), `${client}: ${code}`);
      }
    });
  }
});

/** Measured before, independently. Opens, refuses, hangs. */
const TABLE = `
                   chrome firefox ws undici bun deno python
acceptWrong         ✗      ✗     ✗    ✗    ✗    ✓    ✗
acceptMissing       ✗      ✗     ✗    ✗    ✗    ✓    ✗
acceptTwice         ✗      ✗     ✗    ✗    ✓    ✓    ✗
upgradeMissing      ✗      ✗     ✗    …    ✗    ✗    ✗
upgradeWrong        ✗      ✗     ✗    ✗    ✗    ✗    ✗
upgradeCase         ✓      ✓     ✓    ✓    ✓    ✓    ✓
connMissing         ✗      ✗     ✗    …    ✗    ✗    ✗
connClose           ✗      ✗     ✗    …    ✗    ✗    ✗
connKA              ✓      ✓     ✓    ✗    ✓    ✗    ✓
http10              ✓      ✗     ✓    ✓    ✓    ✓    ✗
noReason            ✓      ✓     ✓    ✓    ✓    ✓    ✗
lfOnly              ✓      ✓     ✗    ✗    ✓    ✓    ✗
clen                ✓      ✓     ✓    ✓    ✓    ✓    ✓
te                  ✓      ✓     ✓    ✓    ✓    ✓    ✓
s100                ✗      ✓     ✓    ✗    ✓    ✓    ✗
s103                ✗      ✓     ✓    ✓    ✓    ✓    ✗
huge                ✗      ✓     ✗    ✗    ✗    ✓    ✗
extFoo              ✗      ✗     ✗    ✗    ✗    ✓    ✗
pmdDup              ✗      ✗     ✓    ✗    ✗    ✓    ✗
pmdBits16           ✗      ✗     ✗    ✓    ✗    ✓    ✗
pmdUnknown          ✗      ✗     ✗    ✓    ✗    ✓    ✗
pmdClientNoVal      ✗      ✗     ✗    ✓    ✗    ✓    ✗
protoUnsolicited    ✗      ✓     ✗    ✗    ✗    ✓    ✗
protoMissing        ✗      ✓     ✗    ✗    ✗    ✓    ✓
protoOther          ✗      ✗     ✗    ✗    ✗    ✓    ✗
protoTwo            ✗      ✗     ✗    ✗    ✗    ✓    ✗
protoCase           ✗      ✗     ✗    ✗    ✗    ✓    ✗`;

const SIGNS = { accepts: '✓', refuses: '✗', hangs: '…' } as const;

describe('the table of 27 answers', () => {
  const [clients, ...rows] = TABLE.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  assert.equal(rows.length, 27);
  for (const [name, ...signs] of rows) {
    test(name!, () => {
      const verdicts = simulate(MEASURED[name!]!).filter(({ client }) => clients!.includes(client));
      assert.deepEqual(
        verdicts.map(({ outcome }) => SIGNS[outcome]),
        signs,
      );
    });
  }
});

test('undici is told to leave its close event out, but not where it opens or hangs', () => {
  const note = (name: string) => simulate(MEASURED[name]!).find(({ client }) => client === 'undici')?.note;
  assert.match(note('acceptWrong')!, /close event never comes/);
  assert.deepEqual([note('good'), note('connMissing')], [undefined, undefined]);
});

test('codes tell one fault from another', () => {
  const codeOf = (name: string, client: string) =>
    simulate(MEASURED[name]!).find((each) => each.client === client)?.code;
  const rows: readonly (readonly [string, string, string])[] = [
    ['connKA', 'deno', 'RESP_CONNECTION_LIST'],
    ['connClose', 'deno', 'RESP_CONNECTION_WRONG'],
    ['connMissing', 'undici', 'RESP_CONNECTION_MISSING'],
    ['acceptTwice', 'ws', 'RESP_ACCEPT_REPEATED'],
    ['acceptMissing', 'bun', 'RESP_ACCEPT_MISSING'],
    ['http10', 'firefox', 'HTTP_VERSION_10'],
    ['noReason', 'python', 'HTTP_STATUS_LINE'],
    ['lfOnly', 'ws', 'HTTP_BARE_LF'],
    ['s103', 'chrome', 'HTTP_INTERIM'],
    ['huge', 'chrome', 'HTTP_HEAD_TOO_LARGE'],
    ['pmdBits16', 'ws', 'EXT_PARAM_INVALID'],
    ['pmdUnknown', 'chrome', 'EXT_PARAM_UNKNOWN'],
    ['pmdClientNoVal', 'firefox', 'EXT_CLIENT_BITS'],
    ['pmdDup', 'python', 'EXT_DUPLICATE'],
    ['extFoo', 'bun', 'EXT_UNSOLICITED'],
    ['protoCase', 'ws', 'PROTO_CASE'],
    ['protoTwo', 'chrome', 'PROTO_MULTIPLE'],
    ['protoMissing', 'undici', 'PROTO_NOT_SELECTED'],
  ];
  for (const [name, client, code] of rows) assert.equal(codeOf(name, client), code, `${name} ${client}`);
});

test('Go does not answer for a compression that it would not have offered', () => {
  const request = `GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`;
  const verdicts = simulateClients(MEASURED.pmdOk!, request);
  assert.deepEqual([...new Set(verdicts.map(({ outcome }) => outcome))], ['accepts']);
});

describe('without the request', () => {
  const outcomes = (name: string) =>
    new Set(simulateClients(MEASURED[name]!, '').map(({ outcome }) => outcome));
  for (const name of ['good', 'acceptWrong', 'protoOk', 'pmdOk']) {
    test(`${name} counts as right`, () => assert.deepEqual([...outcomes(name)], ['accepts']));
  }
  test('what is wrong alone is still found', () => {
    assert.deepEqual([...outcomes('upgradeWrong')], ['refuses']);
    // Deno does not look.
    assert.deepEqual([...outcomes('acceptMissing')], ['refuses', 'accepts']);
  });
});

test('nothing at all is refused by everybody, and nothing throws', () => {
  for (const head of ['', '\r\n', ':', 'HTTP/1.1', 'HTTP/1.1 101', '\0', 'HTTP/1.1 101 \r\n:\r\n \r\n\r\n']) {
    const verdicts = simulateClients({ head, interim: [head] }, head);
    assert.ok(
      verdicts.length === 8 && verdicts.every(({ outcome }) => outcome !== 'accepts'),
      JSON.stringify(head),
    );
  }
});

describe('those that are installed here still do the same', () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(
      socket.on('error', () => {}).once('data', (data) => answerTo(socket, data.toString('latin1'))),
    );
  });
  before(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  /** The path names the answer; its accept value is made for the key that came. */
  function answerTo(socket: Socket, request: string): void {
    const { head, interim } = MEASURED[/^GET \/(\w+)/.exec(request)![1]!]!;
    const key = /^sec-websocket-key: (\S+)/im.exec(request)![1]!;
    socket.write([...interim, head].join('').replaceAll(acceptFor(KEY), acceptFor(key)), 'latin1');
  }

  const opens = (client: string, name: string) =>
    new Promise<boolean>((resolve) => {
      const { port } = server.address() as AddressInfo;
      const make = client === 'ws' ? WebSocket : UndiciWebSocket;
      const socket = new make(`ws://127.0.0.1:${port}/${name}`, [...MEASURED[name]!.subprotocols]);
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
    });

  for (const client of ['ws', 'undici']) {
    test(client, async () => {
      for (const [name, answers] of Object.entries(did)) {
        const really = answers[client];
        // Of silence nothing can be seen without waiting.
        if (really === null) continue;
        assert.equal(await opens(client, name), really === true, name);
      }
    });
  }
});
