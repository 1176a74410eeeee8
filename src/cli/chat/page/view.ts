// Knows: how the chat's values become elements. Every text of a peer becomes a text node, never markup.
// Must not know: sockets, or when anything happens.
import type { AnnotatedLine, Mark, Member, Said, Welcome } from '../messages.js';
import type { Refusal } from './socket.js';

export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

function element(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const log = byId('log');
// A region that scrolls must be reachable by keyboard; not every browser sees to it.
log.tabIndex = 0;

/** One message; consecutive ones of the same person share a name. */
export function showSaid(said: Said, youId: number | undefined): void {
  const last = log.lastElementChild as HTMLElement | null;
  const isContinued = last?.dataset.from === String(said.from.id) && last.dataset.name === said.from.name;
  const time = element('time', '', clock.format(said.at)) as HTMLTimeElement;
  time.dateTime = new Date(said.at).toISOString();
  const isYours = said.from.id === youId;
  const who = element('span', 'who', said.from.name, ...(isYours ? [element('span', 'you', ' (you)')] : []));
  const item = element(
    'li',
    'said',
    badge(said.from),
    element('p', 'by', who, ' ', time),
    element('p', 'text', said.text),
  );
  item.dataset.from = String(said.from.id);
  item.dataset.name = said.from.name;
  if (isContinued) item.classList.add('continued');
  append(item);
}

export function showNews(text: string): void {
  append(element('div', 'news', text));
}

export function clearLog(): void {
  log.replaceChildren();
  byId('empty').hidden = false;
  byId('newer').hidden = true;
}

/** Adds at the end and follows it, unless the reader has scrolled up to read. */
function append(item: HTMLElement): void {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(item);
  byId('empty').hidden = true;
  if (isAtEnd) log.scrollTop = log.scrollHeight;
  else byId('newer').hidden = false;
}

export function showPeople(members: readonly Member[], youId: number | undefined): void {
  byId('people-count').textContent = String(members.length);
  byId('people').replaceChildren(
    ...members.map((member) => {
      const name = element('span', 'name', member.name);
      const encoding = element('span', 'encoding', member.encoding);
      const you = member.id === youId ? [element('span', 'you', '(you)')] : [];
      return element('li', '', badge(member), name, ...you, encoding);
    }),
  );
}

/** A letter on one of six quiet colours; decoration only, the name stands beside it. */
function badge(member: Member): HTMLElement {
  const made = element('span', `badge tint-${member.id % 6}`, [...member.name][0]?.toUpperCase() ?? '?');
  made.setAttribute('aria-hidden', 'true');
  return made;
}

export function showHandshake(welcome: Welcome): void {
  byId('request').replaceChildren(...welcome.request.flatMap(headLine));
  byId('response').replaceChildren(...welcome.response.flatMap(headLine));
  byId('decisions').replaceChildren(...welcome.decisions.map((decision) => element('li', '', decision)));
  byId('heads').hidden = false;
  byId('no-heads').hidden = true;
}

export function hideHandshake(why: string): void {
  byId('heads').hidden = true;
  byId('no-heads').textContent = why;
  byId('no-heads').hidden = false;
}

const marks: Readonly<Record<Mark, readonly [string, string]>> = {
  good: ['✓', 'as required'],
  warn: ['!', 'worth knowing'],
  bad: ['✗', 'wrong'],
  skip: ['–', 'not done'],
  none: ['·', ''],
};

function headLine(line: AnnotatedLine): HTMLElement[] {
  const [sign, words] = marks[line.mark];
  const mark = element('span', 'mark', sign);
  if (words === '') mark.setAttribute('aria-hidden', 'true');
  else {
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', words);
  }
  const label = line.label === '' ? [] : [element('span', 'label', `${line.label}:`), ' '];
  const term = element(
    'dt',
    line.mark,
    mark,
    element('code', '', ...label, element('span', 'value', line.value)),
  );
  const section = line.section === '' ? [] : [' ', element('span', 'section', `(${line.section})`)];
  return [term, element('dd', line.mark, line.note, ...section)];
}

export function showRefusal(refusal: Refusal): void {
  byId('notice-code').textContent = refusal.status === 0 ? refusal.code : `${refusal.status} ${refusal.code}`;
  byId('notice-title').textContent = refusal.title;
  byId('notice-seen').textContent = refusal.detail;
  byId('notice-meaning').textContent = refusal.meaning;
  byId('notice-fix').textContent = refusal.fix;
  byId('notice-section').textContent = refusal.section;
  byId('notice').hidden = false;
  byId('empty').hidden = true;
}

export function hideRefusal(): void {
  byId('notice').hidden = true;
  byId('empty').hidden = log.childElementCount > 0;
}

export type State = 'connecting' | 'open' | 'waiting' | 'refused';

export function showStatus(state: State, text: string): void {
  byId('status').dataset.state = state;
  byId('status-text').textContent = text;
}
