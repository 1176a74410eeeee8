// No secret is kept, told, exported or copied, wherever a peer puts it: in what was no head, in a cookie without a name, in what proxies
// say, in paths and origins of failures, in what a frame of any kind carries.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { connect } from '../../src/index.js';
import { Frames } from '../../src/inspector/frames.js';
import { Groups } from '../../src/inspector/groups.js';
import { keep } from '../../src/inspector/kept.js';
import type { FrameTrace, HandshakeTrace } from '../../src/trace.js';
import { watched } from './watched.js';

const SECRET = 's3cr3tT0k3n9876543210abcdef';
const TOKEN = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}`;
const UPGRADE = `Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==`.replace(/\r?\n/g, '\r\n');

const HEADS: Readonly<Record<string, string>> = {
  'a head with LF alone': `GET /chat?token=${SECRET} HTTP/1.1\nHost: a\n\n`,
  'a space before a colon': `GET /c HTTP/1.1\r\nAuthorization : Bearer ${SECRET}\r\n\r\n`,
  'a cookie before what is no field': `GET /c HTTP/1.1\r\nCookie: sid=${SECRET}\r\nHo st: a\r\n\r\n`,
  'a space in the target': `GET /ch at?token=${SECRET} HTTP/1.1\r\n${UPGRADE}\r\n\r\n`,
  'a cookie without a name': `GET /chat HTTP/1.1\r\n${UPGRADE}\r\nCookie: a=b; ${SECRET}\r\n\r\n`,
  'what a proxy says': `GET /chat HTTP/1.1\r\n${UPGRADE}\r\nForwarded: secret=${SECRET}\r\n\r\n`,
  'X-Forwarded-For': `GET /chat HTTP/1.1\r\n${UPGRADE}\r\nX-Forwarded-For: ${TOKEN}\r\n\r\n`,
  'a path': `GET /${TOKEN} HTTP/1.1\r\n${UPGRADE}\r\n\r\n`,
  'an origin': `GET /chat HTTP/1.1\r\n${UPGRADE}\r\nOrigin: https://u:${SECRET}@a.example\r\n\r\n`,
};

for (const [where, head] of Object.entries(HEADS)) {
  test(`a secret in ${where} is in nothing that is told`, async () => {
    await using own = await watched();
    const socket = connectTcp(own.server.port, '127.0.0.1').on('error', () => {});
    socket.write(head);
    await once(socket, 'data');
    socket.destroy();
    const { id } = await own.row(({ watcher }) => watcher === undefined);
    const detail = await own.detail(id);
    await own.next('groups');
    const all = JSON.stringify([own.told, detail, own.inspector.feed.har([id])]);
    assert.equal(all.includes(SECRET), false, all.slice(all.indexOf(SECRET) - 200).slice(0, 300));
    const octets = Buffer.from(detail?.firstOctets?.hex.replaceAll(' ', '') ?? '', 'hex').toString('latin1');
    assert.equal(octets.includes(SECRET.slice(0, 12)), false, octets);
  });
}

test('octets that hold no secret stay as they came', () => {
  const octets = Uint8Array.of(0x16, 3, 1, 0, 200, 255, 128, 61, 38, 0);
  const { firstOctets } = keep(1, garbled({ firstOctets: octets }), 'server');
  assert.deepEqual(firstOctets, octets);
});

test('the evidence of a failure is kept without its secret, and bounded', () => {
  const reason = {} as NonNullable<HandshakeTrace['rejection']>['reason'];
  const evidence = (field: string, seen: string) =>
    keep(1, garbled({ rejection: { reason, evidence: { field, seen } } }), '').rejection?.evidence.seen ?? '';
  assert.equal(evidence('Cookie', `sid=${SECRET}`).includes(SECRET), false);
  assert.equal(evidence('target', `/chat?ticket=${SECRET}`).includes(SECRET), false);
  assert.equal(evidence('Host', 'a'.repeat(16_000)).length, 1000);
});

function garbled(told: Partial<HandshakeTrace>): HandshakeTrace {
  const nothing = { method: '', target: '', address: '', peer: '', forwarded: [], steps: [] };
  return { outcome: 'garbled', subprotocol: '', responseBody: '', ...nothing, ...told } as HandshakeTrace;
}

test('kinds of failures are bounded in length, whatever a peer sends as its origin', () => {
  const groups = new Groups(0);
  const rejection = undefined;
  const told = { at: 1, rejection, outcome: 'garbled', via: () => undefined };
  groups.add({ ...told, origin: `https://${'a'.repeat(8000)}`, route: `/${'b'.repeat(8000)}` }, 1, () => 1);
  assert.ok(JSON.stringify(groups.list(2)).length < 2000);
});

const frame = (told: Partial<FrameTrace>): FrameTrace =>
  ({ direction: 'in', at: 0, fin: true, rsv: 0, masked: true, wireBytes: 0, ...told }) as FrameTrace;

test('no frame shows a secret: the reason of a close, the rest of a text in fragments', () => {
  const frames = new Frames({ frames: 10, payloadBytes: 1024, payload: true });
  const shown = (told: Partial<FrameTrace>) =>
    Buffer.from(frames.add(frame(told), false).payload ?? '', 'base64');
  const close = shown({ opcode: 8, payload: Buffer.concat([Buffer.of(0x0f, 0xa1), Buffer.from(TOKEN)]) });
  assert.deepEqual([close.readUInt16BE(0), close.includes(SECRET)], [4001, false]);
  shown({ opcode: 1, fin: false, payload: Buffer.from('a') });
  assert.equal(shown({ opcode: 0, payload: Buffer.from(` ${TOKEN}`) }).includes(SECRET), false);
  shown({ opcode: 1, fin: false, rsv: 0x40, payload: Buffer.of(1) });
  assert.equal(
    shown({ opcode: 0, payload: Buffer.of(2), inflated: Buffer.from(`/?token=${SECRET}`) }).includes(SECRET),
    false,
  );
  shown({ opcode: 2, fin: false, payload: Buffer.of(1) });
  const octets = Buffer.of(0xff, 0xfe, 0x80, 0);
  assert.deepEqual(shown({ opcode: 0, payload: octets }), octets);
});

test('a handshake is copied without the nameless cookie', async () => {
  await using own = await watched();
  const connection = await connect(`${own.url}/chat`, { headers: [['Cookie', SECRET]] });
  const { id } = await own.row(({ watcher }) => watcher === undefined);
  const detail = await own.detail(id);
  assert.match(detail?.copies.doctor ?? '', /--cookie REPLACE_ME/);
  connection.close();
});
