// Knows: the command `explain`: where the input comes from, and which of a code, a file, or text it is.
// Must not know: what an input says, which explain/ reads. Input is read, never executed, never sent anywhere.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Material, maxInputBytes } from '../explain/material.js';
import { explain } from '../explain/recognise.js';
import { closeCode } from '../forensics/close-codes.js';
import { recipesFor } from '../forensics/recipes.js';
import type { Reason } from '../reason.js';
import { printable, reasonUrl } from '../reason.js';
import { findReason, nearestCode } from './codes.js';
import { exits } from './exits.js';
import { explanationsText, recipesBy, recipeText } from './explain-page.js';
import { labelled } from './report.js';
import { type Terminal, terminalFor } from './terminal.js';

export interface ExplainOptions {
  readonly ascii: boolean;
  /** Whose recipes to print: a program's name, or `all`. */
  readonly fix?: string;
}

export async function explainCommand(what: string | undefined, options: ExplainOptions): Promise<number> {
  const terminal = terminalFor(process.stdout, process.env, options.ascii);
  if (what !== undefined && /^\d{1,5}$/.test(what)) return explainNumber(terminal, Number(what));
  const reason = what === undefined ? undefined : findReason(what);
  if (reason !== undefined) return print(explainReason(terminal, reason, options.fix), exits.good);
  const octets = await read(what);
  const explained = await explainInput(terminal, octets ?? Buffer.from(what ?? ''), options.fix);
  if (explained !== undefined) return explained;
  return octets === undefined ? unknown(what ?? '-') : notUnderstood(octets);
}

/** The beginning of the input; undefined when the argument is no file, and so perhaps the text itself. */
async function read(what: string | undefined): Promise<Buffer | undefined> {
  if (what === undefined || what === '-') {
    if (process.stdin.isTTY) process.stderr.write('Paste what you have, then Ctrl-D.\n');
    return beginning(process.stdin);
  }
  const file = await stat(what).catch(() => undefined);
  if (file === undefined || file.isDirectory()) return undefined;
  return beginning(createReadStream(what)).catch(() => undefined);
}

async function beginning(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= maxInputBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxInputBytes);
}

/** The exit code; undefined when it is nothing that is known. */
async function explainInput(
  terminal: Terminal,
  octets: Buffer,
  fix: string | undefined,
): Promise<number | undefined> {
  const word = octets.length > 80 ? '' : octets.toString('latin1').trim();
  if (/^\d{4}$/.test(word)) return explainNumber(terminal, Number(word));
  const reason = /^[\w-]+$/.test(word) ? findReason(word) : undefined;
  if (reason !== undefined) return print(explainReason(terminal, reason, fix), exits.good);
  const material = new Material(octets);
  if (isSavedRun(material)) return replaySaved(terminal, material.text, fix);
  const explained = explain(material);
  if (explained === undefined) return undefined;
  const isGood = explained.every((each) => each.isGood);
  return print(explanationsText(terminal, explained, fix), isGood ? exits.good : exits.refused);
}

function isSavedRun({ json }: Material): boolean {
  const { schema } = (json ?? {}) as { schema?: unknown };
  return typeof schema === 'string' && schema.startsWith('handfast-run/');
}

/** What `doctor --save` wrote, diagnosed again without a network. */
async function replaySaved(terminal: Terminal, text: string, fix: string | undefined): Promise<number> {
  const { savedRun } = await import('./doctor/engine.js');
  try {
    const told = savedRun(terminal, text, fix === undefined ? {} : { fix });
    return print(told.text, told.exit);
  } catch (error) {
    process.stderr.write(`handfast: ${printable((error as Error).message, 300)}.\n`);
    return exits.usage;
  }
}

function notUnderstood(octets: Buffer): number {
  const about = octets.length === 0 ? 'nothing arrived' : 'it is none of the kinds that I know';
  process.stderr.write(`handfast: I cannot explain this: ${about}.\n`);
  process.stderr.write(
    'Give a head, frames in hexadecimal, a HAR, a capture, an error, a line of a log, a close code or one of our codes.\n',
  );
  return exits.usage;
}

function unknown(what: string): number {
  const near = nearestCode(what);
  process.stderr.write(
    `handfast: ${JSON.stringify(what.slice(0, 200))} is no file, no close code, none of our codes, and no error or log line that I know.\n`,
  );
  if (near !== undefined) process.stderr.write(`Did you mean: handfast explain ${near}\n`);
  return exits.usage;
}

function explainNumber(terminal: Terminal, number: number): number {
  const close = closeCode(number);
  if (close === undefined) {
    process.stderr.write(
      `handfast: ${number} is no close code; they go from 1000 to 4999 (RFC 6455 §7.4).\n`,
    );
    return exits.usage;
  }
  const sent = close.isSent ? 'in a close frame' : 'never: it only stands in your own records';
  const rows: [string, string][] = [
    ['Meaning', close.meaning],
    ['Sent', sent],
    ['Do this', close.action],
    ['Section', close.section],
  ];
  return print(
    `\n  ${terminal.paint(`${number}`, 'strong')}  ${close.name}\n\n${labelled(terminal, rows)}\n`,
    exits.good,
  );
}

/** The whole row of the catalogue. */
export function explainReason(terminal: Terminal, reason: Reason, fix?: string): string {
  const hasMore = fix === undefined && recipesFor(reason.code, []).length > 0;
  const rows: [string, string][] = [
    ['Meaning', reason.meaning],
    ['Example', reason.example],
    ['Answer', answerOf(reason)],
    ['Section', reason.sections.join(', ')],
    ['Who', actors[reason.actor]],
    ['Do this', reason.fix],
    ['Retry', retries[reason.retry]],
    ['Lines', hasMore ? `handfast explain ${reason.code} --fix all (or the name of a program)` : ''],
    ['More', reasonUrl(reason.code)],
  ];
  const recipes = fix === undefined ? [] : recipesBy(reason.code, fix);
  const title = `\n  ${terminal.paint(reason.code, 'strong')}\n${terminal.block(reason.title)}\n`;
  const lines = recipes.map((recipe) => `\n${recipeText(terminal, recipe)}\n`);
  return `${title}\n${labelled(terminal, rows)}\n${lines.join('')}`;
}

function answerOf(reason: Reason): string {
  const fields = Object.entries(reason.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  if (reason.status !== undefined) return [`status ${reason.status}`, ...fields].join('\n');
  if (reason.closeCode !== undefined) return `close code ${reason.closeCode}`;
  return '';
}

const actors: Readonly<Record<Reason['actor'], string>> = {
  client: 'the client has to change',
  server: 'the server has to change',
  proxy: 'a proxy between the two has to change',
  network: 'the network between the two',
  nobody: 'nobody has to change anything',
};

const retries: Readonly<Record<Reason['retry'], string>> = {
  never: 'does not help',
  'after a fix': 'helps only after something was fixed',
  later: 'may help after a pause',
  'at once': 'may help at once',
};

function print(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}
