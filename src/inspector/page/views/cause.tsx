// Knows: how the cause of an end is told: how sure it is, what speaks for it, what to do, what would prove it.
// Must not know: how it was found.
import type { EndCause } from '../../protocol.js';
import { Copy } from '../parts/copy.js';
import { Prose } from '../parts/prose.js';
import { Safe } from '../parts/safe.js';
import { Spec } from '../parts/spec.js';
import { RecipeList } from './recipes.js';

const meanings: Readonly<Record<EndCause['confidence'], string>> = {
  proven: 'It was said or done by who is named',
  strong: 'Little else would look like this',
  likely: 'It looks like this, and so may something else',
  possible: 'Nothing speaks against it',
};

interface Props {
  readonly cause: EndCause;
  /** Programs whose recipes are open: those in front, and this server. */
  readonly open: number;
}

export function Cause({ cause, open }: Props) {
  return (
    <div class="cause">
      <p class="title">
        <Prose text={cause.title} />{' '}
        <span class="found">
          {cause.code !== undefined && <code>{cause.code}</code>}{' '}
          <span class={`sureness is-${cause.confidence}`} title={meanings[cause.confidence]}>
            {cause.confidence}
          </span>
        </span>
      </p>
      {cause.why.length > 0 && (
        <ul class="why">
          {cause.why.map((sentence) => (
            <li key={sentence}>
              <Prose text={sentence} />
            </li>
          ))}
        </ul>
      )}
      {cause.fix !== undefined && (
        <p class="fix">
          <b>Fix</b> <Prose text={cause.fix} />
        </p>
      )}
      {cause.decide !== undefined && <Decide command={cause.decide} />}
      <p class="specs">
        {cause.sections.map((section) => (
          <Spec key={section} section={section} />
        ))}
      </p>
      <RecipeList recipes={cause.recipes} open={open} />
    </div>
  );
}

function Decide({ command }: { readonly command: string }) {
  return (
    <div class="decide">
      <p>This would prove it, with one silent connection and one that pings:</p>
      <div class="lines">
        <Copy label="copy" text={command} title="Copy the command" />
        <pre tabIndex={0}>
          <Safe text={command} block />
        </pre>
      </div>
    </div>
  );
}
