// Knows: light or dark: as the system has it, until somebody chooses.
// Must not know: any colour.
import { effect, signal } from '@preact/signals';

const KEY = 'handfast-inspector-theme';
export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const theme = signal<Theme>(themes.find((known) => known === stored()) ?? 'auto');

/** What `auto` is now, and what it becomes. */
const system = matchMedia('(prefers-color-scheme: dark)');
export const isSystemDark = signal(system.matches);
system.addEventListener('change', () => {
  isSystemDark.value = system.matches;
});

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  // A browser that keeps nothing for this page refuses; the choice then lasts as long as the page.
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {}
});

/** To the other of the two, whichever is seen. */
export function switchTheme(): void {
  const isDark = theme.peek() === 'dark' || (theme.peek() === 'auto' && isSystemDark.peek());
  theme.value = isDark ? 'light' : 'dark';
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
