// Knows: the command `doctor` as commander has it: its arguments, options and help.
// Must not know: what they do.
import type { Command } from 'commander';
import { addFlags } from './flags.js';

export function addDoctor(command: Command): Command {
  command
    .description('Find out why a WebSocket does not open, or what grade it has if it does.')
    .argument('[url...]', "ws: or wss: URLs, or a pasted command: curl 'https://...' -H ...")
    .addHelpText('after', examples);
  return addOutputs(addFlags(command));
}

function addOutputs(command: Command): Command {
  return command
    .optionsGroup('What is printed:')
    .option('-q, --quiet', 'one line a target', false)
    .option('-v, --verbose', 'all stages and findings in full, both heads line by line', false)
    .option('--trace', 'every probe as it went over the line', false)
    .option('--fix <program>', 'the lines of configuration for this program, or for all')
    .option('--since <file>', 'only what changed since an earlier report of --json')
    .option('--json', 'the report as JSON, one object a target', false)
    .option('--md', 'the report as Markdown, for a ticket', false)
    .optionsGroup('Files:')
    .option('--file <file>', 'targets, one a line: a URL and options, or a curl command; - is stdin')
    .option('--save <file>', 'keep what was observed; handfast explain FILE tells it again, offline')
    .option('--junit <file>', 'write the report as JUnit XML too')
    .option('--sarif <file>', 'write it as SARIF 2.1.0 too')
    .option('--sarif-file <path>', 'the file at which SARIF shows alerts (default: .handfast.yml)')
    .option('--html <file>', 'write it as one HTML page too');
}

const examples = `
Examples:
  handfast doctor wss://example.com/ws
  handfast doctor --origin https://app.example.com wss://example.com/ws
  handfast doctor curl 'https://example.com/ws' -H 'Cookie: sid=...'
  handfast doctor --idle 120 wss://example.com/ws
  handfast doctor --fix nginx wss://example.com/ws
  handfast doctor -q --min-grade A- --junit websocket.xml wss://example.com/ws

Exit codes: 0 good, 1 a limit is failed, 2 refused or invalid, 3 not reachable,
4 undecided, 5 opened and then cut, 64 wrong usage.`;
