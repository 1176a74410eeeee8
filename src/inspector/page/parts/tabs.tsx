// Knows: a row of links of which one is where one is. They are links, since each has an address of its own.
import type { ComponentChildren } from 'preact';

export interface TabLink {
  readonly key: string;
  readonly href: string;
  readonly label: ComponentChildren;
  readonly isHere: boolean;
}

export function Tabs({ label, links }: { readonly label: string; readonly links: readonly TabLink[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {links.map((link) => (
        <a key={link.key} href={link.href} aria-current={link.isHere ? 'page' : undefined}>
          {link.label}
        </a>
      ))}
    </nav>
  );
}
