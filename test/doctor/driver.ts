// Drives an inquiry without a network: a table says what each probe gets, by its key. A probe that the table does not name fails
// the test, so a table also says how little was asked.
import assert from 'node:assert/strict';
import { examine } from '../../src/doctor/examine.js';
import { Case, respondentOf } from '../../src/doctor/inquiry.js';
import type {
  FrameSeen,
  Inquiry,
  Observation,
  Probe,
  Skipped,
  TlsSeen,
} from '../../src/doctor/observation.js';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import { statusOf } from '../../src/doctor/reading.js';
import type { Confidence, Finding } from '../../src/doctor/report.js';
import { type Target, targetOf } from '../../src/doctor/target.js';
import { acceptFor } from '../../src/handshake/key.js';

export const STARTED = '2026-11-22T12:00:00.000Z';

/** What is observed; the rest of an observation is made. */
export type Parts = Partial<Omit<Observation, 'id' | 'probe'>>;

/** By the keys of the probes, in the order in which they are asked. */
export type Table = Readonly<Record<string, Parts | ((probe: Probe) => Parts)>>;

export interface Driven<Result> {
  readonly result: Result;
  readonly seen: readonly Observation[];
  readonly asked: readonly string[];
}

/** Answers out of the table until the inquiry has its result; then all of the table must have been asked, in its order. */
export function drive<Result>(inquiry: Inquiry<Result>, table: Table): Driven<Result> {
  const driven = driveFreely(inquiry, (probe) => {
    const parts = table[probe.key];
    assert.ok(parts !== undefined, `"${probe.key}" is asked, which is not needed`);
    return parts;
  });
  assert.deepEqual(driven.asked, Object.keys(table));
  return driven;
}

/** The same for any answers. No probe may be asked twice: a recording is replayed by its keys. */
export function driveFreely<Result>(
  inquiry: Inquiry<Result>,
  answer: (probe: Probe) => Table[string],
): Driven<Result> {
  const seen: Observation[] = [];
  const observe = (probe: Probe) => {
    assert.ok(!seen.some((earlier) => earlier.probe.key === probe.key), `"${probe.key}" is asked twice`);
    const parts = answer(probe);
    const observation = observed(probe, typeof parts === 'function' ? parts(probe) : parts, seen.length + 1);
    seen.push(observation);
    return observation;
  };
  let step = inquiry.next([]);
  while (!step.done) {
    assert.ok(step.value.length <= 2, 'at most two probes at a time');
    step = inquiry.next(step.value.map(observe));
  }
  return { result: step.value, seen, asked: seen.map(({ probe }) => probe.key) };
}

function observed(probe: Probe, parts: Parts, count: number): Observation {
  const isMade = parts.skipped === undefined;
  const connections = isMade && probe.kind !== 'resolve' ? 1 : 0;
  const bytesOut = isMade && probe.kind === 'exchange' ? probe.request.length : 0;
  const nothing = { startedMs: 0, times: { totalMs: 0 }, frames: [], bytesOut, bytesIn: 0 };
  return { id: `p${count}`, probe, ...nothing, connections, ...parts };
}

/** One observation, apart from any inquiry. */
export function observation(parts: Parts, about: Target = target(), key = 'baseline'): Observation {
  const own = new Case(about, STARTED);
  return observed(own.variant(key, key, {}), parts, 1);
}

export const URL_HERE = 'ws://127.0.0.1:3000/ws';

/** An address, so that no name has to be looked up. */
export function target(options: DiagnoseOptions = {}, url: string = URL_HERE): Target {
  return { ...targetOf(new URL(url), options, {}), nonce: 'a1b2c3' };
}

/** A whole diagnosis. */
export function diagnosed(table: Table, about: Target = target()): Driven<Case> {
  return drive(examine(about, STARTED), table);
}

/** Where an inquiry begins: the baseline is there, and who answered it is known. */
export function begun(parts: Table[string], about: Target = target()): Begun {
  const own = new Case(about, STARTED);
  const probe = own.variant('baseline', 'your handshake', {}, { listenMs: 700, pings: 3 });
  const baseline = observed(probe, typeof parts === 'function' ? parts(probe) : parts, 0);
  own.address = '127.0.0.1';
  own.baseline = baseline;
  own.respondent = respondentOf(baseline);
  return { own, baseline };
}

export interface Begun {
  readonly own: Case;
  readonly baseline: Observation;
}

/** One inquiry into a baseline, which is the first row of its table. */
export function inquired<Result>(
  inquiry: (own: Case, baseline: Observation) => Inquiry<Result>,
  { baseline: parts, ...table }: Table,
  about: Target = target(),
): Driven<Result> & { readonly own: Case } {
  assert.ok(parts !== undefined, 'a table begins with the baseline');
  const { own, baseline } = begun(parts, about);
  return { ...drive(inquiry(own, baseline), table), own };
}

export function codes(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code }) => code);
}

/** `ROUTE_NOT_FOUND likely`, one for each. */
export function named(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, confidence }): `${string} ${Confidence}` => `${code} ${confidence}`);
}

// What a probe gets.

/** A head as text, its lines apart by a newline: `answered('404 Not Found\nContent-Type: text/plain', 'no such page')`. */
export function answered(head: string, body = '', more: Parts = {}): Parts {
  const octets = `HTTP/1.1 ${head.trim().replaceAll('\n', '\r\n')}\r\n\r\n`;
  return {
    answer: { head: octets, interim: [], body: Buffer.from(body).toString('latin1'), isBodyCut: false },
    ...more,
  };
}

export const NOTHING: Parts = {};

export function skipped(why: Skipped = 'budget'): Parts {
  return { skipped: why };
}

export function troubled(code: string, seen?: string): Parts {
  return { trouble: { code, ...(seen !== undefined && { seen }) } };
}

export const HUNG_UP: Parts = { ...troubled('HTTP_EMPTY_REPLY'), end: { how: 'fin', atMs: 3 } };
export const RESET: Parts = { ...troubled('HTTP_RESET'), end: { how: 'rst', atMs: 3 } };
export const SILENCE: Parts = troubled('HTTP_NO_RESPONSE', 'no octet within 10000 ms');

export function garbage(octets: string): Parts {
  return { garbage: Buffer.from(octets, 'latin1').toString('hex'), end: { how: 'fin', atMs: 3 } };
}

/** What a right 101 may differ in. */
export interface Opened extends Parts {
  /** More lines of the head. */
  readonly lines?: readonly string[];
  /** In place of the right value; null leaves it out. */
  readonly accept?: string | null | ((key: string) => string);
}

/** A right 101, and behind it what the probe's plan leads to. */
export function opens({ lines = [], accept = acceptFor, ...more }: Opened = {}): (probe: Probe) => Parts {
  return (probe) => {
    assert.equal(probe.kind, 'exchange');
    const { request, session } = probe as Extract<Probe, { kind: 'exchange' }>;
    const key = /^sec-websocket-key: (.*)\r$/im.exec(request)?.[1] ?? '';
    const value = typeof accept === 'function' ? accept(key) : accept;
    const head = [
      '101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      ...(value === null ? [] : [`Sec-WebSocket-Accept: ${value}`]),
      ...lines,
    ];
    const plan = session === undefined ? left() : conversation(session.pings, session.listenMs);
    return answered(head.join('\n'), '', { ...plan, ...more });
  };
}

function left(): Parts {
  return { frames: [frame('out', 8, '\x03\xe8')], end: { how: 'left', atMs: 0 } };
}

/** Pings with their pongs, both close frames, and TCP ended by the server. */
export function conversation(pings = 3, listenMs = 700): Parts {
  const every = listenMs / (pings + 1);
  const pairs = Array.from({ length: pings }, (_, at) => [
    frame('out', 9, `handfast ${at + 1}`, { atMs: every * (at + 1) }),
    frame('in', 10, `handfast ${at + 1}`, { atMs: every * (at + 1) + 0.4 }),
  ]).flat();
  const close = [
    frame('out', 8, '\x03\xe8', { atMs: listenMs }),
    frame('in', 8, '\x03\xe8', { atMs: listenMs + 1 }),
  ];
  return { frames: [...pairs, ...close], end: { how: 'fin', atMs: listenMs + 2 } };
}

/** One character an octet. */
export function frame(
  direction: 'in' | 'out',
  opcode: number,
  payload = '',
  more: Partial<FrameSeen> = {},
): FrameSeen {
  const octets = Buffer.from(payload, 'latin1');
  return {
    atMs: 1,
    direction,
    opcode,
    fin: true,
    rsv: 0,
    masked: direction === 'out',
    length: octets.length,
    payload: octets.toString('hex'),
    ...more,
  };
}

/** TLS as it should be. */
export const TLS: TlsSeen = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  alpn: 'http/1.1',
  isTrusted: true,
  subject: 'chat.example',
  issuer: 'A Good Authority',
  names: ['DNS:chat.example'],
  notBefore: '2026-10-01T00:00:00.000Z',
  notAfter: '2027-02-01T00:00:00.000Z',
  chainLength: 3,
};

/** The same over TLS. */
export function overTls(table: Table, tls: Partial<TlsSeen> = {}): Table {
  const wrap = (parts: Table[string]) => (probe: Probe) => {
    const given = typeof parts === 'function' ? parts(probe) : parts;
    return given.skipped === undefined && given.tls === undefined && given.trouble === undefined
      ? { tls: { ...TLS, ...tls }, ...given }
      : given;
  };
  return Object.fromEntries(Object.entries(table).map(([key, parts]) => [key, wrap(parts)]));
}

export function statusesOf(seen: readonly Observation[]): readonly number[] {
  return seen.map(statusOf);
}
