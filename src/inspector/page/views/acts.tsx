// Knows: what may be done to an open connection from here, where the server lets those who watch act; and what came of it.
// Must not know: how it is asked for (`acting.ts`), or how a close is confirmed (`close-dialog.tsx`).
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { HandshakeRow } from '../../protocol.js';
import { Icon } from '../parts/icon.js';
import { act, said } from '../state/acting.js';
import { server } from '../state/news.js';
import { CloseDialog } from './close-dialog.js';
import { Composer } from './composer.js';

export function Acts({ row }: { readonly row: HandshakeRow }) {
  const status = useRef<HTMLParagraphElement>(null);
  const isOpen = row.connection !== undefined && row.connection.end === undefined;
  const mayAct = server.value?.actions === true && row.watcher === undefined;
  const told = said.value?.id === row.id ? said.value : undefined;
  // What had the focus is gone with the connection: it goes to what is said of that.
  useLayoutEffect(() => {
    if (!isOpen && document.activeElement === document.body) status.current?.focus({ preventScroll: true });
  }, [isOpen]);
  if (!mayAct || (!isOpen && told === undefined)) return null;
  return (
    <section class="acts" aria-label="Act upon this connection">
      {isOpen && <Composer row={row} />}
      <div class="others">
        {isOpen && <Others row={row} />}
        <p ref={status} role="status" tabIndex={-1} class={`said tone-${told?.mark ?? 'none'}`}>
          {told !== undefined && told.mark !== 'none' && <Icon name={told.mark} />}
          <span>{told?.words}</span>
        </p>
      </div>
    </section>
  );
}

function Others({ row }: { readonly row: HandshakeRow }) {
  const isAsking = useSignal(false);
  const isHeld = row.connection?.held === true;
  return (
    <>
      <button type="button" class="quiet" onClick={() => act(row, { do: 'ping' })}>
        <Icon name="pulse" />
        <span>Ping</span>
      </button>
      <button
        type="button"
        class={`quiet${isHeld ? ' is-on' : ''}`}
        title={
          isHeld ? 'Nothing is read from it now' : 'Read nothing from it until you resume, or leave this page'
        }
        onClick={() => act(row, { do: isHeld ? 'resume' : 'pause' })}
      >
        <Icon name={isHeld ? 'play' : 'pause'} />
        <span>{isHeld ? 'Resume reading' : 'Pause reading'}</span>
      </button>
      <button type="button" class="quiet" aria-haspopup="dialog" onClick={() => (isAsking.value = true)}>
        <Icon name="close" />
        <span>Close …</span>
      </button>
      {isAsking.value && <CloseDialog row={row} done={() => (isAsking.value = false)} />}
    </>
  );
}
