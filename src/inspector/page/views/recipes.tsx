// Knows: what to change, program by program: the likeliest first and open, the others behind one line.
import type { Detail } from '../../protocol.js';
import { Copy } from '../parts/copy.js';
import { Icon } from '../parts/icon.js';
import { Prose } from '../parts/prose.js';
import { Safe } from '../parts/safe.js';

type Recipes = Detail['recipes'];

interface ListProps {
  readonly recipes: Recipes;
  /** How many programs are open. */
  readonly open?: number;
}

export function RecipeList({ recipes, open = 1 }: ListProps) {
  const hops = [...new Set(recipes.map(({ hop }) => hop))];
  const first = hops.slice(0, open);
  const others = hops.slice(open);
  if (first.length === 0) return null;
  const of = (hop: string) => recipes.filter((recipe) => recipe.hop === hop);
  return (
    <div class="recipes">
      {first.map((hop) => (
        <Program key={hop} hop={hop} recipes={of(hop)} isOpen />
      ))}
      {others.length > 0 && (
        <details class="others">
          <summary>
            <Icon name="chevron" />
            <span>
              Or behind: <b>{others.join(', ')}</b>
            </span>
          </summary>
          {others.map((hop) => (
            <Program key={hop} hop={hop} recipes={of(hop)} />
          ))}
        </details>
      )}
    </div>
  );
}

interface ProgramProps {
  readonly hop: string;
  readonly recipes: Recipes;
  readonly isOpen?: boolean;
}

function Program({ hop, recipes, isOpen = false }: ProgramProps) {
  return (
    <details class="program" open={isOpen}>
      <summary>
        <Icon name="chevron" />
        <b>{hop}</b>
      </summary>
      {recipes.map((recipe) => (
        <div key={recipe.text} class="recipe">
          <p>
            <Prose text={recipe.text} />
          </p>
          {recipe.lines.length > 0 && (
            <div class="lines">
              <Copy label="copy" text={recipe.lines.join('\n')} title={`Copy the lines for ${hop}`} />
              <pre tabIndex={0}>
                <Safe text={recipe.lines.join('\n')} block />
              </pre>
            </div>
          )}
        </div>
      ))}
    </details>
  );
}
