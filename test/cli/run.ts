// Knows: how to run the built command line once and read all it said, and what its golden outputs are.
// Must not know: any command.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root } from '../support/needs.js';

export const main: string = fileURLToPath(new URL('dist/cli/main.js', root));

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Default that of the tests. */
  readonly cwd?: string;
}

/** Nothing of this machine decides about width, colour or charset. */
export const plainEnv: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  LC_ALL: 'C.UTF-8',
  COLUMNS: '80',
};

export async function run(
  args: readonly string[],
  { input = '', env = {}, cwd }: RunOptions = {},
): Promise<Result> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...plainEnv, ...env },
    timeout: 30_000,
    ...(cwd !== undefined && { cwd }),
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  return { code, ...said };
}

export function paste(name: string): string {
  return readFileSync(new URL(`test/cli/pastes/${name}`, root), 'latin1');
}

/** Compares with test/cli/golden/NAME; `GOLDEN=write` writes it anew, to be read before it is committed. */
export function golden(name: string, actual: string): void {
  const file = new URL(`test/cli/golden/${name}`, root);
  if (process.env.GOLDEN === 'write') writeFileSync(file, actual);
  assert.ok(existsSync(file), `no golden output ${name}; run with GOLDEN=write and read it`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

/** No line is wider than the terminal, and nothing but text and line ends is in it. */
export function assertFits(text: string, width: number): void {
  for (const line of text.split('\n')) {
    assert.ok([...line].length <= width, `${[...line].length} columns: ${line}`);
    assert.doesNotMatch(line, /\p{Cc}/u);
    assert.doesNotMatch(line, / $/, 'a space at the end of a line');
  }
}
