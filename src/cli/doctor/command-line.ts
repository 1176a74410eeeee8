// Knows: the command `doctor` as commander has it: its arguments, options and help.
// Must not know: what they do.
import type { Command } from 'commander';
import { addFlags } from './flags.js';

export function addDoctor(command: Command): Command {
  return addFlags(
    command
      .description('Find out why a WebSocket does not open, or what grade it has if it does.')
      .argument('[url...]', "ws: or wss: URLs, or a pasted command: curl 'https://…' -H …")
      .option('--file <file>', 'targets, one a line: a URL and options, or a curl command; - is stdin')
      .option('--json', 'write the report as JSON to stdout, one object a target', false)
      .option('--md', 'write it as Markdown to stdout, for a ticket', false)
      .option('--junit <file>', 'write it as JUnit XML too')
      .option('--sarif <file>', 'write it as SARIF 2.1.0 too')
      .option('--sarif-file <path>', 'the file that alerts are shown at (default: .handfast.yml)')
      .option('--html <file>', 'write it as one HTML page too')
      .option('--save <file>', 'keep what was observed; `handfast explain FILE` tells it again, offline')
      .option('--since <file>', 'show only what changed since a report of --json')
      .option('--fix <hop>', 'lines of configuration for this program, or for all')
      .option('-q, --quiet', 'one line', false)
      .option('-v, --verbose', 'all stages and findings in full, both heads line by line', false)
      .option('--trace', 'every probe as it went over the line', false),
  );
}
