// Knows: what a run leaves behind, as data that can be saved and diagnosed again without a network; and how its secrets are taken out.
// Must not know: how it was made, or what it means. A recording is read from a file that anybody may have written.
import { redacted, redactValue, scrub } from '../forensics/redact.js';
import { isSecretName, isSecretParameter, isTokenLike } from '../reason.js';
import type { FrameSeen, Observation, Trouble } from './observation.js';
import type { Target } from './target.js';

const SCHEMA = 'handfast-run/1';

export interface Recording {
  readonly schema: typeof SCHEMA;
  /** `handfast 0.1.0` */
  readonly tool: string;
  /** ISO 8601. */
  readonly started: string;
  /** The URL as it may be shown. */
  readonly url: string;
  /** Why nothing was asked: the URL cannot be that of a WebSocket. */
  readonly trouble?: Trouble;
  readonly target?: Target;
  readonly observations: readonly Observation[];
  readonly ms: number;
}

export function recordingOf(parts: Omit<Recording, 'schema'>): Recording {
  return { schema: SCHEMA, ...parts };
}

/** Values that must appear nowhere, not even where a peer repeats them. */
export function secretsOf(target: Target, more: readonly (string | undefined)[]): readonly string[] {
  const fields = target.headers.filter(([name]) => isSecretName(name)).map(([, value]) => value);
  const url = new URL(target.url);
  const parameters = [...url.searchParams]
    .filter(([name]) => isSecretParameter(name))
    .map(([, value]) => value);
  const raw = url.search
    .slice(1)
    .split('&')
    .filter((pair) => isSecretParameter(pair.split('=')[0]!))
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const whole = [...fields, ...(target.cookie === undefined ? [] : [target.cookie])];
  const parts = whole.flatMap((value) => [value, ...value.split(/[;=\s,]+/)]);
  const subprotocols = target.subprotocols.filter(isTokenLike);
  const all = [
    ...parts,
    ...parameters,
    ...raw,
    ...subprotocols,
    ...more.filter((text) => text !== undefined),
  ];
  return [...new Set(all)]
    .filter((text) => text.length >= SHORTEST)
    .sort((one, other) => other.length - one.length);
}

/** Shorter ones would take half of any text with them. */
const SHORTEST = 5;

/** The same recording without secrets: those that are known, and whatever stands in a field that has them. */
export function withoutSecrets(recording: Recording, secrets: readonly string[]): Recording {
  const hide = (text: string) =>
    secrets.reduce((hidden, secret) => hidden.replaceAll(secret, redacted(secret)), text);
  const { target, observations } = recording;
  const clean = {
    ...recording,
    url: hide(scrub(recording.url)),
    ...(target !== undefined && { target: targetWithout(target) }),
    observations: observations.map((seen) => observationWithout(seen, hide)),
  };
  return mapTexts(clean, hide) as Recording;
}

function targetWithout(target: Target): Target {
  return {
    ...target,
    url: scrub(target.url),
    path: scrub(target.path),
    headers: target.headers.map(([name, value]) => [name, redactValue(name, value)] as const),
    subprotocols: target.subprotocols.map((name) =>
      asToken('sec-websocket-protocol', redactValue('sec-websocket-protocol', name)),
    ),
    ...(target.cookie !== undefined && { cookie: redactValue('cookie', target.cookie) }),
  };
}

function observationWithout(seen: Observation, hide: (text: string) => string): Observation {
  const { probe, answer, tunnel } = seen;
  return {
    ...seen,
    ...(probe.kind === 'exchange' && { probe: { ...probe, request: headWithout(probe.request) } }),
    ...(answer !== undefined && {
      answer: {
        ...answer,
        head: headWithout(answer.head),
        interim: answer.interim.map(headWithout),
        body: scrub(answer.body),
      },
    }),
    ...(tunnel !== undefined && { tunnel: headWithout(tunnel) }),
    frames: seen.frames.map((frame) => frameWithout(frame, hide)),
  };
}

/** Line ends and spaces stay: they may be what is wrong. */
function headWithout(head: string): string {
  const end = head.search(/[\r\n]/);
  const start = scrub(end < 0 ? head : head.slice(0, end));
  const fields = end < 0 ? '' : head.slice(end);
  return (
    start +
    fields.replace(
      /^([^:\r\n]+)(:[ \t]*)([^\r\n]*)$/gm,
      (_, name: string, colon: string, value: string) =>
        `${name}${colon}${asToken(name, redactValue(name.trim().toLowerCase(), value))}`,
    )
  );
}

/** A subprotocol without its secret is still one token, so that what is said about it stays true. */
function asToken(name: string, value: string): string {
  return /^sec-websocket-protocol$/i.test(name.trim())
    ? value.replace(/‹redacted (\w+)›/g, 'redacted-$1')
    : value;
}

function frameWithout(frame: FrameSeen, hide: (text: string) => string): FrameSeen {
  const text = Buffer.from(frame.payload, 'hex').toString('utf8');
  const hidden = scrub(hide(text));
  return hidden === text ? frame : { ...frame, payload: Buffer.from(hidden).toString('hex') };
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((part) => mapTexts(part, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapTexts(part, change)]));
}

/** A recording out of a file. @throws TypeError for what is none; its texts are as whoever wrote it left them. */
export function parseRecording(text: string): Recording {
  let value: Partial<Recording>;
  try {
    value = JSON.parse(text) as Partial<Recording>;
  } catch (error) {
    throw new TypeError('this is no saved run: it is no JSON', { cause: error });
  }
  if (value?.schema !== SCHEMA)
    throw new TypeError(`this is no saved run of this version: schema is not ${SCHEMA}`);
  const isWhole =
    Array.isArray(value.observations) &&
    value.observations.every(isObservation) &&
    typeof value.url === 'string' &&
    typeof value.started === 'string' &&
    (value.target !== undefined || value.trouble !== undefined);
  if (!isWhole) throw new TypeError('this saved run is damaged: something that every run has is missing');
  return { tool: '', ms: 0, ...value } as Recording;
}

function isObservation(value: unknown): value is Observation {
  const seen = value as Partial<Observation> | null;
  return (
    typeof seen?.id === 'string' &&
    typeof seen.probe?.key === 'string' &&
    Array.isArray(seen.frames) &&
    typeof seen.times === 'object'
  );
}
