// Knows: where on the page one is, as the fragment of its address, so that every place can be linked to.
// Must not know: what is shown there. Pure.
import { type Tab, tabs } from './verdict.js';

export const sides = ['handshake', 'frames', 'time', 'end'] as const;
/** The tabs of one handshake. */
export type Side = (typeof sides)[number];

export interface Place {
  readonly view: 'handshakes' | 'overview';
  /** The handshake that is open beside the list. */
  readonly id?: number;
  readonly side: Side;
  readonly tab: Tab;
  readonly words: string;
}

export const start: Place = { view: 'handshakes', side: 'handshake', tab: 'all', words: '' };

/** Whatever stands in the address bar is a place: what is not understood is the start. */
export function readPlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?');
  const options = new URLSearchParams(query);
  const tab = tabs.find((known) => known === options.get('tab')) ?? 'all';
  const list = { ...start, tab, words: options.get('q') ?? '' };
  const [view, id, side] = path.split('/');
  if (view === 'overview') return { ...list, view: 'overview' };
  if (view !== 'handshake' || !/^\d{1,15}$/.test(id ?? '')) return list;
  return { ...list, id: Number(id), side: sides.find((known) => known === side) ?? 'handshake' };
}

/** `#/handshake/123/frames?tab=failed&q=code%3AORIGIN_REJECTED`. */
export function writePlace(place: Place): string {
  const query = new URLSearchParams();
  if (place.tab !== 'all') query.set('tab', place.tab);
  if (place.words !== '') query.set('q', place.words);
  const options = query.size === 0 ? '' : `?${query}`;
  if (place.view === 'overview') return `#/overview${options}`;
  if (place.id === undefined) return `#/${options}`;
  return `#/handshake/${place.id}${place.side === 'handshake' ? '' : `/${place.side}`}${options}`;
}
