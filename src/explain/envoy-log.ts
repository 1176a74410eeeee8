// Knows: an access log line of Envoy or Istio, and its response flags (Envoy's documentation of access logs; not measured).
// Must not know: other logs.
import { type Explanation, explanation, explanationOf, plainLine } from './explanation.js';
import { showText } from './show.js';

type Flag = readonly [meaning: string, ...codes: string[]];

const flags: Readonly<Record<string, Flag>> = {
  UH: ['no healthy host in the cluster', 'PROXY_NO_HEALTHY_TARGET'],
  UF: ['could not connect to the upstream', 'PROXY_UPSTREAM_DOWN', 'PROXY_UPSTREAM_TLS'],
  UO: ['circuit breaker of the cluster', 'PROXY_LIMIT'],
  NR: ['no route for this request', 'ROUTE_PROXY_NOT_FOUND', 'PROXY_WS_DISABLED'],
  URX: ['retries used up', 'PROXY_UPSTREAM_DOWN', 'PROXY_UPSTREAM_RESET'],
  NC: ['the cluster does not exist', 'ROUTE_PROXY_NOT_FOUND'],
  DT: ['the longest duration of a connection is over', 'LIFETIME_CUT'],
  DC: ['the client ended the connection', 'CLIENT_CLOSED_EARLY'],
  LH: ['the local service fails its health check', 'PROXY_NO_HEALTHY_TARGET'],
  UT: ['the upstream did not answer in time', 'PROXY_UPSTREAM_TIMEOUT'],
  LR: ['reset by Envoy', 'PROXY_UPSTREAM_RESET', 'PROXY_LIMIT'],
  UR: ['reset by the upstream', 'PROXY_UPSTREAM_RESET'],
  UC: ['the upstream ended the connection', 'PROXY_UPSTREAM_RESET'],
  DI: ['delayed on purpose by a fault filter', 'OPS_SLOW_HANDSHAKE'],
  FI: ['aborted on purpose by a fault filter', 'PROXY_WAF_BLOCK'],
  RL: ['rate limited', 'ROUTE_RATE_LIMIT'],
  RLSE: ['the rate limit service failed', 'ROUTE_RATE_LIMIT'],
  UAEX: ['refused by the external authorization service', 'AUTH_FORBIDDEN', 'AUTH_REQUIRED'],
  SI: ['nothing passed for `stream_idle_timeout`, 5 minutes by default', 'IDLE_CUT'],
  IH: ['a field that is checked strictly has a wrong value', 'REQ_SYNTAX'],
  DPE: ["the client's HTTP is faulty", 'REQ_SYNTAX'],
  UPE: ["the upstream's HTTP is faulty", 'PROXY_BAD_101', 'HTTP_NOT_HTTP'],
  UMSDR: ['the longest duration of a stream is over', 'LIFETIME_CUT'],
  OM: ['the overload manager refused it', 'PROXY_LIMIT'],
  DF: ['DNS of the upstream failed', 'PROXY_UPSTREAM_DOWN', 'DNS_FAILURE'],
  DO: ['dropped because of overload', 'PROXY_LIMIT'],
};

/** What a flag means for a connection that had opened. */
const open: Readonly<Record<string, readonly string[]>> = {
  UC: ['CLOSE_NO_FRAME_RST', 'CLOSE_NO_FRAME_FIN'],
  UR: ['CLOSE_NO_FRAME_RST'],
  LR: ['CLOSE_NO_FRAME_RST'],
};

const form =
  /"([A-Z]{3,10} \S{1,2000} HTTP\/[\d.]{1,3})" (\d{1,3}) (-|[A-Z]{2,5}(?:,[A-Z]{2,5}){0,6})(?: |$)/;

export function explainEnvoyLine(line: string): Explanation | undefined {
  const match = form.exec(line);
  if (match === null) return undefined;
  const [, request, status, shown] = match as unknown as [string, string, string, string];
  // A combined access log has a size in this place, or "-" as the size of an empty body: then nothing but quotes follows.
  const known = shown.split(',').filter((flag) => Object.hasOwn(flags, flag));
  if (known.length === 0 && (shown !== '-' || !isEnvoy(line))) return undefined;
  const part = {
    source: `Access log of Envoy · ${status} · ${shown}`,
    listings: [
      {
        about: '',
        lines: [plainLine(showText(request)), ...known.map((flag) => plainLine(flag, flags[flag]![0]))],
      },
    ],
  };
  return known.length === 0 ? withoutFlag(part, status) : withFlag(part, known[0]!, status);
}

function isEnvoy(line: string): boolean {
  return /^\[\d{4}-\d\d-\d\dT/.test(line);
}

function withFlag(part: Partial<Explanation>, flag: string, status: string): Explanation {
  const [meaning, ...usual] = flags[flag]!;
  if (flag === 'DC' && status === '101') {
    return explanation({ ...part, isGood: true, title: 'The client ended an open connection', ...frames });
  }
  const codes = (status === '101' ? open[flag] : undefined) ?? usual;
  return explanationOf(codes[0]!, codes.length === 1 ? 'strong' : 'likely', {
    ...part,
    candidates: codes.slice(1),
    saw: `${flag}: ${meaning}.`,
    couldNotKnow: codes.length > 1 ? 'Which of them it is: the flag is the same.' : '',
    decide: codes.length > 1 ? 'handfast doctor URL' : '',
  });
}

const frames = { couldNotKnow: 'Whether a close frame was sent: Envoy looks at no frame.' };

function withoutFlag(part: Partial<Explanation>, status: string): Explanation | undefined {
  if (status === '101')
    return explanation({
      ...part,
      isGood: true,
      title: 'It was opened, and ended without a flag',
      ...frames,
    });
  if (status !== '403') return undefined;
  return explanationOf('PROXY_WS_DISABLED', 'likely', {
    ...part,
    candidates: ['ORIGIN_REJECTED', 'AUTH_FORBIDDEN'],
    saw: '403 without a flag: Envoy without `upgrade_configs` answers like this, and so may the app.',
    couldNotKnow: 'Whether the app saw the request: its own log tells.',
    decide: 'handfast doctor URL',
  });
}
