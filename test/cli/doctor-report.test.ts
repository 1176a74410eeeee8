// How a report looks on a terminal: the samples at 80 and 120 columns, without colour and with it, in ASCII, in one line.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exitOf, limited } from '../../src/cli/doctor/limits.js';
import { Progress } from '../../src/cli/doctor/progress.js';
import { oneLine, reportText, type Shown } from '../../src/cli/doctor/terminal-report.js';
import { Terminal, unpainted } from '../../src/cli/terminal.js';
import {
  all,
  ambiguous,
  finding,
  gradeB,
  healthy,
  hostile,
  origin,
  report,
  stripped,
  unreachable,
} from '../doctor/formats/reports.js';
import { assertFits, golden } from './run.js';

const ESC = String.fromCharCode(27);

function terminal(width = 80, options: { ascii?: boolean; colour?: boolean } = {}): Terminal {
  return new Terminal({ width, ascii: options.ascii ?? false, colour: options.colour ?? false });
}

/** Lines that a person copies are never wrapped. */
function withoutCopied(text: string): string {
  return text.replace(/^ {4}(?:upgrader|on the server|here:).*$/gm, '');
}

describe('the samples', () => {
  for (const [name, each] of Object.entries(all).filter(([name]) => name !== 'hostile')) {
    for (const width of [80, 120]) {
      test(`${name} at ${width} columns`, () => {
        const text = reportText(terminal(width), each);
        assertFits(withoutCopied(text), width);
        golden(`doctor-report-${name}.${width}.txt`, text);
      });
    }
  }

  test('every view fits', () => {
    const views: readonly Shown[] = [
      { verbose: true },
      { trace: true },
      { fix: 'all' },
      { verbose: true, trace: true },
    ];
    for (const view of views) {
      for (const [name, each] of Object.entries(all)) {
        if (name === 'hostile') continue;
        for (const width of [80, 120])
          assertFits(withoutCopied(reportText(terminal(width), each, view)), width);
      }
    }
  });
});

describe('what is shown', () => {
  test('-v: all stages, both heads read aloud, findings in full', () => {
    const text = reportText(terminal(), stripped, { verbose: true });
    assert.match(text, / {2}✓ DNS {7}203\.0\.113\.10/);
    assert.match(text, /Sec-WebSocket-Version: 13 +✓ the version of the protocol/);
    assert.match(text, /A public endpoint without encryption\.[\s\S]*Do this +Serve wss:/);
  });

  test('--trace: every probe as it went, with what was asked and what came', () => {
    const text = reportText(terminal(), healthy, { trace: true });
    assert.match(text, /p1 {2}the user's handshake\n +203\.0\.113\.10:443 · 101 · dns 9 ms/);
    assert.match(text, /^ {4}> GET \/ws HTTP\/1\.1$/m);
    assert.match(text, /^ {4}< Sec-WebSocket-Accept: /m);
    assert.match(text, /^ {4}< close 1000 at 1\.0 s$/m);
  });

  test('--fix: a program by name, all of them, one that there is nothing for', () => {
    const fixed = (fix: string) => reportText(terminal(), stripped, { fix });
    assert.match(fixed('apache'), /Apache: From 2\.4\.47/);
    assert.doesNotMatch(fixed('apache'), /proxy_http_version/);
    assert.match(fixed('all'), /proxy_http_version[\s\S]*ProxyPass[\s\S]*del-header/);
    assert.match(
      fixed('iis').replace(/\s+/g, ' '),
      /There are no lines for iis; there are for nginx, apache, haproxy\./,
    );
  });

  test('causes that stand one behind another have a block each, candidates share one', () => {
    const both = { ...stripped, causes: [...unreachable.causes, ...stripped.causes] };
    const text = reportText(terminal(), both);
    assert.match(text, /DNS_NOT_FOUND · proven[\s\S]*PROXY_UPGRADE_STRIPPED · proven/);
    assert.equal(text.match(/Who answered/g)?.length, 1);
    assert.equal(text.match(/^ {2}Do this/gm)?.length, 2);
    assert.equal(reportText(terminal(), ambiguous).match(/^ {2}Do this/gm)?.length, 1);
  });

  test('what went well behind a failure is named, what was not reached is not', () => {
    const failed = { stage: 'tls', name: 'TLS', mark: 'bad', text: 'expired', probes: [] } as const;
    const stages = [
      ...healthy.stages.slice(0, 2),
      failed,
      ...healthy.stages.slice(3, 6),
      ...healthy.stages.slice(-1),
    ];
    assert.match(
      reportText(terminal(), { ...stripped, stages }),
      / {2}✓ DNS ✓ TCP\n {2}✗ TLS {7}expired\n {2}✓ Upgrade ✓ Extension ✓ Session\n\n/,
    );
  });

  test('undecided without a cause says why', () => {
    const text = reportText(
      terminal(),
      report({
        verdict: 'undecided',
        exit: 4,
        grade: null,
        gradeReason: 'stopped: the server asked for peace',
      }),
    );
    assert.match(text, /Grade none +stopped: the server asked for peace\n +exit 4 · 13 connections/);
  });

  test('one line for scripts', () => {
    assert.equal(oneLine(terminal(), healthy), '✓ wss://chat.example.com/ws  grade A+ · exit 0\n');
    assert.equal(
      oneLine(terminal(), stripped),
      '✗ ws://intranet.example.com/ws  PROXY_UPGRADE_STRIPPED · proven · exit 2\n',
    );
    assert.equal(
      oneLine(terminal(80, { ascii: true }), { ...gradeB, exit: 1 }),
      '[!]  wss://chat.example.com/ws  grade B - exit 1\n',
    );
  });
});

describe('terminals', () => {
  test('ASCII has nothing else in it', () => {
    for (const each of Object.values(all)) {
      const text = reportText(terminal(80, { ascii: true }), each, { verbose: true, trace: true });
      assert.match(text, /^[\n\x20-\x7e]*$/);
    }
    golden('doctor-report-ascii.80.txt', reportText(terminal(80, { ascii: true }), origin));
  });

  test('colour changes nothing but the colour', () => {
    for (const each of Object.values(all)) {
      for (const view of [{}, { verbose: true, trace: true, fix: 'all' }]) {
        const coloured = reportText(terminal(80, { colour: true }), each, view);
        assert.equal(unpainted(coloured), reportText(terminal(), each, view));
        assert.ok(coloured.includes(`${ESC}[`));
      }
    }
  });

  test('hostile text controls nothing', () => {
    const text = reportText(terminal(), hostile, { verbose: true, trace: true, fix: 'all' });
    assert.doesNotMatch(text, /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\u2028\u2029]/u);
    assert.ok(text.includes('\\x1b[31m\\x07 \\u{202e}desrever'));
    assert.equal(oneLine(terminal(), hostile).trimEnd().split('\n').length, 1);
  });

  test('progress is one line, only for a person, and gone at the end', () => {
    const written: string[] = [];
    const stream = { columns: 44, write: (text: string) => written.push(text) };
    const probe = {
      kind: 'reach',
      key: 'k',
      about: 'a long text about a probe, longer than that',
      addresses: [],
      port: 1,
    } as const;
    new Progress(stream, true, false).probe(probe);
    new Progress({ ...stream, isTTY: true }, true, true).probe(probe);
    assert.deepEqual(written, []);
    const progress = new Progress({ ...stream, isTTY: true }, true, false);
    progress.probe(probe);
    progress.clear();
    progress.clear();
    if (process.env.TERM === 'dumb') return;
    assert.deepEqual(written, [`\r${ESC}[K  p1 a long text about a probe, longer than`, `\r${ESC}[K`]);
  });
});

describe('limits and exit codes', () => {
  const warned = gradeB;
  const cases: readonly [string, ReturnType<typeof limited>, number][] = [
    ['no limit', limited(warned, { failOn: 'error' }), 0],
    ['a warning with --fail-on warn', limited(warned, { failOn: 'warn' }), 1],
    [
      'a note with --fail-on note',
      limited(report({ findings: [finding({ severity: 'note' })] }), { failOn: 'note' }),
      1,
    ],
    ['an error', limited(report({ findings: [finding()] }), { failOn: 'error' }), 1],
    [
      'an error with --fail-on never',
      limited(report({ findings: [finding()], exit: 1, verdict: 'findings' }), { failOn: 'never' }),
      0,
    ],
    ['B with --min-grade B', limited(warned, { failOn: 'error', minGrade: 'B' }), 0],
    ['B with --min-grade A-', limited(warned, { failOn: 'error', minGrade: 'A-' }), 1],
    ['T is below F', limited(report({ grade: 'T' }), { failOn: 'error', minGrade: 'F' }), 1],
    ['no grade is below F', limited(report({ grade: null }), { failOn: 'error', minGrade: 'F' }), 1],
    ['refused stays refused', limited(stripped, { failOn: 'never' }), 2],
    ['not reachable stays so', limited(unreachable, { failOn: 'warn', minGrade: 'A' }), 3],
  ];
  for (const [name, { exit, verdict }, wanted] of cases) {
    test(name, () => {
      assert.equal(exit, wanted);
      assert.equal(verdict === 'good', wanted === 0);
    });
  }

  test('several targets: 3, 2, 5, 4, 1, 0 in this order', () => {
    const order = [3, 2, 5, 4, 1, 0];
    for (const [at, worst] of order.entries()) {
      const rest = order.slice(at).map((exit) => report({ exit }));
      assert.equal(exitOf(rest.toReversed()), worst);
      assert.equal(exitOf(rest), worst);
    }
    assert.equal(exitOf([]), 0);
  });
});
