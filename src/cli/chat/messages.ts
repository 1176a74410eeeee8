// Knows: what the two ends of the chat may say to each other, and how long any of it may be.
// Must not know: sockets, rooms or the page. The page imports the types of this file and nothing else of the server.

/** The subprotocols of the chat, in the server's order of preference. */
export const encodings = ['json', 'msgpack'] as const;
export type Encoding = (typeof encodings)[number];

/** Lengths are in characters as people count them (code points). */
export const bounds = {
  nameLength: 32,
  textLength: 2000,
  historyLength: 50,
  roomLength: 32,
  membersPerRoom: 50,
  rooms: 500,
} as const;

export interface Join {
  readonly type: 'join';
  readonly name: string;
}
export interface Say {
  readonly type: 'say';
  readonly text: string;
}
export type FromClient = Join | Say;

export interface Member {
  readonly id: number;
  readonly name: string;
  readonly encoding: Encoding;
}
export interface Said {
  readonly type: 'said';
  readonly id: number;
  readonly from: Member;
  readonly text: string;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
}

export type Mark = 'good' | 'warn' | 'bad' | 'skip' | 'none';

/** One line of a head with what it is. `label` is the field's name, or empty for the start line. */
export interface AnnotatedLine {
  readonly label: string;
  readonly value: string;
  readonly mark: Mark;
  readonly note: string;
  readonly section: string;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly room: string;
  readonly encoding: Encoding;
  readonly members: readonly Member[];
  readonly request: readonly AnnotatedLine[];
  readonly response: readonly AnnotatedLine[];
  /** The decisions between the two, one sentence each. */
  readonly decisions: readonly string[];
}
export interface Joined {
  readonly type: 'joined';
  readonly you: Member;
  readonly members: readonly Member[];
  readonly history: readonly Said[];
}
export interface Arrived {
  readonly type: 'arrived';
  readonly member: Member;
}
export interface Left {
  readonly type: 'left';
  readonly member: Member;
}
export interface Problem {
  readonly type: 'problem';
  readonly code: ProblemCode;
  readonly detail: string;
}
export type FromServer = Welcome | Joined | Arrived | Left | Said | Problem;

export type ProblemCode =
  | 'NOT_A_MESSAGE'
  | 'NAME_INVALID'
  | 'TEXT_INVALID'
  | 'NOT_JOINED'
  | 'ALREADY_JOINED'
  | 'TOO_FAST';

export type Parsed =
  | { readonly ok: true; readonly message: FromClient }
  | { readonly ok: false; readonly problem: Problem };

const shape = 'A message is {"type":"join","name":…} or {"type":"say","text":…}.';

/** Judges one decoded value from a client. Whatever it is, the answer is a value and never an exception. */
export function parse(value: unknown): Parsed {
  if (typeof value !== 'object' || value === null) return unfit('NOT_A_MESSAGE', shape);
  const { type, name, text } = value as Record<string, unknown>;
  if (type === 'join') return parseJoin(name);
  if (type === 'say') return parseSay(text);
  return unfit('NOT_A_MESSAGE', shape);
}

function parseJoin(name: unknown): Parsed {
  const clean = typeof name === 'string' ? singleLine(name) : '';
  if (clean === '' || length(clean) > bounds.nameLength) {
    return unfit('NAME_INVALID', `A name has 1 to ${bounds.nameLength} characters on one line.`);
  }
  return { ok: true, message: { type: 'join', name: clean } };
}

function parseSay(text: unknown): Parsed {
  const clean = typeof text === 'string' ? text.replace(unseen, '').trim() : '';
  if (clean === '' || length(clean) > bounds.textLength) {
    return unfit('TEXT_INVALID', `A text has 1 to ${bounds.textLength} characters.`);
  }
  return { ok: true, message: { type: 'say', text: clean } };
}

// Control characters but newline and tab, and the marks that turn the direction of a whole line around.
const unseen = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;

function singleLine(text: string): string {
  return text.replace(unseen, '').replace(/\s+/gu, ' ').trim();
}

function length(text: string): number {
  return [...text].length;
}

function unfit(code: ProblemCode, detail: string): Parsed {
  return { ok: false, problem: { type: 'problem', code, detail } };
}
