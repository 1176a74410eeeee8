// Knows: the command `explain`: what kind of thing was given, and what to say about it.
// Must not know: the rules of a handshake, which handshake/ keeps. Input is read, never executed, never sent anywhere.
import { readFile } from 'node:fs/promises';
import { closeCode } from '../forensics/close-codes.js';
import { findExchanges } from '../forensics/paste.js';
import type { Reason } from '../reason.js';
import { reasonUrl } from '../reason.js';
import { findReason, nearestCode } from './codes.js';
import { exits } from './exits.js';
import { explainExchanges } from './explain-heads.js';
import { labelled } from './report.js';
import { type Terminal, terminalFor } from './terminal.js';

const maxInput = 1024 * 1024;

export async function explainCommand(what: string | undefined, options: { ascii: boolean }): Promise<number> {
  const terminal = terminalFor(process.stdout, process.env, options.ascii);
  if (what !== undefined && /^\d{1,5}$/.test(what)) return explainNumber(terminal, Number(what));
  if (what !== undefined && /^[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)+$/.test(what)) {
    const reason = findReason(what);
    if (reason !== undefined) return print(explainReason(terminal, reason), exits.good);
  }
  const text = await read(what);
  if (text === undefined) return unknown(what ?? '-');
  return explainText(terminal, text);
}

/** The whole input as one character an octet; undefined when there is no such file. */
async function read(what: string | undefined): Promise<string | undefined> {
  if (what !== undefined && what !== '-') {
    return readFile(what, 'latin1').then(
      (text) => text.slice(0, maxInput),
      () => undefined,
    );
  }
  if (process.stdin.isTTY) process.stderr.write('Paste a head, then Ctrl-D.\n');
  let text = '';
  process.stdin.setEncoding('latin1');
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > maxInput) break;
  }
  return text;
}

function explainText(terminal: Terminal, text: string): number {
  const exchanges = findExchanges(text);
  if (exchanges.length > 0) {
    const explained = explainExchanges(terminal, exchanges);
    return print(explained.text, explained.isGood ? exits.good : exits.refused);
  }
  const word = text.trim();
  if (/^\d{4}$/.test(word)) return explainNumber(terminal, Number(word));
  const reason = /^\w+$/.test(word) ? findReason(word) : undefined;
  if (reason !== undefined) return print(explainReason(terminal, reason), exits.good);
  const about = word === '' ? 'nothing arrived on stdin' : 'there is no request or response head in it';
  process.stderr.write(`handfast: I cannot explain this: ${about}.\n`);
  process.stderr.write('Give a head as curl -v or DevTools show it, a close code, or one of our codes.\n');
  return exits.usage;
}

function unknown(what: string): number {
  const near = nearestCode(what);
  process.stderr.write(
    `handfast: ${JSON.stringify(what)} is no file, no close code and none of our codes.\n`,
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
export function explainReason(terminal: Terminal, reason: Reason): string {
  const rows: [string, string][] = [
    ['Meaning', reason.meaning],
    ['Example', reason.example],
    ['Answer', answerOf(reason)],
    ['Section', reason.sections.join(', ')],
    ['Who', actors[reason.actor]],
    ['Do this', reason.fix],
    ['Retry', retries[reason.retry]],
    ['More', reasonUrl(reason.code)],
  ];
  const title = `\n  ${terminal.paint(reason.code, 'strong')}\n${terminal.block(reason.title)}\n`;
  return `${title}\n${labelled(terminal, rows)}\n`;
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
