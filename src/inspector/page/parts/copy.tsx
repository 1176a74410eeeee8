// Knows: how something is put into the clipboard, and how one sees that it is there.
// Must not know: what it is.
import { useState } from 'preact/hooks';
import { Icon } from './icon.js';

interface Props {
  readonly text: string;
  readonly label: string;
  readonly title?: string;
}

const SHOWN_MS = 1600;

export function Copy({ text, label, title }: Props) {
  const [said, setSaid] = useState<string>();
  const copy = async () => {
    setSaid((await put(text)) ? 'Copied' : 'Select and copy by hand');
    setTimeout(() => setSaid(undefined), SHOWN_MS);
  };
  return (
    <button type="button" class="quiet" onClick={copy} title={title ?? `Copy ${label}`}>
      <Icon name={said === 'Copied' ? 'good' : 'copy'} />
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}

/** Browsers have the clipboard in secure contexts only; elsewhere a selection that is copied still does it. */
async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const isDone = document.execCommand('copy');
    area.remove();
    return isDone;
  }
}
