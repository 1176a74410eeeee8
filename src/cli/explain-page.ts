// Knows: how an explanation is printed: the input read aloud, then one cause, what could not be known and what decides.
// Must not know: how anything was found. Everything in an explanation has been made safe before it comes here.

import { isSaid } from '../doctor/formats/fixes.js';
import type { Explanation, Listing } from '../explain/explanation.js';
import type { ClientVerdict } from '../forensics/clients.js';
import { type Recipe, recipesFor } from '../forensics/recipes.js';
import { fitted } from './doctor/layout.js';
import { annotated, causeHead, labelled } from './report.js';
import type { Terminal } from './terminal.js';

/** `fix`: whose recipes to print, a program's name or `all`; otherwise those of the program that was recognised. */
export function explanationsText(
  terminal: Terminal,
  explanations: readonly Explanation[],
  fix?: string,
): string {
  const wanted = explanations.map((each) =>
    fix === undefined || each.code === undefined ? each : { ...each, recipes: recipesBy(each.code, fix) },
  );
  return `\n${wanted.map((each) => explanationText(terminal, each)).join('\n')}`;
}

/** The recipes of a code for one program, or for all. */
export function recipesBy(code: string, fix: string): readonly Recipe[] {
  const all = recipesFor(code, [fix]);
  return fix === 'all' ? all : all.filter(({ hop }) => hop === fix.toLowerCase());
}

function explanationText(terminal: Terminal, explained: Explanation): string {
  const parts = [
    explained.source === '' ? '' : `${terminal.paint(terminal.block(explained.source), 'faint')}\n`,
    listingsText(terminal, explained.listings),
    explained.isGood ? goodText(terminal, explained) : causeText(terminal, explained),
  ];
  return parts.filter(Boolean).join('\n');
}

/** The parts of an input with a note on every line. */
export function listingsText(terminal: Terminal, listings: readonly Listing[]): string {
  const parts = listings.map(({ about, lines }) => {
    const title = about === '' ? '' : `${terminal.paint(terminal.block(about), 'faint')}\n`;
    return title + annotated(terminal, lines);
  });
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`;
}

function goodText(terminal: Terminal, explained: Explanation): string {
  const hang = 2 + terminal.signWidth + 1;
  const title = terminal.block(`${explained.title}.`, hang).trimStart();
  const rest = rowsText(terminal, [
    ['I saw', explained.saw],
    ['Who', explained.who],
    ['Not known', explained.couldNotKnow],
    ['To decide', explained.decide],
  ]);
  return `  ${terminal.sign('good')} ${title}\n${rest === '' ? '' : `\n${rest}\n`}`;
}

function causeText(terminal: Terminal, explained: Explanation): string {
  const { code, subcause, confidence } = explained;
  const name = [code, subcause].filter(Boolean).join(' / ');
  const head = causeHead(terminal, explained.title, [name, code && confidence].filter(Boolean).join(' · '));
  const more = code === undefined ? '' : `handfast explain ${code}`;
  const { recipes } = explained;
  // What the recipe says is not said twice.
  const [said] = isSaid(explained, recipes) ? recipes : [];
  const blocks = [
    rowsText(terminal, [
      ['I saw', explained.saw],
      ['Why', explained.why],
      ['Who', explained.who],
      ['Accepted', clientsText(explained.clients)],
      ['Or', explained.candidates.join(', ')],
      ['Do this', said === undefined ? explained.fix : recipeTitle(said)],
    ]),
    recipesText(terminal, recipes, said),
    rowsText(terminal, [
      ['Not known', explained.couldNotKnow],
      ['To decide', explained.decide],
      ['More', more],
    ]),
  ];
  return `${head}\n\n${blocks.filter(Boolean).join('\n')}\n`;
}

/** The width of the longest label, so that the rows of all blocks stand under each other. */
const labelWidth = 'To decide'.length;

function rowsText(terminal: Terminal, rows: ReadonlyArray<readonly [string, string]>): string {
  const gap = 4 + labelWidth + 2;
  const kept = rows
    .filter(([, text]) => text !== '')
    .map(([label, text]) => {
      const isCommand = label === 'To decide';
      return [label.padEnd(labelWidth), isCommand ? command(text, terminal.width - gap) : text] as const;
    });
  return kept.length === 0 ? '' : labelled(terminal, kept, 4);
}

/** A command over several lines as a shell takes it. */
function command(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.match(/'(?:[^']|'\\'')*'|\S+/g) ?? []) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width - 2) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines.join(' \\\n');
}

/** Those that belong to a cause, beneath its rows. The title of `said` stands there already. */
function recipesText(terminal: Terminal, recipes: readonly Recipe[], said: Recipe | undefined): string {
  const beneath = 4 + labelWidth + 2;
  const fits = recipes.every(({ lines }) =>
    lines.every((line) => line.length + beneath + 2 <= terminal.width),
  );
  const indent = said !== undefined && fits ? beneath : 6;
  return recipes
    .map((recipe) =>
      recipe === said ? recipeLines(terminal, recipe, indent + 2) : recipeText(terminal, recipe, indent),
    )
    .join('\n');
}

/** A title, then the lines of a configuration. */
export function recipeText(terminal: Terminal, recipe: Recipe, indent = 6): string {
  return [terminal.block(recipeTitle(recipe), indent), recipeLines(terminal, recipe, indent + 2)]
    .filter(Boolean)
    .join('\n');
}

function recipeTitle({ hop, text }: Recipe): string {
  return `${hop}: ${text}`;
}

/** As they are, wrapped only where one is wider than the terminal. */
function recipeLines(terminal: Terminal, { lines }: Recipe, indent: number): string {
  const fitting = lines.flatMap((line) => fitted(terminal, line, terminal.width - indent));
  return fitting.map((line) => (' '.repeat(indent) + line).trimEnd()).join('\n');
}

function clientsText(clients: readonly ClientVerdict[]): string {
  if (clients.length === 0) return '';
  const named = (outcome: ClientVerdict['outcome']) =>
    clients.filter((each) => each.outcome === outcome).map(({ client }) => client);
  const parts = [
    ['by', named('accepts')],
    ['refused by', named('refuses')],
    ['left hanging:', named('hangs')],
  ] as const;
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([how, names]) => `${how} ${names.join(' ')}`)
    .join('; ');
}
