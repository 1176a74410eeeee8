// Knows: how a reason is told: what it means, what to do, and where the rule stands.
import type { Detail } from '../../protocol.js';
import { Icon } from '../parts/icon.js';
import { Prose } from '../parts/prose.js';
import { Safe } from '../parts/safe.js';
import { Spec } from '../parts/spec.js';
import { RecipeList } from './recipes.js';

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
          <Safe text={reason.title} /> <code>{reason.code}</code>
        </span>
      </h3>
      <p>
        <Prose text={reason.meaning} />
      </p>
      <p class="fix">
        <b>Fix</b> <Prose text={reason.fix} />
      </p>
      <p class="specs">
        {reason.sections.map((section) => (
          <Spec key={section} section={section} />
        ))}
      </p>
      <RecipeList recipes={recipes} />
    </section>
  );
}
