// Knows: what a known text is, and how an error message is looked up among those of browsers and libraries.
// Must not know: any text. Each file of texts is one table; the tables are asked in one order.
export interface KnownText {
  /** Who says it, one or more programs. */
  readonly from: string;
  /** Nothing that repeats stands inside a repetition without a bound: the time to match grows with the text alone. */
  readonly pattern: RegExp;
  /** The likeliest first; `status`: the number in the first group decides. */
  readonly codes: readonly string[] | 'status';
  /** What is worth knowing besides the row. */
  readonly note: string;
}

export function said(from: string, pattern: RegExp, codes: string | readonly string[], note = ''): KnownText {
  if (codes === 'status') return { from, pattern, codes, note };
  return { from, pattern, codes: typeof codes === 'string' ? [codes] : codes, note };
}

export interface TextFound {
  readonly known: KnownText;
  /** The part of the text that told. */
  readonly match: RegExpExecArray;
}

/** The first of the tables' texts that stands in `text`. */
export function findText(text: string, tables: ReadonlyArray<readonly KnownText[]>): TextFound | undefined {
  for (const known of tables.flat()) {
    const match = known.pattern.exec(text);
    if (match !== null) return { known, match };
  }
  return undefined;
}
