// Knows: what stands around every view: the head of the page, the figures, help, and the keys.
// Must not know: what the views show.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { place } from '../state/at.js';
import { server } from '../state/news.js';
import { Detail } from './detail.js';
import { Figures } from './figures.js';
import { Handshakes } from './handshakes.js';
import { Help } from './help.js';
import { listenToKeys } from './keys.js';
import { Overview } from './overview.js';
import { TopBar } from './top-bar.js';

export function Shell() {
  const isHelpOpen = useSignal(false);
  useEffect(() => listenToKeys(isHelpOpen), [isHelpOpen]);
  const { view, id } = place.value;
  const name = server.value?.name;
  useEffect(() => {
    document.title = `${id === undefined ? '' : `#${id} · `}${name ?? 'handfast'} · inspector`;
  }, [id, name]);
  return (
    <>
      <TopBar isHelpOpen={isHelpOpen} />
      <Figures />
      <main class={`view-${view}${id === undefined ? '' : ' has-detail'}`}>
        {view === 'overview' ? <Overview /> : <Handshakes />}
        {id !== undefined && <Detail key={id} id={id} />}
      </main>
      <Help isOpen={isHelpOpen} />
    </>
  );
}
