// Knows: the event that a page or a library gets at the end, as JSON or as a console shows it, and what its code leaves open.
// Must not know: the meaning of the codes, which forensics/close-codes.ts keeps.
import { catalogue } from '../catalogue.js';
import { closeCode } from '../forensics/close-codes.js';
import { doctorOnUrl } from './decide.js';
import { type Explanation, explanation, explanationOf, plainLine } from './explanation.js';
import type { Material } from './material.js';
import { showText } from './show.js';

interface CloseSeen {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean | undefined;
}

export function explainCloseEvent(material: Material): readonly Explanation[] | undefined {
  const seen = closeInJson(material.json) ?? closeInText(material.text.slice(0, 4096));
  return seen === undefined ? undefined : [explainClose(seen)];
}

function closeInJson(json: unknown): CloseSeen | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { code, reason, wasClean } = json as Record<string, unknown>;
  if (typeof code !== 'number' || closeCode(code) === undefined) return undefined;
  if (typeof reason !== 'string' && typeof wasClean !== 'boolean') return undefined;
  return {
    code,
    reason: typeof reason === 'string' ? reason : '',
    wasClean: typeof wasClean === 'boolean' ? wasClean : undefined,
  };
}

/**
 * `closed 1006`, `Connection closed: 1011`, `close with code 4401`. Any number of four digits may be a duration, a port, a year or an amount:
 * those show by what stands beside them.
 */
const closedWith =
  /\bclosed?(?:\W{1,4}|\b\D{0,38}[\s("'[#=])(?<!\b(?:after|in|at|for|within|every|since|port|from|to)\s{1,3})([1-4]\d{3})\b(?![-./:]\d|\s{0,2}(?:ms|milliseconds?|s|sec|seconds?|min|minutes?|bytes?|octets?|[kM]i?B|messages?|frames?|clients?|connections?|sockets?|times?)\b)/i;

/** Words alone, without the event: a number that nobody may send (RFC 6455 §7.4.2) is then no close code. */
function said(text: string, named: RegExpExecArray | null): RegExpExecArray | null {
  const closed = closedWith.exec(text);
  const code = closed === null ? null : (named ?? closed);
  return code !== null && Number(code[1]) > 1015 && Number(code[1]) < 3000 ? null : code;
}

/** `CloseEvent {isTrusted: true, wasClean: false, code: 1006, reason: '', …}`, `close 1006 "" clean=false`, `Connection closed: 1011 boom`. */
function closeInText(text: string): CloseSeen | undefined {
  const isEvent = /\bCloseEvent\b|\bwasClean\b|\bclean=(?:true|false)/i.test(text);
  const named = /\bcode['"]?\s{0,3}[:=]\s{0,3}(\d{4})\b/.exec(text);
  const code = isEvent ? (named ?? closedWith.exec(text)) : said(text, named);
  if (code === null || closeCode(Number(code[1])) === undefined) return undefined;
  const clean = /\b(?:wasClean|clean)['"]?\s{0,3}[:=]\s{0,3}(true|false)/.exec(text);
  const reason =
    /\breason['"]?\s{0,3}[:=]\s{0,3}(["'])([^\n]{0,200}?)\1/.exec(text)?.[2] ??
    /\bclosed?\b\D{0,40}\d{4}\s{1,3}"([^"\n]{0,200})"/i.exec(text)?.[1];
  return {
    code: Number(code[1]),
    reason: reason ?? '',
    wasClean: clean === null ? undefined : clean[1] === 'true',
  };
}

/** The row of each code that has one of its own. */
const rows: Readonly<Record<number, readonly string[]>> = {
  1001: ['CLOSE_1001'],
  1002: ['FRAME_RSV', 'FRAME_MASKED_BY_SERVER', 'FRAME_CONTINUATION', 'FRAME_OPCODE'],
  1003: ['MSG_TYPE'],
  1005: ['CLOSE_NO_STATUS'],
  1006: ['CLOSE_NO_FRAME_FIN', 'CLOSE_NO_FRAME_RST', 'IDLE_CUT'],
  1007: ['MSG_UTF8', 'EXT_INFLATE'],
  1008: ['AUTH_AFTER_OPEN', 'MSG_RATE', 'MSG_SLOW_CONSUMER'],
  1009: ['MSG_TOO_BIG'],
  1011: ['CLOSE_1011'],
  1012: ['CLOSE_1012'],
  1013: ['CLOSE_1013'],
  1014: ['CLOSE_1014'],
  1015: ['TLS_CERT_UNTRUSTED', 'TLS_CERT_NAME', 'TLS_CERT_EXPIRED', 'TLS_FAILED'],
  3000: ['CLOSE_3000', 'AUTH_AFTER_OPEN'],
  3003: ['CLOSE_3003', 'AUTH_AFTER_OPEN'],
  3008: ['CLOSE_3008'],
};

function explainClose({ code, reason, wasClean }: CloseSeen): Explanation {
  const about = closeCode(code)!;
  const shown = reason === '' ? '' : `, reason "${showText(reason)}"`;
  const part = {
    source: `A close event: ${code} ${about.name}`,
    listings: [
      {
        about: '',
        lines: [
          plainLine(`code ${code}`, about.meaning, about.section),
          ...(reason === ''
            ? []
            : [plainLine(`reason "${showText(reason)}"`, 'what the other side wrote into its close frame')]),
          ...(wasClean === undefined
            ? []
            : [
                plainLine(
                  `wasClean ${wasClean}`,
                  wasClean ? 'both close frames were exchanged' : 'no close frame came from the other side',
                ),
              ]),
        ],
      },
    ],
    saw: `${code}${shown}.`,
    fix: about.action,
  };
  if (code === 1000) return explanation({ ...part, isGood: true, title: 'A normal end', fix: '' });
  const named = /^(?:WS_)?([A-Z][A-Z0-9]{1,20}(?:_[A-Z0-9]{1,20}){1,5})\b/.exec(reason)?.[1];
  if (named !== undefined && catalogue.has(named))
    return explanationOf(named, 'strong', { ...part, fix: catalogue.get(named)!.fix });
  const codes = rows[code] ?? ['CLOSE_APP'];
  const isKnown = codes.length === 1;
  return {
    ...explanationOf(codes[0]!, isKnown ? 'strong' : 'possible', {
      ...part,
      candidates: codes.slice(1),
      ...(code === 1006 && unknown1006),
      ...(!isKnown &&
        code !== 1006 && { couldNotKnow: 'What the other side met: only its reason and its log tell.' }),
    }),
    isGood: code === 1001 || code === 1005,
  };
}

const unknown1006 = {
  title: 'The connection ended without a close frame, or never opened',
  why: 'The code 1006 is never sent: the client writes it itself. A page gets it for a refused handshake, a failed DNS, TCP or TLS as well, so that it cannot be told what happened.',
  couldNotKnow: 'Whether it had ever opened, how long it lived, and who ended it.',
  decide: `${doctorOnUrl.replace(' URL', '')} --idle 120 URL`,
};
