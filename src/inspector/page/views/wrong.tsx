// Knows: how a reason is told: what it means, what to do, and the lines to change, program by program.
import type { Detail } from '../../protocol.js';
import { Copy } from '../parts/copy.js';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { Spec } from '../parts/spec.js';

interface Props {
  readonly reason: NonNullable<Detail['reason']>;
  readonly recipes: Detail['recipes'];
}

export function Wrong({ reason, recipes }: Props) {
  return (
    <section class="wrong">
      <h3>
        <Icon name="bad" />
        <span>
          <Safe text={reason.title} />
        </span>
        <code>{reason.code}</code>
      </h3>
      <p>
        <Safe text={reason.meaning} />
      </p>
      <p class="fix">
        <b>Fix</b> <Safe text={reason.fix} />
      </p>
      <p class="specs">
        {reason.sections.map((section) => (
          <Spec key={section} section={section} />
        ))}
      </p>
      {recipes.map((recipe, index) => (
        <details key={`${recipe.hop} ${recipe.text}`} class="recipe" open={index === 0}>
          <summary>
            <Icon name="chevron" />
            <b>{recipe.hop}</b> <Safe text={recipe.text} />
          </summary>
          {recipe.lines.length > 0 && (
            <div class="lines">
              <Copy label="copy" text={recipe.lines.join('\n')} title={`Copy the lines for ${recipe.hop}`} />
              <pre>
                <Safe text={recipe.lines.join('\n')} block />
              </pre>
            </div>
          )}
        </details>
      ))}
    </section>
  );
}
