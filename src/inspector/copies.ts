// Knows: how a handshake is asked again: with curl, with doctor, and as a test that fails until it is right.
// Must not know: secrets, which were taken out; where one stood, a name stands that the reader has to replace.
import type { FieldLine } from '../handshake/head.js';
import type { Kept } from './kept.js';
import type { Detail } from './protocol.js';

/** What the tools write themselves. */
const OWN: ReadonlySet<string> = new Set([
  'host',
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
]);

export function copiesOf(kept: Kept): Detail['copies'] {
  const fields = [...(kept.request?.fields ?? [])].map(
    ([name, value]): FieldLine => [name, withoutMarks(value)],
  );
  const host = fields.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? 'localhost';
  const target = withoutMarks(kept.row.target === '' ? '/' : kept.row.target);
  return {
    curl: curl(kept, host, target, fields),
    doctor: doctor(kept, host, target, fields),
    test: unitTest(kept, target, fields),
  };
}

function withoutMarks(value: string): string {
  return value.replace(/‹redacted [\da-f]{4}›|\bredacted-[\da-f]{4}\b/g, 'REPLACE_ME');
}

function curl({ row }: Kept, host: string, target: string, fields: readonly FieldLine[]): string {
  const url = `${row.secure ? 'https' : 'http'}://${host}${target}`;
  const headers = fields
    .filter(([name]) => name.toLowerCase() !== 'host')
    .map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  return ['curl -i -N --http1.1', ...headers, quoted(url)].join(' \\\n  ');
}

function doctor({ row }: Kept, host: string, target: string, fields: readonly FieldLine[]): string {
  const url = `${row.secure ? 'wss' : 'ws'}://${host}${target}`;
  const options = fields.flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (lower === 'origin') return [`--origin ${quoted(value)}`];
    if (lower === 'cookie') return [`--cookie ${quoted(value)}`];
    if (lower === 'sec-websocket-protocol') return [`--protocol ${quoted(value.replace(/\s+/g, ''))}`];
    return OWN.has(lower) || !KEPT.test(lower) ? [] : [`--header ${quoted(`${name}: ${value}`)}`];
  });
  return ['handfast doctor', ...options, quoted(url)].join(' ');
}

/** Fields that say who somebody is; those that every browser sends change nothing, and those of a proxy it adds again. */
const KEPT = /^(?:authorization$|x-(?!forwarded-|real-ip$|request-id$))/;

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w:/.@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function unitTest({ row, request }: Kept, target: string, fields: readonly FieldLine[]): string {
  const start = `${request?.method ?? 'GET'} ${target} HTTP/${request?.version ?? '1.1'}`;
  const lines = [start, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''];
  const wanted = row.outcome === 'accepted' ? 101 : row.status;
  return `import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';

test('the handshake that was answered with ${wanted}', async () => {
  const socket = connect(Number(process.env.PORT ?? 8101));
  socket.write(${JSON.stringify(lines.join('\r\n'))});
  const [answer] = await once(socket, 'data');
  socket.destroy();
  assert.match(String(answer), /^HTTP\\/1\\.1 101 /);
});
`;
}
