// Knows: how a finding is put together: the row of the catalogue, how sure it is, the probes that show it, what to do.
// Must not know: how it was found, or how it is shown.
import { catalogue } from '../catalogue.js';
import { recipesFor } from '../forensics/recipes.js';
import type { Reason } from '../reason.js';
import type { Observation, Trouble } from './observation.js';
import { resultOf, statusOf } from './reading.js';
import type { Confidence, Finding, Grade, Severity, Step } from './report.js';

export interface FindingParts {
  readonly confidence: Confidence;
  /** Of this very endpoint, in one sentence; in place of the title. */
  readonly headline?: string;
  /** Default, where there is no headline either: what the row means. */
  readonly detail?: string;
  readonly steps?: readonly Step[];
  readonly severity?: Severity;
  readonly subcause?: string;
  readonly decide?: string;
  /** In place of the row's, as are the recipes. */
  readonly fix?: string;
  readonly recipes?: Finding['recipes'];
  readonly remarks?: Finding['remarks'];
  /** Programs on the path, whose recipes come first. */
  readonly hops?: readonly string[];
}

/** A finding of a row that the catalogue has. @throws TypeError for a code that it has not: a fault of the doctor. */
export function finding(code: string, parts: FindingParts): Finding {
  const reason = catalogue.get(code);
  if (reason === undefined) throw new TypeError(`the catalogue has no ${code}`);
  const { confidence, headline, detail = '', steps = [], severity = 'error', subcause } = parts;
  const { decide, remarks, hops = [] } = parts;
  const cap = capOf(reason);
  return {
    code,
    ...(subcause !== undefined && { subcause }),
    title: reason.title,
    confidence,
    severity,
    ...(cap !== undefined && { cap }),
    ...(headline !== undefined && { headline }),
    detail: detail === '' && headline === undefined ? reason.meaning : detail,
    steps,
    sections: reason.sections,
    fix: parts.fix ?? reason.fix,
    recipes: parts.recipes ?? recipesFor(code, hops),
    ...(remarks !== undefined && { remarks }),
    ...(decide !== undefined && { decide }),
  };
}

/** One line of the argument. */
export function step(seen: Observation, note?: string, asked: string = seen.probe.about): Step {
  const status = statusOf(seen);
  const answered = status > 0 ? String(status) : resultOf(seen);
  return { probe: seen.id, asked, answered, ...(note !== undefined && { note }) };
}

/** What the system or a peer said by itself, without a guess of ours. */
export function troubled(seen: Observation, { code, message, seen: what = '' }: Trouble): Finding {
  const detail = [what, message].filter((text, at, all) => text && all.indexOf(text) === at).join('; ');
  return finding(code, {
    confidence: 'proven',
    detail: detail === '' ? '' : `I saw: ${detail}.`,
    steps: [step(seen)],
  });
}

/** A line that is no probe. */
export function remark(text: string, note = ''): Step {
  return { probe: '', asked: text, answered: note };
}

function capOf({ code }: Reason): Grade | undefined {
  return CAPS.get(code);
}

/**
 * The rules of the grade, version 2026a: the best grade that an endpoint with a finding can have. No arithmetic: a mean would let
 * a fine TLS setup hide a session that can be taken over, and a cap is explained in one line.
 */
export const RATING = '2026a';

const BY_CAP: Readonly<Partial<Record<Grade, readonly string[]>>> = {
  F: [
    'RESP_ACCEPT_WRONG',
    'RESP_ACCEPT_MISSING',
    'RESP_ACCEPT_REPEATED',
    'EXT_UNSOLICITED',
    'PROTO_UNSOLICITED',
    'PROTO_NOT_OFFERED',
    'SEC_CSWSH',
    'PROXY_SMUGGLE_TUNNEL',
  ],
  D: ['SEC_PLAINTEXT', 'TLS_VERSION', 'FRAME_MASKED_BY_SERVER'],
  C: ['CONF_FRAMING', 'SEC_TLS_OLD', 'PROTO_TOKEN_LEAK'],
  B: [
    'SEC_ORIGIN_UNCHECKED',
    'SEC_ORIGIN_BYPASS',
    'CONF_VERSION_UNCHECKED',
    'CONF_KEY_UNCHECKED',
    'CONF_METHOD',
    'CONF_HTTP10',
    'CONF_HOST',
    'PING_UNANSWERED',
    'CLOSE_NOT_ECHOED',
    'DNS_POOL_UNEVEN',
    'TLS_CHAIN_INCOMPLETE',
    'H2_CONNECT_REJECTED',
    'SEC_TOKEN_IN_URL',
    'IDLE_CUT',
  ],
  'A-': [
    'CONF_VERSION_STATUS',
    'PROTO_ECHO_ANY',
    'RESP_BODY',
    'RESP_CONNECTION_LIST',
    'SEC_VERBOSE_ERROR',
    'OPS_CERT_SOON',
    'DNS_AAAA_DEAD',
    'OPS_SLOW_HANDSHAKE',
    'CLOSE_TCP_LINGERS',
  ],
};

const CAPS: ReadonlyMap<string, Grade> = new Map(
  Object.entries(BY_CAP).flatMap(([grade, codes]) => codes.map((code) => [code, grade as Grade])),
);
