// Knows: how text becomes HTML: what stands in a template is markup, what is put into it is text and is escaped.
// Must not know: what is written. HTML Living Standard §13.1.2.

/** HTML that was written by a template, and may stand in another one. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Part = Markup | string | number | undefined | readonly Part[];

/** The only way to write HTML here: strings and numbers are escaped, `undefined` is nothing, lists are joined. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(
    strings.map((string, at) => string + (at < parts.length ? written(parts[at]) : '')).join(''),
  );
}

function written(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.html;
  if (typeof part === 'object') return part.map(written).join('');
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
