// The pages about the command line and the program say the same: every command, argument and flag, with its short form; every exit code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { exits } from '../../src/cli/exits.js';
import { program } from '../../src/cli/program.js';
import { root } from '../support/needs.js';

const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const pages = { cli: text('docs/reference/cli.md'), doctor: text('docs/reference/doctor.md') };
const handfast = program(() => {});
const { commands } = handfast;

/** Of the doctor there is a page of its own. */
function pageOf(command: Command): string {
  const name = command.name();
  if (name === 'doctor') return pages.doctor;
  return pages.cli.split(/^(?=## )/m).find((part) => part.startsWith(`## \`handfast ${name}`)) ?? '';
}

function flagsIn(page: string): Set<string> {
  const code = [...page.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^\|([^|]*)\|/gm)];
  return new Set(
    code.flatMap(([, cell]) => [...cell!.matchAll(/(?<=[`\s,])--?[a-z][\w-]*/g)].map(([flag]) => flag)),
  );
}

function flagsOf({ options }: Command): string[] {
  return options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
}

test('every command has a section, in the order of the help', () => {
  const sections = [...pages.cli.matchAll(/^## `handfast ([\w-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(
    sections,
    commands.map((command) => command.name()),
  );
});

test('the flags of all commands stand in front of them', () => {
  const head = pages.cli.slice(0, pages.cli.indexOf('\n## '));
  for (const flag of [...flagsOf(handfast), '-h', '--help']) assert.ok(head.includes(`\`${flag}\``), flag);
});

for (const command of commands)
  describe(command.name(), () => {
    const listed = flagsIn(pageOf(command));
    test('has the flags of its page, and no others', () => {
      assert.deepEqual([...listed].sort(), [...new Set(flagsOf(command))].sort());
    });

    for (const { long, argChoices } of command.options)
      if (argChoices !== undefined)
        test(`${long}: every choice is named`, () => {
          const row = pageOf(command)
            .split('\n')
            .find((line) => line.startsWith(`| \`${long}`));
          for (const choice of argChoices)
            assert.ok(row?.includes(`\`${choice}\``) || row?.includes(` ${choice}\``), choice);
        });
  });

test('every exit code is explained on both pages, and no others', () => {
  for (const [name, page] of Object.entries(pages)) {
    const part = page.slice(page.indexOf('\n## Exit codes'));
    const codes = [...part.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    assert.deepEqual(codes, Object.values(exits), name);
  }
});
