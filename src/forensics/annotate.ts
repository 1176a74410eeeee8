// Knows: how a head is read aloud: each line with what it is, whether it is right, and where the rule stands.
// Must not know: the rules themselves (handshake/ judges), or where the lines are shown. Secrets never pass it.
import type { RequestHead, ResponseHead } from '../handshake/head.js';
import { REQUEST_NOTES } from '../handshake/request.js';
import { isOpening, RESPONSE_NOTES } from '../handshake/response.js';
import type { Reason, Rejection } from '../reason.js';
import { printable } from '../reason.js';
import { extensionWords } from './extensions.js';
import { lookUp } from './glossary.js';
import { showTarget, showValue } from './redact.js';

/** How something stands. Colour and sign are the business of whoever shows it. */
export type Mark = 'good' | 'warn' | 'bad' | 'skip' | 'none';

/** One line of a head: what stands there, whether it is right, and what it is. */
export interface HeadLine {
  /** The field's name; empty for the start line and for what is missing. */
  readonly label: string;
  readonly value: string;
  readonly mark: Mark;
  /** The reason's code where something is wrong. */
  readonly code?: string;
  readonly note: string;
  readonly section: string;
}

type Side = 'request' | 'response';

export function annotateRequest(head: RequestHead, findings: readonly Rejection[]): HeadLine[] {
  const start = `${printable(head.method)} ${showTarget(head.target)} HTTP/${printable(head.version)}`;
  return annotateHead('request', start, requestStart(head), head, findings);
}

/** `isAlone`: the request is not known, so what answers it cannot be judged. */
export function annotateResponse(
  head: ResponseHead,
  findings: readonly Rejection[],
  isAlone = false,
): HeadLine[] {
  const start = `HTTP/${printable(head.version)} ${head.status} ${printable(head.reason)}`.trimEnd();
  return annotateHead('response', start, responseStart(head), head, findings, isAlone);
}

interface Note {
  readonly mark: Mark;
  readonly note: string;
  readonly section: string;
}

function annotateHead(
  side: Side,
  start: string,
  startNote: Note,
  head: RequestHead | ResponseHead,
  findings: readonly Rejection[],
  isAlone = false,
): HeadLine[] {
  const names = new Set([...head.fields].map(([name]) => name.toLowerCase()));
  const placed = new Set<Rejection>();
  const take = (belongs: (finding: Rejection) => boolean): Rejection | undefined => {
    const finding = findings.find((each) => !placed.has(each) && belongs(each));
    if (finding !== undefined) placed.add(finding);
    return finding;
  };
  const lines = [
    line(
      '',
      start,
      take((finding) => isAboutStart(finding)),
      startNote,
    ),
  ];
  for (const [name, value] of head.fields) {
    const number = `line ${lines.length + 1}`;
    const finding = take(
      ({ evidence: { field } }) => field?.toLowerCase() === name.toLowerCase() || field === number,
    );
    const note = isAlone && answers.has(name.toLowerCase()) ? unjudged : fieldNote(side, name, value, head);
    lines.push(line(printable(nameOf(name, head)), showValue(name, value), finding, note));
  }
  for (const finding of findings) {
    if (placed.has(finding)) continue;
    const field = finding.evidence.field;
    const isMissing = field !== undefined && /^[\w-]+$/.test(field) && !names.has(field.toLowerCase());
    lines.push(
      line('', isMissing ? `(no ${field})` : '(in all)', finding, { mark: 'none', note: '', section: '' }),
    );
  }
  return lines;
}

/** RFC 9113 §8.3.1: what a head has as Host was `:authority` there. */
function nameOf(name: string, { carrier }: RequestHead | ResponseHead): string {
  return carrier === 'h2' && name === 'host' ? ':authority' : name;
}

/** Fields that are right or wrong only beside what was asked. */
const answers: ReadonlySet<string> = new Set([
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
]);
const unjudged: Note = {
  mark: 'skip',
  note: 'cannot be judged without the request',
  section: 'RFC 6455 §4.1',
};

const startFields =
  /^(?:method|target|request[- ]target|first bytes|version|http version|request line|status|status line)$/i;

function isAboutStart(finding: Rejection): boolean {
  return startFields.test(finding.evidence.field ?? '');
}

function line(label: string, value: string, finding: Rejection | undefined, note: Note): HeadLine {
  if (finding === undefined) return { label, value, ...note };
  const { reason, evidence } = finding;
  const wanted = evidence.wanted === undefined ? '' : `; wanted ${printable(evidence.wanted)}`;
  return {
    label,
    value,
    mark: isAdvice(finding) ? 'warn' : 'bad',
    code: reason.code,
    note: `${reason.title}${wanted}`,
    section: reason.sections[0] ?? '',
  };
}

const advice: ReadonlySet<Reason> = new Set([...REQUEST_NOTES, ...RESPONSE_NOTES].map((note) => note.reason));

/** True for what is worth a word although no peer refuses for it. */
export function isAdvice(finding: Rejection): boolean {
  return advice.has(finding.reason);
}

function requestStart(head: RequestHead): Note {
  if (head.carrier === 'h2') {
    const note = head.method === 'CONNECT' ? 'CONNECT over HTTP/2, with :protocol websocket' : '';
    return { mark: note === '' ? 'none' : 'good', note, section: 'RFC 8441 §5' };
  }
  const isRight = head.method === 'GET' && head.version === '1.1';
  const note = isRight ? 'a GET over HTTP/1.1' : '';
  return { mark: isRight ? 'good' : 'none', note, section: 'RFC 6455 §4.1' };
}

function responseStart(head: ResponseHead): Note {
  if (isOpening(head)) {
    return head.carrier === 'h2'
      ? { mark: 'good', note: 'the stream is the WebSocket from here on', section: 'RFC 8441 §5' }
      : { mark: 'good', note: 'the server switches protocols', section: 'RFC 6455 §4.2.2' };
  }
  if (head.carrier === 'h2') {
    return { mark: 'bad', note: 'not 200: no WebSocket was opened', section: 'RFC 8441 §5' };
  }
  return { mark: 'bad', note: 'not 101: no WebSocket was opened', section: 'RFC 6455 §4.1' };
}

/** Fields that a handshake stands on: without a finding against them they are right. */
const essential: Readonly<Record<Side, ReadonlySet<string>>> = {
  request: new Set([
    'host',
    'upgrade',
    'connection',
    'sec-websocket-key',
    'sec-websocket-version',
    'sec-websocket-protocol',
    'sec-websocket-extensions',
  ]),
  response: new Set([
    'upgrade',
    'connection',
    'sec-websocket-accept',
    'sec-websocket-protocol',
    'sec-websocket-extensions',
  ]),
};

function fieldNote(side: Side, name: string, value: string, head: RequestHead | ResponseHead): Note {
  const key = name.toLowerCase();
  const entry = lookUp(name, side);
  if (entry === undefined) return { mark: 'none', note: 'no part of the handshake', section: '' };
  if (key === 'origin' && side === 'request') return originNote(value, head, entry.section);
  if (key === 'host' && isUpstream(value, head)) return { ...upstreamHost, section: entry.section };
  const isRight = essential[side].has(key) && (side === 'request' || isOpening(head as ResponseHead));
  const words = key === 'sec-websocket-extensions' ? extensionWords(value) : '';
  const note = words === '' ? entry.what : `${entry.what}: ${words}`;
  return { mark: isRight ? 'good' : 'none', note, section: entry.section };
}

const upstreamHost: Omit<Note, 'section'> = {
  mark: 'warn',
  note: 'an address: did the proxy rewrite Host (PROXY_HOST_REWRITTEN)?',
};

/** An address in a handshake that has lost its Upgrade to a proxy: most likely the proxy's own name for what is behind it. */
function isUpstream(host: string, { carrier, fields }: RequestHead | ResponseHead): boolean {
  const hasLostUpgrade = carrier === 'h1' && fields.has('sec-websocket-key') && !fields.has('upgrade');
  return hasLostUpgrade && /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?::\d+)?$/i.test(host);
}

function originNote(origin: string, head: RequestHead | ResponseHead, section: string): Note {
  const host = head.fields.get('host')?.toLowerCase();
  const isSame = origin.toLowerCase().replace(/^https?:\/\//, '') === host;
  if (isSame) return { mark: 'good', note: 'the page comes from this same host', section };
  return { mark: 'warn', note: 'a page of another origin; by default a server refuses it', section };
}
