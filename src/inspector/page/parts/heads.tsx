// Knows: how two heads stand side by side, each line with how it stands, what it is and where the rule is.
// Must not know: the rules.
import type { AnnotatedLine } from '../../protocol.js';
import { Mark } from './mark.js';
import { Safe } from './safe.js';
import { Spec } from './spec.js';

interface Props {
  readonly request: readonly AnnotatedLine[];
  readonly response: readonly AnnotatedLine[];
}

export function Heads({ request, response }: Props) {
  return (
    <div class="heads">
      <HeadCard title="Request, as it arrived" lines={request} empty="No head could be read." />
      <HeadCard title="Answer" lines={response} empty="Nothing was answered." />
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly lines: readonly AnnotatedLine[];
  readonly empty: string;
}

function HeadCard({ title, lines, empty }: CardProps) {
  return (
    <section class="card head-card">
      <h3>{title}</h3>
      {lines.length === 0 && <p class="nothing">{empty}</p>}
      <ul>
        {lines.map((line, index) => (
          <li key={index} class={`tone-line-${line.mark}`}>
            <Mark mark={line.mark} />
            <div class="octets">
              {line.label !== '' && (
                <span class="label">
                  <Safe text={line.label} />:{' '}
                </span>
              )}
              <Safe text={line.value} />
            </div>
            <Note line={line} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Note({ line }: { readonly line: AnnotatedLine }) {
  if (line.note === '' && line.section === '' && line.code === undefined) return null;
  return (
    <div class="note">
      {line.code !== undefined && <code>{line.code}</code>} <Safe text={line.note} />{' '}
      <Spec section={line.section} />
    </div>
  );
}
