// Knows: the page's few signs, drawn in the colour of the text around them. Each has a shape of its own, so that none is
// told from another by its colour alone.
const paths = {
  open: <circle cx="8" cy="8" r="4" fill="currentColor" stroke="none" />,
  closed: <circle cx="8" cy="8" r="3.6" />,
  cut: <path d="M8 4.4a3.6 3.6 0 1 0 3.6 3.6M10 6l3.4-3.4M10.6 2.6h2.8v2.8" />,
  unknown: <circle cx="8" cy="8" r="3.8" stroke-dasharray="1.6 2.4" />,
  refused: <path d="m4.5 4.5 7 7m0-7-7 7" />,
  broken: <path d="M2.5 8h3.2l1.6-3.4 1.6 6.8L10.5 8h3" />,
  garbled: <path d="M8 3v6.2M8 12.4v.3" />,
  left: <path d="M11.5 8h-8m3-3-3 3 3 3M13 4v8" />,
  good: <path d="m3.5 8.4 3 3 6-6.6" />,
  warn: <path d="M8 2.8 14 13H2ZM8 6.8v2.8M8 11.2v.2" />,
  bad: <path d="m4.5 4.5 7 7m0-7-7 7" />,
  skip: <path d="M4 8h8" />,
  none: <circle cx="8" cy="8" r="1" fill="currentColor" stroke="none" />,
  search: <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.4-1.1L14 14" />,
  pause: <path d="M5.5 3.5v9m5-9v9" />,
  play: <path d="M5 3.2 12.5 8 5 12.8Z" />,
  light: (
    <path d="M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.2v1.3m0 11v1.3M1.2 8h1.3m11 0h1.3M3.2 3.2l.9.9m7.8 7.8.9.9m0-9.6-.9.9m-7.8 7.8-.9.9" />
  ),
  dark: <path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z" />,
  help: <path d="M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6m0 2.3v.2" />,
  close: <path d="m4 4 8 8m0-8-8 8" />,
  back: <path d="M9.5 3.5 5 8l4.5 4.5" />,
  copy: <path d="M5.5 5.5h7v8h-7Zm-2 5v-8h7" />,
  link: (
    <path d="M6.6 9.4 9.4 6.6M7.2 4.6l1.4-1.4a3 3 0 0 1 4.2 4.2l-1.4 1.4m-2.6 2.6-1.4 1.4a3 3 0 0 1-4.2-4.2l1.4-1.4" />
  ),
  save: <path d="M8 2.5v7m-3-2.8 3 3 3-3M3 13.2h10" />,
  in: <path d="M13 8H3.5m3.6-3.6L3.5 8l3.6 3.6" />,
  out: <path d="M3 8h9.5M8.9 4.4 12.5 8l-3.6 3.6" />,
  up: <path d="M8 13V3.5M4.4 7.1 8 3.5l3.6 3.6" />,
  down: <path d="M8 3v9.5m3.6-3.6L8 12.5 4.4 8.9" />,
  chevron: <path d="m6 4 4 4-4 4" />,
  user: (
    <path d="M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8Zm-4.7 5.3c.5-2.3 2.3-3.5 4.7-3.5s4.2 1.2 4.7 3.5" />
  ),
  eye: (
    <path d="M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8Zm6.2 1.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4Z" />
  ),
  pulse: <path d="M2 8.5h3l2-5 2.5 9 1.7-4H14" />,
  pen: <path d="m3 13 .8-3.2 6.9-6.9 2.4 2.4-6.9 6.9Z" />,
  lock: <path d="M4 7.5h8v5.5H4Zm1.8 0V5.2a2.2 2.2 0 0 1 4.4 0v2.3" />,
};

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}
