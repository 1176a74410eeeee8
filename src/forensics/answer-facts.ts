// Knows: the octets of an answer's head as a lenient reader finds them: what stands there, and where it leaves the grammar (RFC 9112 §2-5).
// Must not know: which of it a client minds (`client-*.ts`). Our own strict parser is of no use here: others forgive what it does not.
import { isToken } from '../handshake/fields.js';
import { Fields } from '../handshake/head.js';
import { acceptFor } from '../handshake/key.js';
import { findExchanges } from './paste.js';

/** How a field line is malformed (RFC 9112 §5, RFC 9110 §5.1, §5.5). */
export type LineFault = 'no colon' | 'space before colon' | 'name' | 'control' | 'NUL' | 'folded';

export interface FaultyLine {
  readonly fault: LineFault;
  readonly text: string;
  /** As it stands before the colon, space and all. */
  readonly name: string;
  readonly value: string;
}

export interface AnswerFacts {
  readonly startLine: string;
  /** `HTTP` in whatever case, `1`, `1`; undefined where the line is no status line. */
  readonly version: { readonly name: string; readonly major: number; readonly minor: number } | undefined;
  /** 0 where the line has none. */
  readonly status: number;
  /** RFC 9112 §4: whether a space follows the status. */
  readonly hasSpaceBehindStatus: boolean;
  /** Where the first line end without CR stands. */
  readonly bareLf: 'start line' | 'field line' | 'empty line' | undefined;
  /** The first malformed line. Its field, where it has one, is among `fields`. */
  readonly faulty: FaultyLine | undefined;
  readonly fields: Fields;
  readonly bytes: number;
  readonly lines: number;
  /** Of the longest line, its line end not counted. */
  readonly longestLine: number;
  /** The status of each 1xx that came before, in order. */
  readonly interim: readonly number[];
  /** The right accept value; undefined where the request is not known. */
  readonly expected: string | undefined;
  /** The subprotocols that were asked for; where the request is not known, those that were selected. */
  readonly asked: readonly string[];
  /** The extensions that were offered, as the field stands; the same holds. */
  readonly offered: string;
}

const STATUS_LINE = /^(HTTP)\/(\d+)\.(\d+) +(\d{3})(?: |$)/i;

/** `head` and `interim` in latin1, as they came; `request` as it was sent, empty where it is not known. */
export function readAnswer(head: string, interim: readonly string[], request: string): AnswerFacts {
  const [start = { text: '', hasCr: true }, ...lines] = linesOf(head);
  const match = STATUS_LINE.exec(start.text);
  const end = lines.findIndex(({ text }) => text === '');
  const fieldLines = end < 0 ? lines : lines.slice(0, end);
  const { fields, faulty } = readFields(fieldLines.map(({ text }) => text));
  const sent = findExchanges(request)[0]?.request?.head.fields;
  const key = sent?.get('sec-websocket-key');
  // Where the request is not known, whatever the answer selects may have been asked for.
  const known = sent ?? fields;
  const tokens = (known.combined('sec-websocket-protocol') ?? '').split(',').map(trimmed);
  return {
    startLine: start.text,
    version: match ? { name: match[1]!, major: Number(match[2]), minor: Number(match[3]) } : undefined,
    status: Number(match?.[4] ?? 0),
    hasSpaceBehindStatus: match !== null && start.text.length > match[0].trimEnd().length,
    bareLf: bareLfIn(start, fieldLines, lines[end]),
    faulty,
    fields,
    bytes: head.length,
    lines: fieldLines.length,
    longestLine: fieldLines.reduce((most, { text }) => Math.max(most, text.length), start.text.length),
    interim: interim.flatMap(
      (each) => STATUS_LINE.exec(each.split(/\r?\n/, 1)[0]!)?.slice(4).map(Number) ?? [],
    ),
    expected: key === undefined ? undefined : acceptFor(key),
    asked: tokens.filter((token) => token !== ''),
    offered: known.combined('sec-websocket-extensions') ?? '',
  };
}

interface Line {
  readonly text: string;
  readonly hasCr: boolean;
}

function bareLfIn(start: Line, fields: readonly Line[], empty: Line | undefined): AnswerFacts['bareLf'] {
  if (!start.hasCr) return 'start line';
  if (fields.some(({ hasCr }) => !hasCr)) return 'field line';
  return empty?.hasCr === false ? 'empty line' : undefined;
}

/** The last line may lack its end. */
function linesOf(head: string): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < head.length; ) {
    const lf = head.indexOf('\n', at);
    const end = lf < 0 ? head.length : lf;
    const hasCr = lf < 0 || head[lf - 1] === '\r';
    lines.push({ text: head.slice(at, hasCr && lf >= 0 ? end - 1 : end), hasCr });
    at = end + 1;
  }
  return lines;
}

function readFields(lines: readonly string[]): Pick<AnswerFacts, 'fields' | 'faulty'> {
  const fields = new Fields();
  let faulty: FaultyLine | undefined;
  for (const text of lines) {
    const isFolded = /^[ \t]/.test(text);
    const colon = text.indexOf(':');
    const name = colon < 0 ? '' : text.slice(0, colon);
    const value = trimmed(text.slice(colon + 1));
    const fault = isFolded ? 'folded' : faultOf(name, value);
    if (fault !== undefined) faulty ??= { fault, text, name, value };
    if (!isFolded && name !== '') fields.append(trimmed(name), value);
  }
  return { fields, faulty };
}

function faultOf(name: string, value: string): LineFault | undefined {
  if (name === '') return 'no colon';
  if (!isToken(name)) return isToken(trimmed(name)) ? 'space before colon' : 'name';
  if (value.includes('\0')) return 'NUL';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 §5.5: none but tab
  return /[\x01-\x08\x0a-\x1f\x7f]/.test(value) ? 'control' : undefined;
}

/** RFC 9110 §5.5: space and tab around a value are no part of it. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
