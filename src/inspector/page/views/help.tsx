// Knows: the keys, and what a search understands.
import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { fields } from '../state/search.js';
import { keys } from './keys.js';

export function Help({ isOpen }: { readonly isOpen: Signal<boolean> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen.value]);
  return (
    <dialog ref={dialog} class="help" aria-label="Help" onClose={() => (isOpen.value = false)}>
      <form method="dialog">
        <button type="submit" class="tool-button" aria-label="Close the help">
          <Icon name="close" />
        </button>
      </form>
      <h2>Keys</h2>
      <dl>
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h2>Search</h2>
      <p>
        All words must occur, anywhere in what is known of a handshake. <code>-word</code> must not occur. A
        field and a colon look there alone:
      </p>
      <p class="fields">
        {fields.map((field) => (
          <code key={field}>{field}:</code>
        ))}
      </p>
      <p>
        <code>code:ORIGIN -agent:curl path:/chat</code>
      </p>
    </dialog>
  );
}
