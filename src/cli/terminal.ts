// Knows: how a line reaches a terminal: its width, its marks, its colours, and what is left of them in plain ASCII.
// Must not know: what is being said. Colour is never the only carrier: every mark is also a sign.
import type { Mark } from '../forensics/annotate.js';

export interface TerminalOptions {
  /** Columns; the text is wrapped to it. */
  readonly width: number;
  readonly ascii: boolean;
  readonly colour: boolean;
}

const signs: Readonly<Record<Mark, readonly [string, string]>> = {
  good: ['✓', '[ok]'],
  warn: ['!', '[!] '],
  bad: ['✗', '[x] '],
  skip: ['–', '[-] '],
  none: [' ', '    '],
};

// Blue-green against red, with yellow between: a pair that the common colour blindnesses keep apart.
const colours: Readonly<Record<Mark | 'strong' | 'faint', string>> = {
  good: '36',
  warn: '33',
  bad: '31',
  skip: '2',
  none: '0',
  strong: '1',
  faint: '2',
};

const plain: ReadonlyArray<readonly [RegExp, string]> = [
  [/§\s*/g, 'section '],
  [/‹/g, '<'],
  [/›/g, '>'],
  [/…/g, '...'],
  [/[–—]/g, '-'],
  [/→/g, '->'],
  [/·/g, '-'],
  [/[“”]/g, '"'],
  [/[‘’]/g, "'"],
  [/×/g, 'x'],
];

export class Terminal {
  readonly width: number;
  readonly ascii: boolean;
  readonly colour: boolean;

  constructor(options: TerminalOptions) {
    this.width = Math.max(40, options.width);
    this.ascii = options.ascii;
    this.colour = options.colour;
  }

  /** The text as this terminal can show it. */
  text(text: string): string {
    return this.ascii ? this.#plain(text).replaceAll(glue, ' ') : text;
  }

  /** What holds words together is left to whoever wraps them. */
  #plain(text: string): string {
    if (!this.ascii) return text;
    for (const [from, to] of plain) text = text.replace(from, to);
    return text.replace(/[\u0080-\u009f\u00a1-\u{10ffff}]/gu, '?');
  }

  sign(mark: Mark): string {
    return this.paint(signs[mark][this.ascii ? 1 : 0], mark);
  }

  /** Columns that a sign takes. */
  get signWidth(): number {
    return this.ascii ? 4 : 1;
  }

  paint(text: string, how: Mark | 'strong' | 'faint'): string {
    return this.colour && how !== 'none' && text.trim() !== '' ? `\x1b[${colours[how]}m${text}\x1b[0m` : text;
  }

  /** Lines of `text` within `width` columns; the first line starts at once, the others after `hang` spaces. */
  wrap(text: string, width: number = this.width, hang = 0): string[] {
    const lines: string[] = [];
    for (const paragraph of glued(this.#plain(text)).split('\n')) {
      let line = lines.length === 0 ? '' : ' '.repeat(hang);
      let isEmpty = true;
      for (const word of paragraph.split(/ +/).flatMap((whole) => pieces(whole, Math.max(8, width - hang)))) {
        if (!isEmpty && columns(line) + 1 + columns(word) > width) {
          lines.push(line);
          line = ' '.repeat(hang);
          isEmpty = true;
        }
        line += isEmpty ? word : ` ${word}`;
        isEmpty = false;
      }
      lines.push(line);
    }
    return lines.map((line) => line.replaceAll(glue, ' '));
  }

  /** A paragraph with `indent` spaces before every line. */
  block(text: string, indent = 2, first = ' '.repeat(indent)): string {
    const lines = this.wrap(text, this.width - indent);
    return lines
      .map((line, index) => (index === 0 ? this.text(first) : ' '.repeat(indent)) + line)
      .join('\n');
  }
}

const glue = '\u00a0';

/** A section keeps its number on the same line. */
function glued(text: string): string {
  return text.replace(/RFC \d+ (?:§|section )[\d.]+/g, (section) => section.replaceAll(' ', glue));
}

/** A word longer than a line is cut: a long value must not run over the edge. */
function pieces(word: string, width: number): string[] {
  if (columns(word) <= width) return [word];
  const cut: string[] = [];
  let piece = '';
  for (const character of word) {
    if (columns(piece) + columns(character) > width) {
      cut.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...cut, piece];
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const narrowest = /\p{Mn}|\p{Me}/u;

/** Columns that a text takes: two for the wide characters of East Asia and for emoji, none for combining marks. */
export function columns(text: string): number {
  let count = 0;
  for (const character of text) count += narrowest.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return count;
}

/** The text without the colours that `paint` put into it. */
export function unpainted(text: string): string {
  return text.replace(colour, '');
}

const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

type Environment = Readonly<Record<string, string | undefined>>;

/** What is known of the stream and the environment: `NO_COLOR`, `FORCE_COLOR`, `COLUMNS`, and the locale's charset. */
export function terminalFor(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  environment: Environment,
  ascii: boolean,
): Terminal {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  const isForced = !!environment.FORCE_COLOR && environment.FORCE_COLOR !== '0';
  const canColour = isForced || (stream.isTTY === true && environment.TERM !== 'dumb');
  return new Terminal({
    width: Number(environment.COLUMNS) || stream.columns || 100,
    ascii: ascii || (!/utf-?8/i.test(locale) && environment.WT_SESSION === undefined),
    colour: canColour && !environment.NO_COLOR,
  });
}
