// Every command that this program prints, or that a page shows, is one that it takes: parsed by its own parser, and run by nobody.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { CATALOGUE } from '../../src/catalogue.js';
import { commandArguments, givenFlags, targetsIn } from '../../src/cli/doctor/targets.js';
import { program } from '../../src/cli/program.js';
import { shellWords } from '../../src/cli/shell-words.js';
import { nextStep } from '../../src/client/next-step.js';
import { doctorCommand, doctorOnUrl } from '../../src/explain/decide.js';
import { shellWord } from '../../src/forensics/shell-word.js';
import { root } from '../support/needs.js';

const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const files = (folder: string, ending: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => `${folder}${path}`);

/** What stands for something that whoever reads it knows. */
const PLACEHOLDERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^:PORT$/, ':3000'],
  [/^ORIGIN:443$/, '203.0.113.9:443'],
  [/^SECONDS$/, '120'],
  [/^PROGRAM$/, 'nginx'],
  [/^(?:URL|URL…)$/, 'wss://app.example.com/ws'],
  [/^…$/, 'Name: value'],
];

/** The words of a command line, without what a shell would do with its output, and without what stands behind it. */
function wordsOf(line: string): string[] {
  const words = shellWords(line);
  if (typeof words === 'string') throw new Error(`${line}\n${words}`);
  const end = words.findIndex((word) => /^(?:[|>&#(]|2>)/.test(word));
  return (end < 0 ? words : words.slice(0, end))
    .filter((word, at) => at > 0 || word !== 'npx')
    .map((word) => PLACEHOLDERS.reduce((filled, [name, value]) => filled.replace(name, value), word));
}

function silenced(command: Command): Command {
  for (const each of command.commands) silenced(each);
  return command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
}

/** What the program makes of the words; throws what it complains about. */
function parse(words: readonly string[]): void {
  assert.equal(words[0], 'handfast');
  const parser = silenced(program(() => {}));
  for (const command of parser.commands) command.action(() => {});
  parser.parse(commandArguments(['node', ...words]));
  if (words[1] !== 'doctor') return;
  const doctor = parser.commands.find((command) => command.name() === 'doctor')!;
  const targets = targetsIn(doctor.args, givenFlags(doctor));
  if (typeof targets === 'string') throw new Error(targets);
}

function taken(line: string): void {
  try {
    parse(wordsOf(line));
  } catch (error) {
    assert.fail(`${line}\n${(error as Error).message}`);
  }
}

test('a command that is none would be found', () => {
  for (const line of [
    'handfast doctor --subprotocol a ws://a/',
    'handfast doctor --idle',
    'handfast dcotor ws://a/',
    'handfast connect',
    'handfast doctor --min-grade E ws://a/',
    'handfast doctor curl --data x https://a/',
  ])
    assert.throws(() => parse(wordsOf(line)), line);
});

describe('explain', () => {
  const profiles = [undefined, 'chrome', 'firefox'] as const;
  const values = [undefined, 'https://a.example', '--help', "it's; $(x) & (y)", 'a, b', '‹redacted 8f3a›'];
  test('prints commands that doctor takes, whatever was pasted', () => {
    for (const profile of profiles)
      for (const value of values)
        for (const hasCookie of [false, true])
          taken(
            doctorCommand({
              url: `wss://a.example/${value ?? ''}`,
              profile,
              origin: value,
              subprotocols: value,
              hasCookie,
            }),
          );
    taken(doctorOnUrl);
  });
});

test('an error names a command that doctor takes', () => {
  for (const reason of CATALOGUE) {
    const asked = { url: 'wss://[::1]/ws?…', origin: 'https://a.example', proxy: 'socks5h://[::1]:1080' };
    const step = nextStep(reason, asked);
    if (step !== '') taken(step);
  }
});

/** A number does for whatever a template is filled with. */
const filled = (source: string) => source.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '7');

/** Of a command, which is no command line. */
const isName = (code: string) => /^(?:npx )?handfast \S+$/.test(code);

describe('the sources', () => {
  const literal =
    /(?<quote>['`])(?<command>handfast (?:serve|connect|doctor|explain|reflect|proxy-config)\b(?:(?!\k<quote>).)*)\k<quote>/g;
  const built = /\.command\((?<options>(?:'[^']*'|`[^`]*`|[\s,])*)\)/g;
  const strings = /'([^']*)'|`([^`]*)`/g;

  test('hold commands that the program takes', () => {
    let count = 0;
    for (const path of files('src/', '.ts'))
      for (const { groups } of filled(text(path)).matchAll(literal)) {
        if (isName(groups!.command!)) continue;
        taken(groups!.command!);
        count++;
      }
    assert.ok(count > 15, `${count} commands`);
  });

  test('make commands of the doctor of options that it has', () => {
    let count = 0;
    for (const path of files('src/doctor/', '.ts'))
      for (const { groups } of text(path).matchAll(built)) {
        const options = [...groups!.options!.matchAll(strings)].map(([, one, other]) => one ?? other);
        taken(filled(`handfast doctor ${options.join(' ')} ${shellWord('ws://a/?b&c')}`));
        count++;
      }
    assert.ok(count > 4, `${count} commands`);
  });
});

describe('the pages', () => {
  const pages = ['README.md', 'CHANGELOG.md', ...files('docs/', '.md')];
  const fenced = /^( *)```(\w*)[^\n]*\n([\s\S]*?)^\1```/gm;
  for (const path of pages) {
    const page = text(path);
    const commands = [
      ...[...page.matchAll(fenced)].flatMap(([, , language, block]) => inBlock(language!, block!)),
      ...[...page.replace(fenced, '').matchAll(/`((?:npx )?handfast [^`]+)`/g)].flatMap(([, code]) =>
        inText(code!.replaceAll(/\s+/g, ' ')),
      ),
    ];
    if (commands.length === 0) continue;
    test(path, () => {
      for (const command of commands) taken(command);
    });
  }

  /** Lines of a script; of a session those behind a prompt. */
  function inBlock(language: string, block: string): string[] {
    const isScript = language === 'sh' || language === 'bash';
    return block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => (isScript ? /^(?:npx )?handfast /.test(line) : /^\$ (?:npx )?handfast /.test(line)))
      .map((line) => line.replace(/^\$ /, '').replace(/\s# .*/, ''));
  }

  /** Brackets are of a grammar. */
  function inText(code: string): string[] {
    return isName(code) || /[[\]]|COMMAND/.test(code) ? [] : [code];
  }
});
