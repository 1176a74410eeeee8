// Knows: how a text is written as one word of a shell, whatever is in it: commands are printed to be copied.
// Must not know: the command, or what of the text is a secret.

/** POSIX.1-2024 §2.2.2: within single quotes nothing is special but the quote itself. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-][\w@%+:,./=~-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
