// Knows: how a line stands, as a sign with a word for those who do not see it.
import type { AnnotatedLine } from '../../protocol.js';
import { Icon } from './icon.js';

const words = {
  good: 'right',
  warn: 'suspicious',
  bad: 'wrong',
  skip: 'not looked at',
  none: 'noted',
} as const;

export function Mark({ mark }: { readonly mark: AnnotatedLine['mark'] }) {
  return (
    <span class={`mark tone-${mark}`}>
      <Icon name={mark} />
      <span class="unheard">{words[mark]}</span>
    </span>
  );
}
