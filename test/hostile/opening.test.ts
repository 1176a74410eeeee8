// Knows: that every hostile opening handshake gets one answer with its status and its reason, and nothing else. Part A of the list.
// Must not know: why a rule says so; `test/handshake/` tries the rules one by one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Arena, assertLogged, CARRIERS } from './arena.js';
import { type Answer, readAnswer } from './bytes.js';
import { REFUSED, type RefusedRow } from './opening-rows.js';

/** Fields that a refusal may carry. A peer's bytes cannot make another. */
const ALLOWED = new Set([
  'allow',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'date',
  'retry-after',
  'sec-websocket-version',
  'upgrade',
  'www-authenticate',
  'x-content-type-options',
]);

export function assertRefusal(answer: Answer, row: Omit<RefusedRow, 'row' | 'name' | 'bytes'>): void {
  assert.equal(answer.status, row.status, answer.body);
  assert.equal(answer.rest.length, 0, 'something came behind the answer');
  for (const [name] of answer.fields) assert.ok(ALLOWED.has(name), `an answer with ${name}`);
  const connection = answer.fields.get('connection')!.toLowerCase().split(', ');
  assert.ok(connection.includes('close'), 'a refusal says that it closes');
  assert.equal(answer.fields.get('x-content-type-options'), 'nosniff');
  for (const [name, value] of Object.entries(row.fields ?? {})) {
    assert.equal(answer.fields.get(name.toLowerCase()), value, name);
  }
  if (row.bodiless) return assert.equal(answer.body, '');
  // Every octet of the body is printable ASCII: whatever the peer sent stands there escaped.
  assert.match(answer.body, /^[\x20-\x7e]+$/);
  assert.equal(answer.fields.get('content-type'), 'application/problem+json');
  const problem = JSON.parse(answer.body);
  assert.equal(problem.code, row.code, answer.body);
  assert.equal(problem.status, row.status);
  for (const text of Object.values(problem)) {
    assert.doesNotMatch(String(text), /[\p{Cc}\p{Cs}\p{Cf}]/u, 'a control character, even decoded');
    assert.ok(String(text).length < 1000, 'a peer makes our answer long');
  }
}

for (const carrier of [...CARRIERS, 'chopped'] as const) {
  describe(`opening handshakes over ${carrier}`, { concurrency: false }, () => {
    let arena: Arena;
    before(async () => {
      arena = await Arena.open(carrier, { routes: { '/ws': {}, '/room/:id': {} } });
    });
    after(async () => {
      arena.witness.assertUnhurt();
      await arena[Symbol.asyncDispose]();
    });

    for (const row of REFUSED) {
      test(`${row.row}: ${row.name} → ${row.status} ${row.code}`, async () => {
        const log = arena.fresh();
        using connection = await arena.connect();
        const { received, end } = await connection.send(row.bytes).ending(2000);
        assert.equal(end, 'fin', 'the answer ends with FIN');
        assertRefusal(readAnswer(received), row);
        assertLogged(log, row.code);
        connection.socket.destroy();
        await arena.settled();
      });
    }
  });
}
