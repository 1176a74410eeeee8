// Knows: how a command that was copied from a browser splits into words: POSIX shells, and the Command Prompt of Windows.
// Must not know: which command it is. Nothing is run or expanded: variables and backquotes stay as they are written.

/** The words; a sentence that says what is wrong where a quote does not end. */
export function shellWords(text: string): string[] | string {
  return /\^(?:"|\r?\n)/.test(text) ? windowsWords(text) : posixWords(text);
}

/** What a backslash makes of the letter behind it within $'…' (POSIX.1-2024 §2.2.4). */
const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const part =
  /\\\r?\n|\\([\s\S])|\$'((?:[^'\\]|\\[\s\S])*)'|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|(\s+)|([^\s'"\\$]+|\$)|(['"\\])/g;

function posixWords(text: string): string[] | string {
  const words: string[] = [];
  let word: string | undefined;
  for (const [whole, escaped, dollar, single, double, space, plain, stray] of text.matchAll(part)) {
    if (stray !== undefined) return `the quote ${stray} has no end`;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/^\\\r?\n$/.test(whole)) {
      // A line goes on: nothing of it is in the word.
    } else {
      word = `${word ?? ''}${escaped ?? (dollar === undefined ? undefined : ansiC(dollar)) ?? single ?? (double === undefined ? plain : doubled(double))}`;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** POSIX.1-2024 §2.2.3: within double quotes a backslash counts only before these. */
function doubled(text: string): string {
  return text.replace(/\\(\r?\n|["$`\\])/g, (_, character: string) =>
    /\n/.test(character) ? '' : character,
  );
}

function ansiC(text: string): string {
  return text.replace(
    /\\(?:x([\da-f]{1,2})|u([\da-f]{1,4})|U([\da-f]{1,8})|([0-7]{1,3})|([\s\S]))/gi,
    (_, hex?: string, short?: string, long?: string, octal?: string, letter = '') => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return codePoint(Number.parseInt(code, 16));
      return octal === undefined ? (letters[letter] ?? letter) : codePoint(Number.parseInt(octal, 8));
    },
  );
}

function codePoint(code: number): string {
  return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
}

/** First the carets of cmd.exe, which count outside of quotes only; then quotes and backslashes as programs read them. */
function windowsWords(text: string): string[] | string {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (const [, slashes = '', quote, space, other = ''] of uncareted(text).matchAll(
    /(\\*)(?:(")|(\s)|([^\s"\\]|$))/g,
  )) {
    // An even number of backslashes before a quote stands for half of them, and the quote counts.
    const kept = quote === undefined ? slashes : '\\'.repeat(Math.floor(slashes.length / 2));
    const isLiteral = quote !== undefined && slashes.length % 2 === 1;
    if (kept !== '' || other !== '' || isLiteral) word = `${word ?? ''}${kept}${isLiteral ? '"' : other}`;
    if (quote !== undefined && !isLiteral) {
      isQuoted = !isQuoted;
      word ??= '';
    }
    if (space !== undefined && isQuoted) word = `${word ?? ''}${space}`;
    else if (space !== undefined && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (isQuoted) return 'the quote " has no end';
  return word === undefined ? words : [...words, word];
}

function uncareted(text: string): string {
  let isQuoted = false;
  return text.replace(/\^\r?\n|\^([\s\S])|"/g, (whole, next?: string) => {
    if (whole === '"') {
      isQuoted = !isQuoted;
      return whole;
    }
    if (isQuoted) return whole;
    return next ?? '';
  });
}
