// Knows: which characters of a peer's text would lie to whoever reads it, and how each is shown instead: controls, ANSI,
// bidirectional overrides (Unicode UAX #9), invisible ones. The text itself is never taken for markup.
// Must not know: how a piece is drawn.

/** A piece of text: as it is, or one character that is shown by its name. */
export interface Piece {
  readonly text: string;
  /** `U+202E right-to-left override`; undefined where the text is harmless. */
  readonly hidden?: string;
}

const named: ReadonlyMap<number, readonly [short: string, name: string]> = new Map([
  [0x00ad, ['SHY', 'soft hyphen']],
  [0x034f, ['CGJ', 'combining grapheme joiner']],
  [0x061c, ['ALM', 'Arabic letter mark']],
  [0x180e, ['MVS', 'Mongolian vowel separator']],
  [0x200b, ['ZWSP', 'zero width space']],
  [0x200c, ['ZWNJ', 'zero width non-joiner']],
  [0x200d, ['ZWJ', 'zero width joiner']],
  [0x200e, ['LRM', 'left-to-right mark']],
  [0x200f, ['RLM', 'right-to-left mark']],
  [0x2028, ['LS', 'line separator']],
  [0x2029, ['PS', 'paragraph separator']],
  [0x202a, ['LRE', 'left-to-right embedding']],
  [0x202b, ['RLE', 'right-to-left embedding']],
  [0x202c, ['PDF', 'pop directional formatting']],
  [0x202d, ['LRO', 'left-to-right override']],
  [0x202e, ['RLO', 'right-to-left override']],
  [0x2060, ['WJ', 'word joiner']],
  [0x2066, ['LRI', 'left-to-right isolate']],
  [0x2067, ['RLI', 'right-to-left isolate']],
  [0x2068, ['FSI', 'first strong isolate']],
  [0x2069, ['PDI', 'pop directional isolate']],
  [0xfeff, ['BOM', 'zero width no-break space']],
]);

const controls =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

// A zero width joiner between two pictographs makes one emoji and hides nothing.
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|\u200d(?!\p{Extended_Pictographic})|[\0-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\u034f|\p{Surrogate}/gu;
const lineBreaks = /^[\t\n]$/;

/** `keepLines`: line breaks and tabs stand as they are, for text that is shown in a block of its own. */
export function pieces(text: string, keepLines = false): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (keepLines && lineBreaks.test(match[0])) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push(shown(match[0].codePointAt(0)!));
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

function shown(point: number): Piece {
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  if (point < 0x20) return { text: controls[point]!, hidden: `${code} control character` };
  if (point >= 0x7f && point < 0xa0) return { text: code.slice(2), hidden: `${code} control character` };
  if (point >= 0xd800 && point < 0xe000) return { text: code.slice(2), hidden: `${code} lone surrogate` };
  const [short, name] = named.get(point) ?? [code.slice(2), 'invisible character'];
  return { text: short, hidden: `${code} ${name}` };
}

/** The same for places that hold only text, such as a title. */
export function visible(text: string): string {
  return pieces(text)
    .map((piece) => (piece.hidden === undefined ? piece.text : `\u27e8${piece.text}\u27e9`))
    .join('');
}
