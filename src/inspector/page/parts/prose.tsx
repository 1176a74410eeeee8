// Knows: sentences in which backticks mark what is to be typed, as the catalogue writes them.
import { Safe } from './safe.js';

export function Prose({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/(`[^`]+`)/).map((part, index) => {
        const isCode = part.length > 2 && part.startsWith('`');
        return isCode ? (
          <code key={`${index} ${part}`}>
            <Safe text={part.slice(1, -1)} />
          </code>
        ) : (
          <Safe key={`${index} ${part}`} text={part} />
        );
      })}
    </>
  );
}
