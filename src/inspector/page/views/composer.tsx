// Knows: how a message is typed: as text, or its octets in hexadecimal or base64. Enter sends it.
// Must not know: what becomes of it.
import { useSignal } from '@preact/signals';
import type { HandshakeRow } from '../../protocol.js';
import { act, say } from '../state/acting.js';
import { base64Of, type Form } from '../state/typed.js';

const forms: ReadonlyArray<readonly [form: Form, name: string, placeholder: string]> = [
  ['text', 'text', 'A text message'],
  ['hex', 'hex', 'de ad be ef'],
  ['base64', 'base64', '3q2+7w=='],
];

export function Composer({ row }: { readonly row: HandshakeRow }) {
  const form = useSignal<Form>('text');
  const typed = useSignal('');
  const send = () => sendTyped(row, typed.peek(), form.peek());
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <select
        aria-label="Send as"
        value={form.value}
        onChange={(event) => (form.value = event.currentTarget.value as Form)}
      >
        {forms.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      <textarea
        rows={1}
        aria-label="Message to the client"
        title="Enter sends, Shift and Enter begin a new line"
        placeholder={forms.find(([key]) => key === form.value)?.[2]}
        spellcheck={false}
        autocomplete="off"
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button type="submit" class="primary">
        Send
      </button>
    </form>
  );
}

function sendTyped(row: HandshakeRow, typed: string, form: Form): void {
  if (form === 'text') return act(row, { do: 'text', text: typed });
  const base64 = base64Of(typed, form);
  if (base64 !== undefined) return act(row, { do: 'binary', base64 });
  const wanted = form === 'hex' ? 'two hexadecimal digits for each octet' : 'base64';
  say(row.id, `Not sent: this is not ${wanted}.`);
}
