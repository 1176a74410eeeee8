// Knows: the head of the page: whose server it is, whether the page is live, where one can go, search.
import type { Signal } from '@preact/signals';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { Tabs } from '../parts/tabs.js';
import { go, hrefOf, place } from '../state/at.js';
import { span } from '../state/figures.js';
import { isPaused } from '../state/list.js';
import { server } from '../state/news.js';
import { isWithoutSocket, ownFailure } from '../state/own-failure.js';
import { isSystemDark, switchTheme, theme } from '../state/theme.js';
import { linkState, now, reconnectNow } from '../state/watching.js';

export function TopBar({ isHelpOpen }: { readonly isHelpOpen: Signal<boolean> }) {
  const { view } = place.value;
  return (
    <header class="top">
      <h1>
        <Logo />
        <span class="product">handfast</span> <span class="tool">inspector</span>
      </h1>
      <ServerName />
      <LiveSign />
      <Tabs
        label="Views"
        links={[
          {
            key: 'h',
            href: hrefOf({ view: 'handshakes' }),
            label: 'Handshakes',
            isHere: view === 'handshakes',
          },
          { key: 'o', href: '#/overview', label: 'Overview', isHere: view === 'overview' },
        ]}
      />
      <SearchBox />
      <div class="tools">
        <PauseButton />
        <ThemeButton />
        <button
          type="button"
          class="tool-button"
          title="Keys and search (?)"
          aria-label="Help"
          onClick={() => (isHelpOpen.value = true)}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <rect width="32" height="32" rx="8" class="ground" />
      <path d="M6 12h13M15 8l4 4-4 4" class="there" />
      <path d="M26 21H13m4-4-4 4 4 4" class="back" />
    </svg>
  );
}

function ServerName() {
  if (server.value === undefined) return <span class="server" />;
  const { name, version, startedAt } = server.value;
  return (
    <span class="server" title={`handfast ${version}`}>
      <b>
        <Safe text={name} />
      </b>
      <span class="up">up {span(now.value - startedAt)}</span>
    </span>
  );
}

function LiveSign() {
  if (isWithoutSocket.value) return <LiveByStream />;
  const { state, retryAt } = linkState.value;
  const words = { live: 'live', opening: 'connecting', lost: 'connection lost' }[state];
  return (
    <span class={`live is-${state}`}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{words}</span>
      {state === 'lost' && retryAt !== undefined && (
        <button type="button" class="link" onClick={reconnectNow}>
          try now
        </button>
      )}
    </span>
  );
}

/** What the page is for has happened to the page: it leads to its own handshake, as the server saw it. */
function LiveByStream() {
  const failure = ownFailure.value;
  return (
    <span class="live is-stream">
      <span class="dot" aria-hidden="true" />
      <span role="status">live without WebSocket</span>
      {failure === undefined ? (
        <span class="why" title="Something in front of the server has refused it, or has not passed it on">
          its handshake never arrived here
        </span>
      ) : (
        <a
          class="why"
          href={hrefOf({ view: 'handshakes', id: failure.id, side: 'handshake' })}
          title="This page's own handshake, as it arrived, and what to change"
        >
          {failure.code}
        </a>
      )}
      <button type="button" class="link" title="Try a WebSocket now" onClick={reconnectNow}>
        try now
      </button>
    </span>
  );
}

function SearchBox() {
  const words = place.value.words;
  return (
    <search class="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        aria-label="Search handshakes"
        placeholder="Search: path, origin, address, code:…"
        spellcheck={false}
        autocomplete="off"
        value={words}
        onInput={(event) => go({ words: event.currentTarget.value, view: 'handshakes' }, true)}
      />
      {words === '' && <kbd title="The key that leads here">/</kbd>}
    </search>
  );
}

function PauseButton() {
  const paused = isPaused.value;
  return (
    <button
      type="button"
      class={`tool-button${paused ? ' is-on' : ''}`}
      aria-pressed={paused}
      title={paused ? 'Let new rows in (p)' : 'Hold the list still (p)'}
      aria-label="Pause the list"
      onClick={() => (isPaused.value = !paused)}
    >
      <Icon name={paused ? 'play' : 'pause'} />
    </button>
  );
}

function ThemeButton() {
  const isDark = theme.value === 'dark' || (theme.value === 'auto' && isSystemDark.value);
  const label = isDark ? 'Light colours' : 'Dark colours';
  return (
    <button type="button" class="tool-button" title={`${label} (t)`} aria-label={label} onClick={switchTheme}>
      <Icon name={isDark ? 'light' : 'dark'} />
    </button>
  );
}
