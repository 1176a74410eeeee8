// Knows: what to change, program by program: the likeliest first and open, the others behind one line.
import type { Detail } from '../../protocol.js';
import { Copy } from '../parts/copy.js';
import { Icon } from '../parts/icon.js';
import { Prose } from '../parts/prose.js';
import { Safe } from '../parts/safe.js';

type Recipes = Detail['recipes'];

export function RecipeList({ recipes }: { readonly recipes: Recipes }) {
  const hops = [...new Set(recipes.map(({ hop }) => hop))];
  const [first, ...others] = hops;
  if (first === undefined) return null;
  const of = (hop: string) => recipes.filter((recipe) => recipe.hop === hop);
  return (
    <div class="recipes">
      <Program hop={first} recipes={of(first)} isOpen />
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
