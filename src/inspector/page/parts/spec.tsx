// Knows: where the section of an RFC stands that a text names, such as `RFC 6455 §4.2.1`.
// Must not know: what it says.

const named = /RFC (\d{3,5})(?: §([A-Z]?[\d.]*\d))?/;

export function Spec({ section }: { readonly section: string }) {
  const [, rfc, part] = named.exec(section) ?? [];
  if (section === '') return null;
  if (rfc === undefined) return <span class="spec">{section}</span>;
  const anchor = part === undefined ? '' : `#section-${part}`;
  return (
    <a
      class="spec"
      href={`https://www.rfc-editor.org/rfc/rfc${rfc}${anchor}`}
      target="_blank"
      rel="noreferrer"
    >
      {section}
    </a>
  );
}
