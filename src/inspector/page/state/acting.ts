// Knows: what is asked to be done to a connection, and what was said of it last.
// Must not know: how it is drawn, or what is typed for it.
import { effect, signal } from '@preact/signals';
import { type Action, type FromWatcher, type HandshakeRow, MAX_ASKED_BYTES } from '../../protocol.js';
import { did } from './news.js';
import { octetsOf } from './typed.js';
import { ask } from './watching.js';

/** Of the connection of one handshake. */
export interface Said {
  readonly id: number;
  readonly mark: 'good' | 'bad' | 'none';
  readonly words: string;
}

export const said = signal<Said | undefined>(undefined);

effect(() => {
  const answer = did.value;
  if (answer === undefined) return;
  const { id, denied, words } = answer;
  said.value = { id, words, mark: denied === undefined ? 'good' : 'bad' };
});

export function say(id: number, words: string): void {
  said.value = { id, mark: 'bad', words };
}

let lastAsk = 0;

export function act({ id, at }: HandshakeRow, action: Action): void {
  lastAsk += 1;
  const question: FromWatcher = { type: 'act', ask: lastAsk, id, at, action };
  const octets = octetsOf(JSON.stringify(question));
  if (octets > MAX_ASKED_BYTES)
    say(id, `Too long: with what stands around it a message may have ${MAX_ASKED_BYTES} octets.`);
  else if (ask(question)) said.value = { id, mark: 'none', words: waiting[action.do] };
  else say(id, 'Not asked: there is no connection to the server now.');
}

const waiting: Readonly<Record<Action['do'], string>> = {
  text: 'Sending …',
  binary: 'Sending …',
  ping: 'Waiting for the pong …',
  close: 'Closing …',
  pause: 'Pausing …',
  resume: 'Resuming …',
};
