#!/usr/bin/env node
// Knows: how the program starts and ends: one command line in, one exit code out.
// Must not know: the commands (`program.ts`).
import { CommanderError } from 'commander';
import { commandArguments } from './doctor/targets.js';
import { exits } from './exits.js';
import { program } from './program.js';

async function run(): Promise<number> {
  let code: number = exits.good;
  try {
    await program((result) => {
      code = result;
    }).parseAsync(commandArguments(process.argv));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exits.good : exits.usage;
  }
  return code;
}

// A reader that has gone away, as in `handfast explain … | head -1`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exits.good : exits.bug),
);

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(
    `handfast: this is a bug of handfast, please report it\n${(error as Error).stack ?? error}\n`,
  );
  process.exitCode = exits.bug;
}
