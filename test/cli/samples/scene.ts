// Knows: what a scene is: programs that are set up, and the commands that a person types there; and how it is played.
// Must not know: any scene.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Name } from '../../support/needs.js';
import { run } from '../run.js';
import { masked } from './mask.js';

export interface Command {
  readonly args: readonly string[];
  readonly exit: number;
  /** What is piped in, and the command that it comes from. */
  readonly input?: string;
  readonly from?: string;
  /** What is done on the server first. */
  before?(): Promise<void>;
}

/** A scene that is set up: its programs run. */
export interface Stage {
  readonly commands: readonly Command[];
  /** What lies in the folder where the commands are typed. */
  readonly files?: Readonly<Record<string, string>>;
  /** The ports of this run, and those that are written in their place: five digits as well. */
  readonly ports: Readonly<Record<number, number>>;
  stop(): Promise<unknown>;
}

export interface Scene {
  /** As its file is called. */
  readonly name: string;
  readonly needs: readonly Name[];
  start(): Promise<Stage>;
}

export interface Played {
  /** What a person sees; what differs from one run to the next is masked. */
  readonly text: string;
  /** The exit code of each command, and the one that it should have. */
  readonly exits: readonly (readonly [actual: number, expected: number])[];
  readonly stderr: string;
}

/** Types the commands one after another in a terminal so wide. */
export async function played(scene: Scene, width: number, global: readonly string[] = []): Promise<Played> {
  const stage = await scene.start();
  const cwd = mkdtempSync(join(tmpdir(), 'handfast-sample-'));
  for (const [name, text] of Object.entries(stage.files ?? {})) writeFileSync(join(cwd, name), text);
  const exits: [number, number][] = [];
  const texts: string[] = [];
  let errors = '';
  try {
    for (const { args, exit, input = '', from = '', before } of stage.commands) {
      await before?.();
      const typed = [...global, ...args];
      const { code, stdout, stderr } = await run(typed, { cwd, input, env: { COLUMNS: String(width) } });
      exits.push([code, exit]);
      errors += stderr;
      const text = `$ ${from}${['handfast', ...typed].map(quoted).join(' ')}\n${stdout}`;
      // What explain says of a given input is always the same.
      texts.push(args[0] === 'explain' ? text : masked(text, stage.ports));
    }
  } finally {
    await stage.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
  return { text: texts.join('\n'), exits, stderr: errors };
}

function quoted(word: string): string {
  return /^[\w:/.,=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
