// A saved run tells the same story when it is read again; and whatever is done to it, reading it ends with a report or with a TypeError
// that has a sentence.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { reportText } from '../../src/cli/doctor/terminal-report.js';
import { Terminal } from '../../src/cli/terminal.js';
import { record, replay } from '../../src/doctor/diagnose.js';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import { parseRecording, type Recording } from '../../src/doctor/recording.js';
import { withoutSecrets } from '../../src/doctor/redaction.js';
import type { Report } from '../../src/doctor/report.js';
import { secretsOf } from '../../src/doctor/secrets.js';
import { closePayload } from '../../src/frames/frame.js';
import { reflect } from '../../src/reflect/index.js';
import { serve } from '../server/peer.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { answering } from './deployments/servers/listen.js';
import type { Host } from './deployments/servers/row.js';
import { frame, sound, status } from './deployments/servers/sound.js';

const TOKEN = 'a-token-of-24-characters';
const options: DiagnoseOptions = {
  proxy: null,
  stageMs: 1_000,
  headers: [['Authorization', 'Bearer eyJhbGciOiJub25lIn0.eyJhIjoxfQ.x123']],
  cookie: 'sid=0123456789abcdef; a=1',
  subprotocols: ['bearer.0123456789.abcdefghij', 'chat'],
};

const echoed = () =>
  answering(
    (socket, head) => void socket.end(`HTTP/1.1 403 No\r\nContent-Length: ${head.length}\r\n\r\n${head}`),
  );
const runs: Readonly<Record<string, readonly [() => Promise<Host>, DiagnoseOptions?]>> = {
  'a good endpoint': [() => sound(), { subprotocols: [] }],
  'its owner asks everything': [() => sound(), { subprotocols: [], own: true, guess: true }],
  'idle times': [() => sound(), { subprotocols: [], idleMs: 1_000 }],
  'a refusal that repeats the request': [echoed],
  'a redirect': [() => sound({ refuses: () => status(302, { Location: '/login?token=0123456789abcdef' }) })],
  'a message and a close': [
    () =>
      sound({
        session: (socket) => {
          socket.write(frame(0x81, 'hello 0123456789abcdef'));
          socket.end(frame(0x88, closePayload(4000, 'bye 0123456789abcdef')));
        },
      }),
  ],
  'octets that are no HTTP': [() => answering('SSH-2.0-x 0123456789abcdef\r\n')],
  silence: [() => answering(() => {}), { stageMs: 300 }],
  'a backend that reflects': [reflecting, { reflect: TOKEN }],
};

async function reflecting(): Promise<Host> {
  const server = await serve({ reflect: reflect({ token: TOKEN }), subprotocols: ['chat'] });
  return { url: `ws://127.0.0.1:${server.port}/ws`, stop: async () => void (await server.close()) };
}

/** With all secrets, and without. */
interface Both {
  readonly raw: Recording;
  readonly clean: Recording;
}

async function recorded([start, more]: (typeof runs)[string]): Promise<Both> {
  const host = await start();
  try {
    const url = new URL(host.url);
    url.searchParams.set('token', '0123456789abcdef');
    const raw = await record(url, { ...options, ...host.options, ...more, showSecrets: true });
    return { raw, clean: withoutSecrets(raw, secretsOf(raw.target!, [TOKEN])) };
  } finally {
    await host.stop();
  }
}

const recordings = new Map<string, Both>();
before(async () => {
  const all = Object.entries(runs).map(async ([name, run]) => [name, await recorded(run)] as const);
  for (const [name, both] of await Promise.all(all)) recordings.set(name, both);
});

/** Fields that JSON leaves out are not there. */
const plain = (report: Report): unknown => JSON.parse(JSON.stringify(report));

describe('a saved run', () => {
  for (const name of Object.keys(runs)) {
    test(`tells the same again: ${name}`, () => {
      const { clean } = recordings.get(name)!;
      const again = replay(parseRecording(JSON.stringify(clean)));
      assert.deepEqual(plain(again), plain(replay(clean)));
      assert.ok(again.causes.length > 0 || again.grade !== null || clean.target?.reflect, again.verdict);
    });

    test(`tells with its secrets what it tells without: ${name}`, () => {
      const { raw, clean } = recordings.get(name)!;
      const essence = ({ verdict, exit, grade, causes, findings, stages }: Report) => ({
        ...{ verdict, exit, grade },
        codes: [...causes, ...findings].map(({ code }) => code),
        marks: stages.map(({ stage, mark }) => `${stage} ${mark}`),
      });
      assert.deepEqual(essence(replay(clean)), essence(replay(raw)));
      assert.notDeepEqual(clean, raw);
    });
  }

  test('secrets that arrive as they were sent are not told as changed', () => {
    const report = replay(recordings.get('a backend that reflects')!.clean);
    assert.equal(report.stages.find(({ stage }) => stage === 'reflect')?.mark, 'good');
    assert.ok(report.reflected?.some(({ sent }) => /token=redacted-[\da-f]{4}/.test(sent)));
  });

  test('of TLS and HTTP/2, with a name that is looked up', { skip: need('openssl').skip }, async () => {
    const tls = certificate();
    await using server = await serve({ tls: { key: tls.key, cert: tls.cert }, http2: true });
    const url = `wss://localhost:${server.port}/`;
    const recording = await record(url, { proxy: null, tls: { ca: tls.ca } });
    const report = replay(recording);
    assert.ok(recording.observations.some(({ addresses }) => addresses !== undefined));
    assert.ok(recording.observations.some(({ http2 }) => http2 !== undefined));
    assert.deepEqual(plain(replay(parseRecording(JSON.stringify(recording)))), plain(report));
  });

  test('of a URL that is none', async () => {
    const recording = await record('ftp://h.test/', { proxy: null });
    const again = replay(parseRecording(JSON.stringify(recording)));
    assert.deepEqual(
      again.causes.map(({ code }) => code),
      ['URL_SCHEME'],
    );
  });
});

describe('a file that anybody may have written', () => {
  let bases: readonly string[];
  before(() => {
    bases = [...recordings.values()].map(({ clean }) => JSON.stringify(clean));
  });

  /** A report, or the sentence of a TypeError. */
  function told(text: string): Report | string {
    try {
      const report = replay(parseRecording(text));
      const terminal = new Terminal({ width: 80, ascii: false, colour: false });
      assert.notEqual(reportText(terminal, report, { verbose: true, trace: true }), '');
      assert.doesNotThrow(() => JSON.stringify(report));
      return report;
    } catch (error) {
      if (error instanceof TypeError && /^this (?:is no saved run|saved run is damaged)/.test(error.message))
        return error.message;
      throw error;
    }
  }

  const refused: ReadonlyArray<readonly [string, RegExp]> = [
    ['', /it is no JSON/],
    ['{"schema":', /it is no JSON/],
    ['null', /schema is not handfast-run\/1/],
    ['[]', /schema is not handfast-run\/1/],
    ['{"schema":"handfast-run/2"}', /schema is not handfast-run\/1/],
    ['{"schema":"handfast-run/1"}', /tool is not a text/],
    [' '.repeat(33 * 1024 * 1024), /larger than any/],
  ];
  for (const [text, reason] of refused) {
    test(`refused: ${text.slice(0, 30).trim() || `${text.length} spaces`}`, () => {
      assert.throws(() => parseRecording(text), { name: 'TypeError', message: reason });
    });
  }

  const changes: ReadonlyArray<readonly [string, (run: Changeable) => void, RegExp]> = [
    ['no target', (run) => delete run.target, /neither a target nor a reason/],
    [
      'another scheme',
      (run) => Object.assign(run.target, { url: 'file:///etc/passwd' }),
      /target\.url is not/,
    ],
    [
      'a port of text',
      (run) => Object.assign(run.target, { port: '80' }),
      /target\.port is not a whole number/,
    ],
    [
      'a code that is none',
      (run) => Object.assign(run.observations[0], { trouble: { code: 'X' } }),
      /\.trouble\.code/,
    ],
    [
      'octets that are none',
      (run) => Object.assign(run.observations[0], { stray: 'zz' }),
      /observations\[0\]\.stray/,
    ],
    [
      'an endless head',
      (run) => Object.assign(run.observations[0].answer, { head: 'x'.repeat(300_000) }),
      /answer\.head/,
    ],
    [
      'a kind that is none',
      (run) => Object.assign(run.observations[0].probe, { kind: 'x' }),
      /probe\.kind is not one of/,
    ],
    ['a time before time', (run) => Object.assign(run.observations[0], { startedMs: -1 }), /startedMs/],
    [
      'too many',
      (run) => Object.assign(run, { observations: Array(201).fill(run.observations[0]) }),
      /at most 200/,
    ],
  ];
  for (const [name, change, reason] of changes) {
    test(`refused, with its place: ${name}`, () => {
      const run = JSON.parse(bases[0]!) as Changeable;
      change(run);
      assert.throws(() => parseRecording(JSON.stringify(run)), { name: 'TypeError', message: reason });
    });
  }

  test('what is not known is left out', () => {
    const run = JSON.parse(bases[0]!) as Changeable;
    const text = JSON.stringify({ ...run, more: 1, target: { ...run.target, more: 2 } });
    const parsed = parseRecording(text.replace('{', '{"__proto__":{"polluted":1},'));
    assert.deepEqual(parsed, JSON.parse(bases[0]!));
    assert.equal((parsed as { polluted?: unknown }).polluted, undefined);
  });

  test('whatever is done to it, there is a report or a sentence', () => {
    const outcomes = { reports: 0, sentences: 0 };
    const nasty = fc.oneof(
      fc.constantFrom(
        null,
        true,
        0,
        -1,
        0.5,
        1e308,
        101,
        65_536,
        '',
        'x',
        '\u0000',
        '\u202e',
        [],
        {},
        [[]],
        'HTTP/1.1 101',
      ),
      fc.constantFrom(
        'handfast',
        'exchange',
        'http2',
        'baseline',
        'https://[',
        'x'.repeat(5_000),
        '8100',
        'p1',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const steps = fc.array(fc.nat(), { minLength: 1, maxLength: 7 });
    const how = fc.constantFrom<Change['how']>('drop', 'put', 'take another');
    const change = fc.record({ steps, others: steps, how, value: nasty });
    fc.assert(
      fc.property(fc.nat(), fc.array(change, { minLength: 1, maxLength: 4 }), (base, list) => {
        const run = JSON.parse(bases[base % bases.length]!) as object;
        for (const one of list) damage(run, one);
        const outcome = told(JSON.stringify(run));
        if (typeof outcome === 'string') outcomes.sentences += 1;
        else outcomes.reports += 1;
      }),
      { numRuns: 1_500 },
    );
    assert.ok(outcomes.reports > 50 && outcomes.sentences > 50, JSON.stringify(outcomes));
  });

  test('texts of any kind in the places of texts give a report', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.string({ unit: 'binary', maxLength: 400 }), (base, place, text) => {
        const run = JSON.parse(bases[base % bases.length]!) as Changeable;
        const seen = run.observations[place % run.observations.length];
        const head = `HTTP/1.1 ${place % 600} ${text}\r\n${text}: ${text}\r\n\r\n`;
        seen.answer = { head, interim: [head], body: text, isBodyCut: place % 2 === 0 };
        assert.equal(typeof told(JSON.stringify(run)), 'object');
      }),
      { numRuns: 300 },
    );
  });
});

// biome-ignore lint/suspicious/noExplicitAny: it is changed in ways that no type has.
type Changeable = any;

interface Change {
  readonly steps: readonly number[];
  readonly others: readonly number[];
  readonly how: 'drop' | 'put' | 'take another';
  readonly value: unknown;
}

/** Drops or replaces a part somewhere within. */
function damage(run: object, { steps, others, how, value }: Change): void {
  const at = partAt(run, steps);
  if (at === undefined) return;
  const [holder, key] = at;
  const other = partAt(run, others);
  if (how === 'drop') delete holder[key];
  else if (how === 'put' || other === undefined) holder[key] = value;
  else holder[key] = structuredClone(other[0][other[1]]);
}

function partAt(
  run: object,
  steps: readonly number[],
): readonly [Record<string, unknown>, string] | undefined {
  let holder = run as Record<string, unknown>;
  for (const [at, step] of steps.entries()) {
    const keys = Object.keys(holder);
    if (keys.length === 0) return undefined;
    const key = keys[step % keys.length]!;
    const part = holder[key];
    if (at === steps.length - 1 || part === null || typeof part !== 'object') return [holder, key];
    holder = part as Record<string, unknown>;
  }
  return undefined;
}
