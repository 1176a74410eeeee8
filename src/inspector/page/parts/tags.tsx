// Knows: what stands beside a target: whose it is, that it is somebody who watches, on which of several servers it came.
import type { HandshakeRow } from '../../protocol.js';
import { visible } from '../state/visible.js';
import { Icon } from './icon.js';
import { Safe } from './safe.js';

export function Tags({ row }: { readonly row: HandshakeRow }) {
  return (
    <>
      {row.user !== undefined && (
        <span class="tag" title={`user ${visible(row.user)}, as the application says`}>
          <Icon name="user" />
          <span class="unheard">user </span>
          <Safe text={row.user} />
        </span>
      )}
      {row.watcher && (
        <span class="tag is-watcher" title="You, or another who watches: in no figure and in no group">
          <Icon name="eye" />
          inspector
        </span>
      )}
      {row.server !== undefined && <span class="tag">on {row.server}</span>}
    </>
  );
}
