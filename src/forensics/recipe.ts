// Knows: what a recipe is. Must not know: any recipe.

/** A change to one program's configuration or code. */
export interface Recipe {
  /** As in `respondents.ts`: `nginx`, `haproxy`, `ws`, `gorilla` …; `server` and `client` are for any of them. */
  readonly hop: string;
  /** One sentence: where it goes; or all there is to say. */
  readonly text: string;
  /** The lines; `+ ` and `- ` at the start where some are added or removed. None when the text says it all. */
  readonly lines: readonly string[];
  /** Whether these lines were run (perhaps with another number in them), or come from the documentation of the program. */
  readonly checked: 'run' | 'documentation';
}

/** Recipes by the code that they are for. */
export type Cookbook = Readonly<Record<string, readonly Recipe[]>>;

/** A recipe whose lines were run. */
export function run(hop: string, text: string, ...lines: string[]): Recipe {
  return { hop, text, lines, checked: 'run' };
}

/** A recipe out of documentation. */
export function written(hop: string, text: string, ...lines: string[]): Recipe {
  return { hop, text, lines, checked: 'documentation' };
}
