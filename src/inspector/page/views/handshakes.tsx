// Knows: the view of all handshakes: tabs with counts, the failures in groups, the list.

import { Icon } from '../parts/icon.js';
import { Tabs } from '../parts/tabs.js';
import { hrefOf, place } from '../state/at.js';
import { count } from '../state/figures.js';
import { list } from '../state/list.js';
import { rows, rowsVersion } from '../state/news.js';
import { type Tab, tabs } from '../state/verdict.js';
import { requestHar } from '../state/watching.js';
import { Groups } from './groups.js';
import { saveHar } from './har.js';
import { List } from './list.js';

const labels: Readonly<Record<Tab, string>> = {
  all: 'All',
  open: 'Open',
  failed: 'Failed',
  closed: 'Closed',
  broken: 'Broken',
};

export function Handshakes() {
  void rowsVersion.value;
  const links = tabs.map((tab) => ({
    key: tab,
    href: hrefOf({ tab }),
    isHere: place.value.tab === tab,
    label: (
      <>
        {labels[tab]} <span class="count">{count(rows.counts[tab])}</span>
      </>
    ),
  }));
  const save = () =>
    requestHar(
      list.peek().map((row) => row.id),
      (har) => saveHar(har, 'handshakes'),
    );
  return (
    <section class="handshakes" aria-label="Handshakes">
      <div class="bar">
        <Tabs label="Which handshakes" links={links} />
        <button
          type="button"
          class="quiet"
          onClick={save}
          title="Save the handshakes of this list as a HAR file"
        >
          <Icon name="save" />
          <span>HAR</span>
        </button>
      </div>
      <Groups />
      <List />
    </section>
  );
}
