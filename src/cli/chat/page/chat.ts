// Knows: what happens on the page: joining, saying, changing room or offer, waiting for the next attempt.
// Must not know: how anything is drawn (view.ts) or how a socket is kept (socket.ts).
import type { FromServer, Joined, Member } from '../messages.js';
import { type Refusal, RoomSocket, type Watcher } from './socket.js';
import * as view from './view.js';

const { byId } = view;
const nameField = byId<HTMLInputElement>('name');
const roomField = byId<HTMLInputElement>('room');
const textField = byId<HTMLTextAreaElement>('composer-text');
const sayHint = byId('say-hint');
const usualHint = sayHint.textContent ?? '';

let room = new URLSearchParams(location.search).get('room') ?? '42';
let you: Member | undefined;
/** The name to join with again after a reconnect; empty until somebody joined. */
let name = '';
let members: readonly Member[] = [];
let countdown = 0;

const watcher: Watcher = {
  onconnecting() {
    stopWaiting();
    view.showStatus('connecting', 'Connecting');
  },
  onopen(subprotocol) {
    view.hideRefusal();
    view.showStatus('open', `Connected · ${subprotocol}`);
  },
  onmessage: receive,
  onrefused(refusal: Refusal) {
    view.showRefusal(refusal);
    view.showStatus('refused', refusal.status === 0 ? 'No answer' : `Refused · ${refusal.status}`);
    view.hideHandshake(
      refusal.status === 0 ? 'No answer to the last handshake.' : 'The last handshake was refused.',
    );
    setPeople([]);
  },
  onclosed(code, reason) {
    const words = closeWords[code] ?? 'The connection was closed.';
    view.showNews(`${words} (${code}${reason === '' ? '' : `, ${reason}`})`);
    view.showStatus('waiting', `Closed · ${code}`);
    setPeople([]);
  },
  onwait: wait,
};
const socket = new RoomSocket(watcher);

const closeWords: Readonly<Record<number, string>> = {
  1000: 'The server closed the connection.',
  1001: 'The server is going away.',
  1006: 'The connection was cut without a word.',
  1008: 'The server closed the connection for breaking its rules.',
  1009: 'The message was too long.',
  1011: 'The server failed.',
  1012: 'The server restarts.',
  1013: 'The server is overloaded.',
};

function receive(message: FromServer): void {
  if (message.type === 'welcome') {
    view.showHandshake(message);
    setPeople(message.members);
    if (name !== '') socket.send({ type: 'join', name });
  } else if (message.type === 'joined') joined(message);
  else if (message.type === 'said') {
    if (you !== undefined) view.showSaid(message, you.id);
  } else if (message.type === 'arrived') {
    setPeople([...members, message.member]);
    if (you !== undefined) view.showNews(`${message.member.name} joined`);
  } else if (message.type === 'left') {
    setPeople(members.filter((member) => member.id !== message.member.id));
    if (you !== undefined) view.showNews(`${message.member.name} left`);
  } else if (message.type === 'problem') {
    (you === undefined ? byId('join-hint') : sayHint).textContent = message.detail;
  }
}

function joined(message: Joined): void {
  you = message.you;
  view.clearLog();
  for (const said of message.history) view.showSaid(said, undefined);
  setPeople(message.members);
  showForms();
}

function setPeople(next: readonly Member[]): void {
  members = next;
  view.showPeople(members, you?.id);
}

function showForms(): void {
  const wasHidden = byId('say-form').hidden;
  byId('join-form').hidden = name !== '';
  byId('say-form').hidden = name === '';
  byId('say-label').textContent = `Message to room ${room} as ${you?.name ?? name}`;
  if (wasHidden && name !== '') textField.focus();
}

/** Counts down in sight, once a second, and says so aloud only once. */
function wait(delayMs: number | undefined, why: string): void {
  stopWaiting();
  you = undefined;
  byId('again').hidden = false;
  if (delayMs === undefined) {
    byId('again-text').textContent = why;
    byId('again-now').textContent = 'Try again';
    return;
  }
  byId('again-now').textContent = 'Reconnect now';
  const endsAt = performance.now() + delayMs;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
    byId('again-text').textContent = `Next attempt in ${seconds} s`;
  };
  tick();
  countdown = setInterval(tick, 250);
}

function stopWaiting(): void {
  clearInterval(countdown);
  byId('again').hidden = true;
}

function offer(): string[] {
  const chosen = document.querySelector<HTMLInputElement>('input[name=offer]:checked');
  return (chosen?.value ?? 'json, msgpack').split(', ');
}

function openRoom(): void {
  you = undefined;
  view.clearLog();
  view.hideRefusal();
  setPeople([]);
  roomField.value = room;
  document.title = `Room ${room} · handfast chat`;
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  byId('connect-command').textContent =
    `npx handfast connect -v ${scheme}://${location.host}/room/${encodeURIComponent(room)} --subprotocol json`;
  socket.open(room, offer());
}

function say(): void {
  const text = textField.value.trim();
  if (text === '') return;
  if (you === undefined || !socket.isOpen) {
    sayHint.textContent = 'Not connected: your text stays here until the connection is back.';
    return;
  }
  socket.send({ type: 'say', text });
  textField.value = '';
  sayHint.textContent = usualHint;
}

byId('join-form').addEventListener('submit', (event) => {
  event.preventDefault();
  name = nameField.value.trim();
  if (name === '') return;
  sessionStorage.setItem('name', name);
  if (socket.isOpen) socket.send({ type: 'join', name });
  else byId('join-hint').textContent = 'Not connected yet: you join as soon as the connection is there.';
});
byId('say-form').addEventListener('submit', (event) => {
  event.preventDefault();
  say();
});
textField.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say();
});
byId('room-form').addEventListener('submit', (event) => {
  event.preventDefault();
  room = roomField.value.trim() || '42';
  history.replaceState(null, '', `?room=${encodeURIComponent(room)}`);
  openRoom();
});
byId('offer').addEventListener('change', openRoom);
byId('again-now').addEventListener('click', () => socket.retryNow());
window.addEventListener('online', () => socket.isOpen || socket.retryNow());
byId('newer').addEventListener('click', () => {
  byId('log').scrollTop = byId('log').scrollHeight;
});
byId('log').addEventListener('scroll', () => {
  const log = byId('log');
  if (log.scrollHeight - log.scrollTop - log.clientHeight < 40) byId('newer').hidden = true;
});
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-show]')) {
  button.addEventListener('click', () => {
    document.body.dataset.pane = button.dataset.show ?? 'chat';
    for (const other of document.querySelectorAll('[data-show]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
  });
}

nameField.value = sessionStorage.getItem('name') ?? '';
openRoom();
