// The sentences that outputs share, the recipes they choose, and the curl command that asks the same.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { catalogue } from '../../../src/catalogue.js';
import { fixesFor, othersText, recipeText } from '../../../src/doctor/formats/fixes.js';
import { requestLines, responseLines } from '../../../src/doctor/formats/heads.js';
import { curlCommand } from '../../../src/doctor/formats/reproduce.js';
import {
  causesText,
  clientsText,
  duration,
  evidenceOf,
  gradeText,
  isAtLeast,
  respondentText,
} from '../../../src/doctor/formats/words.js';
import {
  ambiguous,
  healthy,
  idleCut,
  origin,
  report,
  stripped,
  upstreamDown,
  wrongAccept,
} from './reports.js';

test('who answered, who accepts, how sure', () => {
  assert.equal(respondentText(stripped.respondent!), 'Node ws behind nginx/1.22.1 (text "Upgrade Required")');
  assert.equal(respondentText(upstreamDown.respondent!), 'nginx/1.27.3 (its own error page)');
  assert.equal(
    respondentText({
      hops: [
        { name: 'cloudflare', role: 'platform', wrote: false, tell: 'cf-ray' },
        { name: 'nginx', role: 'proxy', wrote: false, tell: 'Server' },
        { name: 'ws', role: 'server', wrote: true, tell: '' },
      ],
      confidence: 'possible',
    }),
    'Node ws behind Cloudflare, then nginx (possible)',
  );
  assert.equal(respondentText({ hops: [], confidence: 'possible' }), '');
  assert.equal(
    clientsText(wrongAccept.clients),
    'Deno · refuse: Chrome Firefox Safari ws Bun Python Go · hang: undici',
  );
  assert.equal(clientsText([]), '');
  assert.equal(causesText(ambiguous.causes), 'PROXY_UPGRADE_STRIPPED or ROUTE_SPA_FALLBACK · likely');
  assert.deepEqual(evidenceOf(origin.causes[0]!), ['p1', 'p2', 'p3']);
  assert.deepEqual(evidenceOf(idleCut.causes[0]!), []);
});

test('grades, times, severities', () => {
  assert.equal(gradeText(healthy), 'A+');
  assert.equal(gradeText(stripped), 'none');
  assert.equal(gradeText(report({ grade: 'T', gradeIfTrusted: 'B' })), 'T (B if trust is ignored)');
  assert.deepEqual([3.4, 999, 3400, 12_400].map(duration), ['3 ms', '999 ms', '3.4 s', '12 s']);
  assert.ok(isAtLeast('error', 'warn') && isAtLeast('warn', 'warn'));
  assert.ok(!isAtLeast('note', 'warn') && !isAtLeast('error', 'never'));
});

test('recipes: of the programs on the path, of one that is named, of all', () => {
  const [cause] = stripped.causes;
  const hops = (which?: string) => fixesFor(cause!, stripped, which).shown.map(({ hop }) => hop);
  assert.deepEqual(hops(), ['nginx', 'nginx']);
  assert.deepEqual(fixesFor(cause!, stripped).others, ['apache', 'haproxy']);
  assert.deepEqual(hops('Apache'), ['apache']);
  assert.deepEqual(hops('all'), ['nginx', 'nginx', 'apache', 'haproxy']);
  const nobody = { ...stripped, respondent: { hops: [], confidence: 'possible' as const } };
  assert.deepEqual(fixesFor(cause!, nobody).shown, []);
  assert.equal(fixesFor(wrongAccept.causes[0]!, nobody).shown.length, 1);
});

describe('heads read aloud from a report', () => {
  const [probe] = healthy.probes;

  test('marked as the rules judge them, redacted values shown once', () => {
    const lines = requestLines(probe!);
    assert.equal(lines[0]!.value, 'GET /ws HTTP/1.1');
    assert.ok(lines.every(({ mark }) => mark !== 'bad'));
    assert.equal(lines.find(({ label }) => label === 'Cookie')?.value, 'session=‹redacted 8f3a›');
  });

  test('an accept value is judged with the key of the request', () => {
    const marks = (key: string) =>
      responseLines({ ...probe!, request: probe!.request!.replace(/Key: .*(?=\r)/, `Key: ${key}`) }).find(
        ({ label }) => label === 'Sec-WebSocket-Accept',
      );
    assert.equal(marks('kvnrtHTsjR8JeMdpGnK9ZQ==')?.mark, 'good');
    assert.equal(marks('AAAAAAAAAAAAAAAAAAAAAA==')?.code, 'RESP_ACCEPT_WRONG');
  });

  test('a redacted value breaks no rule; escaped text is not escaped again', () => {
    const request = `${probe!.request!.trimEnd()}\r\nSec-WebSocket-Protocol: ‹redacted 1234›\r\nX-A: a\\x1bb\r\n\r\n`;
    const lines = requestLines({ ...probe!, request });
    assert.ok(lines.every(({ mark }) => mark !== 'bad'));
    assert.equal(lines.find(({ label }) => label === 'X-A')?.value, 'a\\x1bb');
  });

  test('of several answers the last is read; what is no head is nothing', () => {
    const early = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${probe!.response}`;
    const lines = responseLines({ ...probe!, response: early });
    assert.equal(lines[0]!.value, 'HTTP/1.1 101 Switching Protocols');
    assert.equal(lines[1]!.value, 'nginx/1.27.3');
    assert.deepEqual(responseLines({ ...probe!, response: 'SSH-2.0-OpenSSH_9.2' }), []);
  });
});

describe('the curl command', () => {
  test('asks the same, and a shell reads it as it was meant', () => {
    const [probe] = healthy.probes;
    const request = `${probe!.request!.trimEnd()}\r\nX-Quote: it's $HOME \`id\`\r\nX-Empty: \r\n\r\n`;
    const command = curlCommand({ ...healthy, target: "wss://h/?a='&b", probes: [{ ...probe!, request }] });
    const words = execFileSync('sh', ['-c', `set -- ${command}; printf '%s\\n' "$@"`], { encoding: 'utf8' })
      .trim()
      .split('\n');
    assert.equal(words.at(-1), "https://h/?a='&b");
    assert.ok(words.includes("X-Quote: it's $HOME `id`"));
    assert.ok(words.includes('X-Empty;'));
    assert.ok(words.includes('Sec-WebSocket-Key: kvnrtHTsjR8JeMdpGnK9ZQ=='));
    assert.ok(!words.some((word) => /^(?:Host|User-Agent):/.test(word)));
  });

  test('without a handshake there is none', () => {
    assert.equal(curlCommand({ ...healthy, probes: [] }), '');
  });
});

test('a sentence of the catalogue gives way to the recipe that says the same; one for this endpoint stays', () => {
  const [cause] = stripped.causes;
  const row = { ...cause!, fix: catalogue.get('PROXY_UPGRADE_STRIPPED')!.fix };
  assert.equal(fixesFor(row, stripped).sentence, '');
  assert.equal(fixesFor(row, stripped, 'iis').sentence, row.fix);
  assert.equal(fixesFor(cause!, stripped).sentence, cause!.fix);
});

test('lines out of documentation are said to be', () => {
  const recipe = { hop: 'alb', text: 'Default 60 s:', lines: ['aws …'], checked: 'documentation' } as const;
  assert.equal(recipeText(recipe), 'AWS ALB: Default 60 s (from its documentation):');
  assert.equal(recipeText(recipe, recipe), 'Default 60 s (from its documentation):');
  assert.equal(recipeText({ ...recipe, lines: [] }), 'AWS ALB: Default 60 s:');
  assert.equal(othersText(['a', 'b', 'c', 'd']), 'Lines for a, b, c and 1 more: --fix NAME, or --fix all.');
  assert.equal(othersText([]), '');
});
