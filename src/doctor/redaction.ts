// Knows: where in a recording texts of the user or of a peer stand, and takes the secrets out of them, so that what is kept, shown and
// diagnosed has none. Must not know: which values are secrets. What the doctor itself has written (keys, kinds, codes) stays.
import { isUtf8 } from 'node:buffer';
import { constants, inflateRawSync } from 'node:zlib';
import { marksAsTokens, redactValue, scrub } from '../forensics/redact.js';
import type { FieldLine } from '../handshake/head.js';
import { isTokenLike } from '../reason.js';
import type { Answer, FrameSeen, Observation, Probe, Trouble } from './observation.js';
import type { Recording } from './recording.js';
import { Hiding } from './secrets.js';
import type { Target } from './target.js';

/** The same recording without secrets: those that are known, the cookies that a peer sets, and whatever stands in a field that has them. */
export function withoutSecrets(recording: Recording, secrets: readonly string[]): Recording {
  const { url, trouble, target, observations } = recording;
  const hiding = new Hiding([...secrets, ...observations.flatMap(cookiesSet)]);
  return {
    ...recording,
    url: urlWithout(url, hiding),
    ...(trouble !== undefined && { trouble: troubleWithout(trouble, hiding) }),
    ...(target !== undefined && { target: targetWithout(target, hiding) }),
    observations: observations.map((seen) => observationWithout(seen, hiding)),
  };
}

/** Session cookies that a server hands out, to be hidden where it names them again. */
function cookiesSet({ answer }: Observation): readonly string[] {
  const heads = answer === undefined ? '' : [...answer.interim, answer.head].join('');
  return [...heads.matchAll(/^set-cookie:[ \t]*[^=;\r\n]+=([^;\r\n]*)/gim)]
    .map(([, value = '']) => value.trim())
    .filter(isTokenLike);
}

function targetWithout(target: Target, hiding: Hiding): Target {
  const { origin, page, cookie } = target;
  return {
    ...target,
    url: urlWithout(target.url, hiding),
    path: urlWithout(target.path, hiding),
    origin: origin === null ? null : urlWithout(origin, hiding),
    headers: target.headers.map((line) => lineWithout(line, hiding)),
    subprotocols: target.subprotocols.map(
      (name) => lineWithout(['sec-websocket-protocol', name] as const, hiding)[1],
    ),
    ...(page !== undefined && { page: urlWithout(page, hiding) }),
    ...(cookie !== undefined && { cookie: lineWithout(['cookie', cookie] as const, hiding)[1] }),
  };
}

/** Still a URL: a mark in it has no spaces. */
function urlWithout(text: string, hiding: Hiding): string {
  return marksAsTokens(hiding.hide(scrub(text)));
}

/** A subprotocol without its secret is still one token, so that what is said about it stays true. */
function lineWithout([name, value]: FieldLine, hiding: Hiding): FieldLine {
  const hidden = hiding.hide(redactValue(name, value));
  return [name, name.toLowerCase() === 'sec-websocket-protocol' ? marksAsTokens(hidden) : hidden];
}

function observationWithout(seen: Observation, hiding: Hiding): Observation {
  const { trouble, addresses, tunnel, tls, answer, garbage, stray, http2 } = seen;
  return {
    ...seen,
    probe: probeWithout(seen.probe, hiding),
    ...(trouble !== undefined && { trouble: troubleWithout(trouble, hiding) }),
    ...(addresses !== undefined && {
      addresses: addresses.map((one) =>
        one.trouble === undefined ? one : { ...one, trouble: troubleWithout(one.trouble, hiding) },
      ),
    }),
    ...(tunnel !== undefined && { tunnel: headWithout(tunnel, hiding) }),
    ...(tls?.trouble !== undefined && { tls: { ...tls, trouble: troubleWithout(tls.trouble, hiding) } }),
    ...(answer !== undefined && { answer: answerWithout(answer, hiding) }),
    ...(garbage !== undefined && { garbage: octetsWithout(garbage, hiding) }),
    frames: framesWithout(seen.frames, hiding),
    ...(stray !== undefined && { stray: octetsWithout(stray, hiding) }),
    ...(http2?.fields !== undefined && {
      http2: { ...http2, fields: http2.fields.map((line) => lineWithout(line, hiding)) },
    }),
  };
}

function probeWithout(probe: Probe, hiding: Hiding): Probe {
  const about = hiding.hide(scrub(probe.about));
  if (probe.kind === 'exchange') return { ...probe, about, request: headWithout(probe.request, hiding) };
  if (probe.kind !== 'http2') return { ...probe, about };
  const fields = probe.fields.map(
    ([name, value]): FieldLine =>
      name === ':path' ? [name, urlWithout(value, hiding)] : lineWithout([name, value], hiding),
  );
  return { ...probe, about, fields };
}

function troubleWithout(trouble: Trouble, hiding: Hiding): Trouble {
  const { code, ...texts } = trouble;
  const hidden = Object.entries(texts).map(([name, text]) => {
    const end = text.endsWith('…') ? '…' : '';
    return [name, `${hiding.hideCut(scrub(text.slice(0, text.length - end.length)))}${end}`];
  });
  return { code, ...Object.fromEntries(hidden) };
}

function answerWithout({ head, interim, body, isBodyCut }: Answer, hiding: Hiding): Answer {
  const hide = (text: string) => (isBodyCut ? hiding.hideCut(scrub(text)) : hiding.hide(scrub(text)));
  return {
    head: headWithout(head, hiding),
    interim: interim.map((one) => headWithout(one, hiding)),
    body: inOctets(Buffer.from(body, 'latin1'), hide).toString('latin1'),
    isBodyCut,
  };
}

/** Line ends and spaces stay: they may be what is wrong. */
function headWithout(head: string, hiding: Hiding): string {
  const end = head.search(/[\r\n]/);
  const start = urlWithout(end < 0 ? head : head.slice(0, end), hiding);
  const fields = end < 0 ? '' : head.slice(end);
  const hidden = fields.replace(
    /^([^:\r\n]+)(:[ \t]*)([^\r\n]*)$/gm,
    (_, name: string, colon: string, value: string) =>
      `${name}${colon}${lineWithout([name.trim(), value], hiding)[1]}`,
  );
  // What is in no field at all, such as a line without a colon.
  return start + hiding.hide(hidden);
}

// Octets.

/** As text where they are text; octet by octet where they are not. */
function inOctets(octets: Buffer, hide: (text: string) => string): Buffer {
  if (isUtf8(octets)) return Buffer.from(hide(octets.toString('utf8')));
  const hidden = hide(octets.toString('latin1'));
  return Buffer.from(
    hidden.replace(/[‹›]/g, (sign) => Buffer.from(sign).toString('latin1')),
    'latin1',
  );
}

/** Of hexadecimal. Where they were cut nobody knows. */
function octetsWithout(hex: string, hiding: Hiding): string {
  return inOctets(Buffer.from(hex, 'hex'), (text) => hiding.hideCut(scrub(text), true)).toString('hex');
}

function framesWithout(frames: readonly FrameSeen[], hiding: Hiding): readonly FrameSeen[] {
  const isPacked = packedSecrets(frames, hiding);
  return frames.map((frame) => {
    if (frame.direction === 'out') return frame;
    const payload = isPacked.has(frame) ? '' : octetsWithout(frame.payload, hiding);
    return payload === frame.payload ? frame : { ...frame, payload };
  });
}

/** Compressed frames in which a secret shows once they are inflated, as far as all of their message is here (RFC 7692 §7.2). */
function packedSecrets(frames: readonly FrameSeen[], hiding: Hiding): ReadonlySet<FrameSeen> {
  const found = new Set<FrameSeen>();
  let window: Buffer = Buffer.alloc(0);
  for (const frame of frames) {
    if (frame.direction === 'out' || (frame.rsv & 4) === 0) continue;
    const message = inflated(Buffer.from(frame.payload, 'hex'), window);
    if (message === undefined) break;
    const text = message.toString('latin1');
    if (hiding.hideCut(text, true) !== text) found.add(frame);
    window = Buffer.concat([window, message]).subarray(-WINDOW_BYTES);
  }
  return found;
}

const WINDOW_BYTES = 32_768;
const MAX_INFLATED_BYTES = 1024 * 1024;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

function inflated(octets: Buffer, dictionary: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(Buffer.concat([octets, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_INFLATED_BYTES,
      ...(dictionary.length > 0 && { dictionary }),
    });
  } catch {
    return undefined;
  }
}
