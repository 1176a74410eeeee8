// Knows: what a search means: words that must all occur, `field:word` in one field only, a leading `-` for what must not.
// Must not know: where the rows are kept.
import type { HandshakeRow } from '../../protocol.js';

export const fields = [
  'code',
  'status',
  'path',
  'route',
  'origin',
  'ip',
  'user',
  'request',
  'agent',
  'proto',
  'close',
  'id',
] as const;
type Field = (typeof fields)[number];

interface Term {
  readonly field: Field | undefined;
  readonly word: string;
  readonly isUnwanted: boolean;
}

export type Test = (row: HandshakeRow) => boolean;

/** Words stand apart by spaces; quotes keep spaces in one. Case is of no account. */
export function search(text: string): Test {
  const terms = read(text);
  if (terms.length === 0) return () => true;
  return (row) => terms.every((term) => meets(row, term));
}

function read(text: string): Term[] {
  const words = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return words.flatMap((raw) => {
    const isUnwanted = raw.startsWith('-') && raw.length > 1;
    const [, name, rest] = /^-?([a-z]+):(.*)$/s.exec(raw) ?? [];
    const field = fields.find((known) => known === name);
    const word = (field === undefined ? raw.slice(isUnwanted ? 1 : 0) : rest!).replaceAll('"', '');
    return word === '' ? [] : [{ field, word: word.toLowerCase(), isUnwanted }];
  });
}

function meets(row: HandshakeRow, { field, word, isUnwanted }: Term): boolean {
  const isFound = field === undefined ? everything(row).includes(word) : isIn(row, field, word);
  return isFound !== isUnwanted;
}

/** Numbers and codes are compared whole, since `status:4` that finds 403 and 404 but not 4001 helps nobody. */
function isIn(row: HandshakeRow, field: Field, word: string): boolean {
  if (field === 'id' || field === 'status' || field === 'close') return value(row, field) === word;
  return value(row, field).toLowerCase().includes(word);
}

function value(row: HandshakeRow, field: Field): string {
  switch (field) {
    case 'code':
      return row.code ?? '';
    case 'status':
      return String(row.status);
    case 'path':
      return row.target;
    case 'route':
      return row.route ?? '';
    case 'origin':
      return row.origin ?? '';
    case 'ip':
      return [row.address, row.peer, ...row.forwarded].join(' ');
    case 'user':
      return row.user ?? '';
    case 'request':
      return row.requestIds?.join(' ') ?? '';
    case 'agent':
      return row.agent ?? '';
    case 'proto':
      return `${row.subprotocol} ${row.extensions}`;
    case 'close':
      return String(row.connection?.end?.code ?? '');
    case 'id':
      return String(row.id);
  }
}

const known = new WeakMap<HandshakeRow, string>();

function everything(row: HandshakeRow): string {
  let text = known.get(row);
  if (text === undefined) {
    const end = row.connection?.end;
    const ending = end === undefined ? '' : `${end.reason} ${end.who} ${end.cause ?? ''} ${end.how}`;
    const parts = [...fields.map((field) => value(row, field)), row.method, row.outcome, row.carrier, ending];
    text = parts.join('\n').toLowerCase();
    known.set(row, text);
  }
  return text;
}

/** The search that finds the failures of one group. */
export function wordsFor(group: { code: string; origin?: string; route: string }): string {
  const origin = group.origin === undefined ? '' : ` origin:${quoted(group.origin)}`;
  return `code:${quoted(group.code)}${origin} route:${quoted(group.route)}`;
}

function quoted(word: string): string {
  return /\s/.test(word) ? `"${word.replaceAll('"', '')}"` : word;
}
