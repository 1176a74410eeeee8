// Knows: why a connection ended, as far as its close record and its company tell, and how sure that is: the rules for endings that
// somebody decided. Those that nobody announced, the 1006, stand in `why-cut.ts`. RFC 6455 §7.1.5, §7.4.
// Must not know: who asks, or what to change about it: the catalogue and the recipes say that by the code.
import type { CloseFrame } from '../errors.js';
import { closeCode } from '../forensics/close-codes.js';
import { duration, type Ended, type WhyEnded } from './ended.js';
import { whyCut } from './why-cut.js';

type Rule = (ended: Ended) => WhyEnded | undefined;

export function whyEnded(ended: Ended): WhyEnded {
  for (const rule of RULES) {
    const why = rule(ended);
    if (why !== undefined) return why;
  }
  return whyCut(ended);
}

/** Causes that say only how the transport ended: time has to tell why. */
const BARE: ReadonlySet<string> = new Set([
  'CLOSE_NO_FRAME_FIN',
  'CLOSE_NO_FRAME_RST',
  'CLOSE_TRANSPORT_ERROR',
]);

const RULES: readonly Rule[] = [noPong, fault, drained, pageLeft, toldByPeer, toldByUs, cutHere];

/** Our heartbeat ended it: that no answer came is certain, and nothing else is. */
function noPong({ record: { cause, sinceReceivedMs, sinceSentMs } }: Ended): WhyEnded | undefined {
  if (cause !== 'PING_UNANSWERED') return undefined;
  return {
    code: cause,
    confidence: 'proven',
    headline: `Our heartbeat gave up: nothing had come for ${duration(sinceReceivedMs)}, and no answer to our ping`,
    why: [
      `The last octet of ours had left ${duration(sinceSentMs)} before.`,
      'A device asleep, an entry that a NAT has forgotten and a program that is blocked look the same from here.',
    ],
  };
}

/** Somebody broke a rule or a limit, and the record names it. */
function fault({ record: { cause, evidence, end } }: Ended): WhyEnded | undefined {
  if (cause === undefined || BARE.has(cause)) return undefined;
  const { seen, wanted } = evidence;
  const saw = seen === undefined ? [] : [`Seen: ${seen}${wanted === undefined ? '' : `, wanted ${wanted}`}.`];
  const isTorn = cause === 'FRAME_TRUNCATED';
  const torn =
    'Data was under way, so no idle timeout did it: the peer or a proxy died or was stopped meanwhile.';
  return {
    code: cause,
    confidence: 'proven',
    headline: undefined,
    why: isTorn ? [...saw, torn] : end === 'rst' ? [...saw, 'The peer then reset the connection.'] : saw,
  };
}

function drained({ record: { initiator, sent } }: Ended): WhyEnded | undefined {
  if (initiator !== 'local' || sent === undefined || (sent.code !== 1012 && sent.code !== 1001))
    return undefined;
  const why = sent.code === 1012 ? 'restarts: it was drained' : 'stops or goes away';
  return {
    code: `CLOSE_${sent.code}`,
    confidence: 'proven',
    headline: `This server closed it with ${said(sent)}: it ${why}`,
    why: [],
  };
}

/** Scripts cannot send 1001 (`WebSocket.close` takes 1000 and 3000 to 4999): with a browser there it is the browser's own. */
function pageLeft({ record: { initiator, received }, isBrowser }: Ended): WhyEnded | undefined {
  if (initiator !== 'peer' || received?.code !== 1001 || !isBrowser) return undefined;
  return {
    code: 'CLOSE_1001',
    confidence: 'strong',
    headline: 'The page was left: its tab was closed, reloaded or led elsewhere',
    why: ['A browser sends 1001 by itself; no script of a page can.'],
  };
}

function toldByPeer({ record: { initiator, received } }: Ended): WhyEnded | undefined {
  if (initiator !== 'peer' || received === undefined) return undefined;
  return told('The client closed it', received);
}

function toldByUs({ record: { initiator, sent, received, end } }: Ended): WhyEnded | undefined {
  if (initiator !== 'local' || sent === undefined) return undefined;
  const { why, ...rest } = told('The program of this server closed it', sent);
  return { ...rest, why: received === undefined ? [...why, `No close frame came back (${end}).`] : why };
}

function told(who: string, frame: CloseFrame): WhyEnded {
  const meaning = closeCode(frame.code)?.meaning;
  return {
    code: rowOf(frame.code),
    confidence: 'proven',
    headline: `${who} ${frame.code === 1005 ? 'without a code' : `with ${said(frame)}`}`,
    why: meaning === undefined ? [] : [meaning],
  };
}

/** Codes that have a row of their own; 1000 needs none. */
const ROWS: ReadonlySet<number> = new Set([1001, 1011, 1012, 1013, 1014, 3000, 3003, 3008]);

function rowOf(code: number): string | undefined {
  if (code === 1005) return 'CLOSE_NO_STATUS';
  if (ROWS.has(code)) return `CLOSE_${code}`;
  return code >= 3000 ? 'CLOSE_APP' : undefined;
}

function said({ code, reason }: CloseFrame): string {
  return reason === '' ? String(code) : `${code} “${reason}”`;
}

function cutHere({ record: { initiator, end, cause } }: Ended): WhyEnded | undefined {
  if (cause !== undefined || (initiator !== 'local' && end !== 'destroyed')) return undefined;
  return {
    code: undefined,
    confidence: 'proven',
    headline: 'This process cut it off without a close frame',
    why: ['`terminate()` does that, and the end of a server for what is still open at its deadline.'],
  };
}
