// Knows: how somebody makes sure that they mean to close a connection, and with which code. RFC 6455 §7.4.
// Must not know: what becomes of it.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { closeCode } from '../../../forensics/close-codes.js';
import { isSendableCloseCode } from '../../../frames/frame.js';
import type { HandshakeRow } from '../../protocol.js';
import { Prose } from '../parts/prose.js';
import { Safe } from '../parts/safe.js';
import { act } from '../state/acting.js';
import { octetsOf } from '../state/typed.js';

/** Going away: most clients come back by themselves, so a close by mistake heals. */
const FIRST_CODE = 1001;
const MAX_REASON_BYTES = 123;
const codes = [1000, 1001, 1008, 1011, 1012, 1013];

export function CloseDialog({ row, done }: { readonly row: HandshakeRow; readonly done: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const typed = useSignal(String(FIRST_CODE));
  const reason = useSignal('');
  useEffect(() => dialog.current?.showModal(), []);
  const code = Number(typed.value);
  const octets = octetsOf(reason.value);
  const isValid = isCode(code) && octets <= MAX_REASON_BYTES;
  const close = () => {
    if (!isValid) return;
    dialog.current?.close();
    act(row, { do: 'close', code, reason: reason.peek() });
  };
  return (
    // Its keys are its own: Escape does not close what is behind it too.
    <dialog
      ref={dialog}
      class="help closing"
      aria-labelledby="closing"
      onClose={done}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="closing">Close the connection of #{row.id}?</h2>
      <p class="whose">
        <Safe text={row.target} />, {row.address}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          close();
        }}
      >
        <CodeField typed={typed.value} change={(text) => (typed.value = text)} />
        <label>
          <span>Reason, which the client is told</span>
          <input
            type="text"
            autocomplete="off"
            aria-invalid={octets > MAX_REASON_BYTES}
            aria-describedby="closing-room"
            value={reason.value}
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
        </label>
        <p id="closing-room" class={octets > MAX_REASON_BYTES ? 'is-wrong' : ''}>
          {octets} of {MAX_REASON_BYTES} octets
        </p>
        <p class="choices">
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary is-grave" disabled={!isValid}>
            Close it
          </button>
        </p>
      </form>
    </dialog>
  );
}

interface CodeProps {
  readonly typed: string;
  readonly change: (text: string) => void;
}

/** One of those that are meant most often, or any other that may be sent. */
function CodeField({ typed, change }: CodeProps) {
  const isOther = useSignal(false);
  const code = Number(typed);
  const isRight = isCode(code);
  const choose = (value: string) => {
    isOther.value = value === OTHER;
    change(isOther.value ? '4000' : value);
  };
  return (
    <>
      <label>
        <span>Code</span>
        <select aria-describedby="closing-meaning" onChange={(event) => choose(event.currentTarget.value)}>
          {codes.map((one) => (
            <option key={one} value={one} selected={one === FIRST_CODE}>
              {one} {closeCode(one)?.name}
            </option>
          ))}
          <option value={OTHER}>another …</option>
        </select>
      </label>
      {isOther.value && (
        <label>
          <span>Another code</span>
          <input
            type="text"
            inputMode="numeric"
            autocomplete="off"
            aria-invalid={!isRight}
            aria-describedby="closing-meaning"
            value={typed}
            onInput={(event) => change(event.currentTarget.value)}
          />
        </label>
      )}
      <p id="closing-meaning" class={isRight ? '' : 'is-wrong'}>
        {isRight ? (
          <Prose text={closeCode(code)?.meaning ?? ''} />
        ) : (
          'May be sent: 1000 to 1003, 1007 to 1014, 3000 to 4999.'
        )}
      </p>
    </>
  );
}

const OTHER = 'another';

function isCode(code: number): boolean {
  return Number.isInteger(code) && isSendableCloseCode(code);
}
