// Knows: what the time tells of a connection that ended without a close frame, the 1006: an idle timeout on the way, an entry that was
// forgotten, a limit of its age, a reload, a program that died. RFC 6455 §7.1.5, §7.1.7.
// Must not know: endings that were announced (`why-ended.ts`). One connection proves nothing: `handfast doctor` opens two.
import { properName } from '../forensics/program-names.js';
import { type UsualLimit, usualLimitsAt } from '../forensics/usual-limits.js';
import { duration, type Ended, SAME_MS, silenceOf, type WhyEnded } from './ended.js';

/** Nobody sets a shorter one. Below it octets were under way. */
const SHORTEST_MS = 950;
/** A timer that we see from afar may seem a little early, and is late. */
const EARLY_MS = 30;
const LATE_MS = 100;
/** No NAT forgets a connection sooner. */
const LONG_MS = 20_000;
/** So soon after an octet of ours comes the RST that it met. */
const ANSWER_MS = 5000;
/** So many others that were cut after the same silence are no accident. */
const ALIKE = 2;

export function whyCut(ended: Ended): WhyEnded {
  const idle = idleCut(ended);
  const reset = resetBy(ended);
  // All who were told something at once are silent since then, and cut at once: that is a reload only where nobody has such a timeout.
  const isUsual = usualSilences(ended).length > 0;
  const likely = (isUsual ? likelyOnly(idle) : undefined) ?? reload(ended) ?? likelyOnly(idle);
  const certain = likely ?? failed(ended) ?? forgotten(ended) ?? likelyOnly(reset);
  return certain ?? aged(ended) ?? idle ?? reset ?? gone(ended);
}

function likelyOnly(why: WhyEnded | undefined): WhyEnded | undefined {
  return why?.confidence === 'possible' ? undefined : why;
}

function usualSilences({ record }: Ended): readonly UsualLimit[] {
  return usualLimitsAt(silenceOf(record)).filter(({ isOfAge }) => !isOfAge);
}

// An idle timeout is a whole number of seconds, counts from the last octet of both sides, and ends in order.

/** The whole number of seconds that it is, in milliseconds; undefined when it is none. */
function wholeSeconds(ms: number): number | undefined {
  const whole = Math.round((ms - LATE_MS / 2) / 1000) * 1000;
  return whole > 0 && ms >= whole - EARLY_MS && ms <= whole + LATE_MS ? whole : undefined;
}

function idleCut(ended: Ended): WhyEnded | undefined {
  const { record, alike } = ended;
  const silence = silenceOf(record);
  const timeoutMs = wholeSeconds(silence);
  const isBoth = Math.abs(record.sinceReceivedMs - record.sinceSentMs) <= SAME_MS;
  if (record.end === 'error' || silence < SHORTEST_MS) return undefined;
  const isTimed = timeoutMs !== undefined && isBoth;
  if (!isTimed && (silence < LONG_MS || record.end === 'rst')) return undefined;
  const fits = isTimed && record.end === 'fin';
  const isSure = alike >= ALIKE || (isUsualHere(ended) && !wasAlwaysSilent(record));
  return {
    code: 'IDLE_CUT',
    confidence: fits ? (isSure ? 'strong' : 'likely') : 'possible',
    headline: fits
      ? `Something on the way cut it since nothing had moved for ${timeoutMs / 1000} s`
      : `Perhaps something on the way cut it since it was silent`,
    why: [silenceSaid(record, isBoth), ...sizeSaid(ended, timeoutMs), ...doubts(ended)],
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

/** Whether a proxy that the request shows cuts after just that, unless it is told otherwise. */
function isUsualHere(ended: Ended): boolean {
  return usualSilences(ended).some(({ hops }) => hops.some((hop) => ended.hops.includes(hop)));
}

function wasAlwaysSilent(record: Ended['record']): boolean {
  return record.openMs - silenceOf(record) <= SAME_MS;
}

function silenceSaid(record: Ended['record'], isBoth: boolean): string {
  const { end, sinceReceivedMs, sinceSentMs } = record;
  const how = end === 'rst' ? 'the RST' : 'the FIN';
  if (isBoth)
    return `Nothing had moved in either direction for ${duration(silenceOf(record))} when ${how} came.`;
  return `When ${how} came the last octet had been received ${duration(sinceReceivedMs)} before and the last one sent ${duration(sinceSentMs)} before: a timeout that looks at both would count from the later.`;
}

function sizeSaid(ended: Ended, timeoutMs: number | undefined): string[] {
  if (timeoutMs === undefined) return ['That is no whole number of seconds, as timeouts are.'];
  const who = usualSilences(ended).map((limit) => limit.who);
  const usual =
    who.length > 0
      ? `${timeoutMs / 1000} s is what ${who.join('; ')} has.`
      : `${timeoutMs / 1000} s is nobody’s default: somebody has set it.`;
  const seen = ended.hops.map(properName).join(', ');
  const here = seen === '' ? [] : [`Its request came through ${seen}; the smallest timeout on the way wins.`];
  return [`That is a whole number of seconds, as timeouts are. ${usual}`, ...here];
}

function doubts({ record, alike }: Ended): string[] {
  return [
    ...(alike > 0 ? [`${alike} more ${alike === 1 ? 'was' : 'were'} cut after the same silence.`] : []),
    ...(wasAlwaysSilent(record)
      ? ['Nothing ever passed on it, so a limit on its age fits as well (LIFETIME_CUT).']
      : []),
    ...(record.end === 'rst' ? ['Most timeouts end a connection with FIN, not with RST.'] : []),
  ];
}

function reload({ isReload, record }: Ended): WhyEnded | undefined {
  if (!isReload) return undefined;
  return {
    code: 'RELOAD_CUT',
    confidence: 'likely',
    headline: 'Many connections ended within the same second',
    why: [
      `This one had been silent for ${duration(silenceOf(record))}, so its own silence is no reason.`,
      'A proxy that got a new configuration, a deploy, or a network that went away ends all at once.',
    ],
  };
}

/** The system or TLS named an error. */
function failed({ record: { end, error, sinceReceivedMs } }: Ended): WhyEnded | undefined {
  if (end !== 'error') return undefined;
  return {
    code: 'CLOSE_TRANSPORT_ERROR',
    confidence: 'proven',
    headline: undefined,
    why: [
      ...(error === undefined ? [] : [`${error.message}.`]),
      `The last octet had been received ${duration(sinceReceivedMs)} before.`,
    ],
  };
}

/** After a long silence our own octet met RST. */
function forgotten({ record }: Ended): WhyEnded | undefined {
  const { end, sinceReceivedMs, sinceSentMs } = record;
  const isMet = sinceSentMs <= ANSWER_MS && sinceReceivedMs - sinceSentMs >= LONG_MS;
  if (end !== 'rst' || !isMet) return undefined;
  return {
    code: 'IDLE_SILENT_DROP',
    confidence: 'likely',
    headline: 'What we sent after a long silence met RST: nobody knew the connection any more',
    why: [
      `Nothing had come for ${duration(sinceReceivedMs)}; our last octet had left ${duration(sinceSentMs)} before.`,
      'A NAT or a firewall forgot it, or the client vanished without a word.',
    ],
  };
}

/** RFC 9293 §3.10.7: a system answers for a program that is gone, or that left octets unread, with RST. */
function resetBy({ record }: Ended): WhyEnded | undefined {
  if (record.end !== 'rst') return undefined;
  const isBusy = silenceOf(record) < SHORTEST_MS || record.bytesUnsent > 0;
  const unsent = record.bytesUnsent > 0 ? [`${record.bytesUnsent} octets waited to be sent.`] : [];
  return {
    code: 'CLOSE_NO_FRAME_RST',
    confidence: isBusy ? 'likely' : 'possible',
    headline: isBusy
      ? 'The program at the other end died or dropped it with data under way'
      : 'The program at the other end died or dropped it',
    why: [
      `Octets had moved ${duration(silenceOf(record))} before.`,
      ...unsent,
      'A system sends RST for a program that was killed, or that closed with octets still to read.',
    ],
  };
}

/** Octets moved shortly before, and its age is one that some allow. */
function aged({ record }: Ended): WhyEnded | undefined {
  const whole = wholeSeconds(record.openMs);
  const usual = usualLimitsAt(record.openMs).filter(({ isOfAge }) => isOfAge);
  if (whole === undefined || usual.length === 0 || silenceOf(record) > whole / 2) return undefined;
  return {
    code: 'LIFETIME_CUT',
    confidence: 'possible',
    headline: `Perhaps its age was limited to ${whole / 1000} s`,
    why: [
      `Octets had moved ${duration(silenceOf(record))} before, so it was not idle.`,
      `${whole / 1000} s is what ${usual.map(({ who }) => who).join('; ')} allows.`,
    ],
  };
}

/** FIN, and the time tells nothing. */
function gone({ record, isBrowser }: Ended): WhyEnded {
  const who = isBrowser
    ? 'A browser says 1001 where it can: one that was killed or crashed cannot, nor a device that lost its network.'
    : 'A system sends FIN for a program that ends without closing its WebSocket; so does a proxy that goes.';
  return {
    code: 'CLOSE_NO_FRAME_FIN',
    confidence: 'possible',
    headline: 'The other end went away without a word',
    why: [`Octets had moved ${duration(silenceOf(record))} before: no idle timeout shows.`, who],
  };
}
