// Knows: how a value of JSON, MessagePack or CBOR is read as a tree that opens and closes, at most so many members at once.
// Must not know: where the value comes from. All of it is text of a peer.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { briefOf } from '../decoders/decoder.js';
import { Safe } from './safe.js';

const OPEN_DEPTH = 2;
const MOST_MEMBERS = 200;

interface Props {
  readonly value: unknown;
  readonly name?: string;
  readonly depth?: number;
}

export function Tree({ value, name, depth = 0 }: Props) {
  const label = name === undefined ? null : <Key name={name} />;
  const members = membersOf(value);
  if (members === undefined) {
    return (
      <div class="leaf">
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  return <Branch label={label} kind={summary(value, members.length)} members={members} depth={depth} />;
}

interface BranchProps {
  readonly label: ComponentChildren;
  readonly kind: string;
  readonly members: readonly (readonly [string, unknown])[];
  readonly depth: number;
}

/** What is closed is not in the document: a peer decides how deep and how wide it is. */
function Branch({ label, kind, members, depth }: BranchProps) {
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  return (
    <details class="branch" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        <span class="kind">{kind}</span>
      </summary>
      <div class="members">
        {isOpen &&
          members
            .slice(0, MOST_MEMBERS)
            .map(([key, member]) => <Tree key={key} name={key} value={member} depth={depth + 1} />)}
        {isOpen && members.length > MOST_MEMBERS && (
          <div class="leaf kind">{members.length - MOST_MEMBERS} more</div>
        )}
      </div>
    </details>
  );
}

function Key({ name }: { readonly name: string }) {
  return (
    <span class="key">
      <Safe text={name} />:{' '}
    </span>
  );
}

function Leaf({ value }: { readonly value: unknown }) {
  if (typeof value === 'string') {
    return (
      <span class="string">
        "<Safe text={value} />"
      </span>
    );
  }
  if (value instanceof Uint8Array) return <span class="kind">{value.length} octets</span>;
  if (value instanceof Date) return <span class="atom">{value.toISOString()}</span>;
  return <span class="atom">{String(value)}</span>;
}

function membersOf(value: unknown): [string, unknown][] | undefined {
  if (Array.isArray(value)) return value.map((member, at) => [String(at), member]);
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof Uint8Array || value instanceof Date) return undefined;
  if (value instanceof Map) return [...value].map(([key, member]) => [briefOf(key, 'a value'), member]);
  return Object.entries(value);
}

function summary(value: unknown, size: number): string {
  return Array.isArray(value) ? `[ ${size} ]` : `{ ${size} }`;
}
