// Knows: which of a finding's recipes are shown first: those for programs that were seen on the path.
// Must not know: what a recipe says, or where it is shown.
import { catalogue } from '../../catalogue.js';
import { properName } from '../../forensics/program-names.js';
import type { Recipe } from '../../forensics/recipes.js';
import type { Finding, Report } from '../report.js';

export interface Fixes {
  /** What to do; empty where a recipe that is shown says the same exactly. */
  readonly sentence: string;
  readonly shown: readonly Recipe[];
  /** The programs that there are lines for besides. */
  readonly others: readonly string[];
}

/** Whoever they are for, nobody has to recognise them on the path. */
const everybody: ReadonlySet<string> = new Set(['client', 'server', 'app']);

/** `which`: `all`, or a program's name; by default the programs that were seen, or the only one there is. */
export function fixesFor(finding: Finding, { respondent }: Report, which?: string): Fixes {
  const { recipes } = finding;
  const seen = new Set(respondent?.hops.map(({ name }) => name));
  const names = [...new Set(recipes.map(({ hop }) => hop))];
  const isShown = (hop: string): boolean =>
    which === undefined
      ? seen.has(hop) || everybody.has(hop) || names.length === 1
      : which === 'all' || which.toLowerCase() === hop.toLowerCase();
  const shown = recipes.filter(({ hop }) => isShown(hop));
  return {
    sentence: isSaid(finding, shown) ? '' : finding.fix,
    shown,
    others: names.filter((hop) => !isShown(hop)),
  };
}

/** Whether recipes say better what a sentence says: the rows about what a proxy does have lines for several programs in theirs. */
export function isSaid(
  { code, fix }: { readonly code?: string; readonly fix: string },
  shown: readonly Recipe[],
): boolean {
  const reason = code === undefined ? undefined : catalogue.get(code);
  const isOfProxies = reason?.layer === 'proxy' || (reason?.layer === 'route' && reason.actor === 'proxy');
  return isOfProxies && reason.fix === fix && shown.some(({ lines }) => lines.length > 0);
}

/** `nginx: In the location that serves /ws:`, the name only where it is another one than before. */
export function recipeText({ hop, text, lines, checked }: Recipe, before?: Recipe): string {
  const name = before?.hop === hop ? '' : `${properName(hop)}: `;
  const source = checked === 'run' || lines.length === 0 ? '' : ' (from its documentation)';
  return `${name}${text.replace(/:?$/, (colon) => source + colon)}`;
}

/** That there are lines for other programs, three of them by name. `missed`: the program that was asked for. */
export function othersText(others: readonly string[], missed?: string): string {
  if (others.length === 0) return '';
  const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
  const list = `${others.slice(0, 3).join(', ')}${more}`;
  return missed === undefined
    ? `Lines for ${list}: --fix NAME, or --fix all.`
    : `There are no lines for ${missed}; there are for ${list}.`;
}
