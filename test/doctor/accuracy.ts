// The page that says what doctor named for every deployment: which codes, how sure, and where it cannot know better.
import type { Confidence } from '../../src/doctor/report.js';
import type { Deployment } from './deployments/deployment.js';

export interface Named {
  readonly deployment: Deployment;
  readonly codes: readonly string[];
  readonly confidence: Confidence | undefined;
  readonly decide: string | undefined;
}

const INTRO = `# How often doctor is right

This page is written by \`test/doctor/deployments.test.ts\`, which deploys each of these faults on loopback, asks doctor about it, and
fails when it names another code. The servers and proxies are real ones; how each is broken stands in \`test/doctor/deployments/\`.
`;

const NONE = 'nothing wrong';

export function accuracyPage(all: readonly Named[]): string {
  const named = [...all].sort((one, other) => compare(one.deployment.name, other.deployment.name));
  const broken = named.filter(({ deployment }) => deployment.expect.length > 0);
  const right = broken.filter((one) => isRight(one));
  const single = right.filter(({ deployment }) => deployment.expect.length === 1);
  const counts = `
${broken.length} broken deployments and ${named.length - broken.length} good ones. Of the broken ones doctor names ${right.length} right: ${single.length} with one code, ${right.length - single.length}
with two or three where nothing that a client sees tells them apart, and then with the command that decides. The rest are confusions, if there are any.
`;
  return [
    INTRO,
    counts,
    confusions(named),
    '## Where only the backend can know\n',
    undecided(right),
    '## Every code\n',
    table(named),
  ].join('\n');
}

function isRight({ deployment: { expect }, codes }: Named): boolean {
  return expect.every((code, at) => codes[at] === code) && (expect.length > 0 || codes.length === 0);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Rows: what is wrong. Columns: what was named. Only what is off the diagonal needs a place. */
function confusions(named: readonly Named[]): string {
  const wrong = named.filter((one) => !isRight(one));
  if (wrong.length === 0) return '## Confusions\n\nNone: every code stands on the diagonal.\n';
  const rows = wrong.map(
    ({ deployment, codes }) =>
      `| ${deployment.name} | ${deployment.expect[0] ?? NONE} | ${codes[0] ?? NONE} |`,
  );
  return ['## Confusions\n', '| Deployment | Wrong with it | Named |', '|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

function undecided(right: readonly Named[]): string {
  const rows = right
    .filter(({ deployment }) => deployment.expect.length > 1)
    .map(
      ({ deployment, decide }) =>
        `| ${deployment.name} | ${deployment.expect.join(', ')} | ${deployment.why ?? ''} | ${decided(decide)} |`,
    );
  return ['| Deployment | Named, likeliest first | Why | Decides |', '|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

/** Ports and names in use change from run to run. */
function decided(decide: string | undefined): string {
  if (decide === undefined) return 'both are wrong, one behind the other';
  const command = decide
    .split('\n')[0]!
    .trim()
    .replace(/wss?:\/\/\S+/, 'URL')
    .replace(/ {2,}/g, ' ');
  return `\`${command.startsWith('on the server') ? 'handfast reflect' : command}\``;
}

function table(named: readonly Named[]): string {
  const byCode = new Map<string, Named[]>();
  for (const one of named) {
    const code = one.deployment.expect[0] ?? NONE;
    byCode.set(code, [...(byCode.get(code) ?? []), one]);
  }
  const rows = [...byCode]
    .sort(([one], [other]) => compare(one, other))
    .map(([code, ones]) => row(code, ones));
  return ['| Code | Deployments | Named right | Least sure |', '|---|---|---|---|', ...rows, ''].join('\n');
}

const ORDER = ['possible', 'likely', 'strong', 'proven'];

function row(code: string, ones: readonly Named[]): string {
  const least = Math.min(...ones.map(({ confidence }) => ORDER.indexOf(confidence ?? 'proven')));
  const sure = code === NONE ? '' : ORDER[least];
  return `| ${code} | ${ones.length} | ${ones.filter(isRight).length} | ${sure} |`;
}
