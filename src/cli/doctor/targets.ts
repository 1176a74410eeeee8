// Knows: where the targets of a run come from: URLs, a pasted `curl` command, the lines of a file; each with its own flags.
// Must not know: how a target is examined.
import { Command, CommanderError } from 'commander';
import { type Curl, isCurlText, readCurl, readCurlText, withCurlApart } from '../curl.js';
import { shellWords } from '../shell-words.js';
import { addFlags, type Flags } from './flags.js';

export interface TargetAsked {
  readonly url: string;
  readonly flags: Flags;
}

/** Arguments as commander can take them: a `curl` command stands apart, and `--reflect` takes no URL for its token. */
export function commandArguments(argv: readonly string[]): string[] {
  return withCurlApart(
    argv.map((word, at) => (word === '--reflect' && isTarget(argv[at + 1]) ? '--reflect=' : word)),
  );
}

function isTarget(word: string | undefined): boolean {
  return word !== undefined && (word === 'curl' || word.startsWith('curl ') || word.includes('://'));
}

/** What the operands ask: URLs, or the words or the text of one `curl` command. A sentence where they are no use. */
export function targetsIn(operands: readonly string[], given: GivenFlags): TargetAsked[] | string {
  if (operands[0] === 'curl') {
    const curl = targetOfCurl(readCurl(operands.slice(1)), given);
    return typeof curl === 'string' ? curl : [curl];
  }
  const targets: TargetAsked[] = [];
  for (const operand of operands) {
    const target = isCurlText(operand)
      ? targetOfCurl(readCurlText(operand), given)
      : { url: operand, flags: given.flags };
    if (typeof target === 'string') return target;
    targets.push(target);
  }
  return targets;
}

/** Flags, and which of them somebody gave: those win over what a `curl` command says. */
export interface GivenFlags {
  readonly flags: Flags;
  readonly given: ReadonlySet<string>;
}

function targetOfCurl(curl: Curl | string, { flags, given }: GivenFlags): TargetAsked | string {
  if (typeof curl === 'string') return curl;
  const ours = Object.fromEntries(Object.entries(flags).filter(([name]) => given.has(name)));
  const header = [...curl.flags.header, ...flags.header];
  return { url: curl.url, flags: { ...flags, ...curl.flags, ...ours, header } };
}

/** One target a line: a URL and flags, or a `curl` command. Empty lines and those that begin with `#` are read over. */
export function targetsInFile(name: string, text: string, given: GivenFlags): TargetAsked[] | string {
  const targets: TargetAsked[] = [];
  for (const [at, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const found = targetsOnLine(line, given);
    if (typeof found === 'string') return `${name}:${at + 1}: ${found}`;
    targets.push(...found);
  }
  return targets.length > 0 ? targets : `${name} has no target`;
}

function targetsOnLine(line: string, given: GivenFlags): TargetAsked[] | string {
  const words = shellWords(line);
  if (typeof words === 'string') return words;
  const own = addFlags(new Command('doctor'))
    .argument('<url...>')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    own.parse(commandArguments(['node', 'doctor', ...words]));
  } catch (error) {
    if (error instanceof CommanderError) return error.message.replace(/^error: /, '');
    throw error;
  }
  const mine = givenFlags(own);
  const added = Object.fromEntries(Object.entries(mine.flags).filter(([flag]) => mine.given.has(flag)));
  const header = [...given.flags.header, ...mine.flags.header];
  return targetsIn(own.args, {
    flags: { ...given.flags, ...added, header },
    given: new Set([...given.given, ...mine.given]),
  });
}

export function givenFlags(command: Command): GivenFlags {
  const flags = command.opts<Flags>();
  const given = Object.keys(flags).filter((name) => command.getOptionValueSource(name) !== 'default');
  return { flags, given: new Set(given) };
}
