// Knows: how a report is made safe for whatever shows it, once, before any format's own escaping.
// Must not know: the formats. The engine has escaped what peers wrote; this holds also for reports read from a file.

// Unicode 15.1 §23: control, format (bidirectional marks among them) and lone surrogate characters; separators that break
// lines; and the two that XML 1.0 §2.2 has no way to write. Line ends stay, as line feeds: heads and texts have lines.
const unsafe = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\u2028\u2029\ufffe\uffff]/gu;

/** The same data with every character escaped that could change what stands around it: `\x1b`, `\u{202e}`. */
export function clean<Value>(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n').replace(unsafe, escaped) as Value;
  if (Array.isArray(value)) return value.map(clean) as Value;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, clean(part)])) as Value;
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
