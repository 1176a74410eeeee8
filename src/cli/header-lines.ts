// Knows: how a field is written on a command line. Must not know: which fields there are.

/** `Name: value` lines as pairs, or a sentence that says what is wrong. A line may hold a secret: none of it is repeated. */
export function headerLines(lines: readonly string[]): [string, string][] | string {
  const pairs: [string, string][] = [];
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).trim();
    if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name))
      return "--header takes 'Name: value', with a colon after the name.";
    pairs.push([name, line.slice(at + 1).trim()]);
  }
  return pairs;
}
