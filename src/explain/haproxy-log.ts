// Knows: the lines that HAProxy logs for HTTP and for TCP, and its two letters: who ended it, and in which phase (its
// configuration manual, section 8). Measured with 2.6.12.
// Must not know: other logs.
import type { HeadLine } from '../forensics/annotate.js';
import { type Explanation, explanation, explanationOf, plainLine } from './explanation.js';
import { duration, showText } from './show.js';
import { causesOfStatus } from './statuses.js';

/** What one line says. */
interface Line {
  readonly frontend: string;
  /** `backend/server`, `<NOSRV>` where there was none. */
  readonly server: string;
  /** -1: that far it never came. */
  readonly timers: readonly number[];
  /** Undefined in a line of TCP. */
  readonly status: number | undefined;
  readonly flags: string;
  readonly request: string;
}

const httpTimers = /^-?\d{1,12}(?:\/-?\d{1,12}){3}\/\+?\d{1,12}$/;
const tcpTimers = /^-?\d{1,12}\/-?\d{1,12}\/\+?\d{1,12}$/;

export function explainHaproxyLine(text: string): Explanation | undefined {
  const line = read(text);
  if (line === undefined) return undefined;
  const [who, phase] = [line.flags[0]!, line.flags[1]!];
  const status = line.status === undefined ? 'TCP' : String(line.status);
  const part = {
    source: `HAProxy · ${status} · ${line.flags}`,
    listings: [{ about: '', lines: readAloud(line) }],
    saw: sentence(who, phase, line),
  };
  const cause = causeOf(line);
  if (cause === undefined) {
    return explanation({ ...part, isGood: true, title: 'Nothing went wrong that HAProxy saw', ...unseen });
  }
  const [codes, note] = cause;
  return explanationOf(codes[0]!, codes.length === 1 ? 'strong' : 'likely', {
    ...part,
    candidates: codes.slice(1),
    fix: note,
    ...(codes.length > 1 && {
      couldNotKnow: 'What the other side said, which stands in its own log.',
      decide: 'handfast doctor URL',
    }),
  });
}

const unseen = {
  couldNotKnow:
    'Whether a close frame was sent: HAProxy looks at no frame, and logs a FIN of either side like this.',
  decide: 'handfast doctor --idle 120 URL',
};

function read(text: string): Line | undefined {
  const tokens = text.split(' ', 60);
  const at = tokens.findIndex((token) => httpTimers.test(token) || tcpTimers.test(token));
  if (at < 1 || !tokens[at - 1]!.includes('/')) return undefined;
  const isHttp = httpTimers.test(tokens[at]!);
  const flags = tokens[at + (isHttp ? 5 : 2)] ?? '';
  if (!(isHttp ? /^[A-Za-z-]{4}$/ : /^[A-Za-z-]{2}$/).test(flags)) return undefined;
  return {
    frontend: tokens[at - 2] ?? '',
    server: tokens[at - 1]!,
    timers: tokens[at]!.split('/').map(Number),
    status: isHttp ? Number(tokens[at + 1]) : undefined,
    flags,
    // `option httpslog` writes what TLS was like behind it.
    request: /"([^"]{0,2000})"?[^"]{0,500}$/.exec(text.slice(-2600))?.[1] ?? '',
  };
}

function readAloud({ frontend, server, timers, status, flags, request }: Line): HeadLine[] {
  const names =
    timers.length === 5
      ? ['request', 'queue', 'connect', 'answer', 'in all']
      : ['queue', 'connect', 'in all'];
  const times = timers.map((ms, at) => `${names[at]} ${ms < 0 ? 'never' : duration(ms)}`);
  return [
    ...(frontend === '' ? [] : [plainLine(showText(frontend), 'the frontend')]),
    plainLine(showText(server), 'the backend and its server'),
    plainLine(timers.join('/'), times.join(', ')),
    ...(status === undefined ? [] : [plainLine(String(status), 'the status that the client got')]),
    plainLine(flags, `${endedBy[flags[0]!] ?? 'unknown'}; ${phases[flags[1]!] ?? 'unknown'}`),
    ...(request === '' ? [] : [plainLine(showText(request), 'the request')]),
  ];
}

const endedBy: Readonly<Record<string, string>> = {
  C: 'the client ended it',
  c: "the timeout of the client's side ended it",
  S: 'the server ended or refused it',
  s: "the timeout of the server's side ended it",
  P: 'HAProxy refused or ended it by its rules',
  L: 'HAProxy answered by itself',
  R: 'HAProxy ran out of something: memory, sockets, ports',
  I: 'HAProxy met an error of its own',
  D: 'HAProxy ended it because the server went down',
  U: 'HAProxy ended it because a better server came up',
  K: 'an administrator or the end of an old process ended it',
  '-': 'both sides ended it in order',
};

const phases: Readonly<Record<string, string>> = {
  R: 'before a whole request was there',
  Q: 'in the queue for a server',
  C: 'while connecting to the server',
  H: "before the head of the server's answer was whole",
  D: 'while data passed',
  L: 'while the last data went to the client',
  T: 'in a tarpit',
  '-': 'at the end',
};

function sentence(who: string, phase: string, { timers }: Line): string {
  const all = timers.at(-1)!;
  return `${who}${phase}: ${endedBy[who] ?? 'unknown'}, ${phases[phase] ?? 'unknown'}, after ${duration(all)}.`;
}

type Cause = readonly [codes: readonly string[], fix: string];

const tunnel =
  '`timeout tunnel 1h` in defaults or the backend. Until a tunnel timeout is set, `timeout client` and `timeout server` apply, the smaller of the two. Or ping more often than that.';

/** By the two letters; what passes with 101 differs from what never opened. */
const byLetters: Readonly<Record<string, Cause>> = {
  cR: [
    ['REQ_HEAD_TIMEOUT'],
    'Look at the client: it connected and sent no whole head within `timeout http-request`.',
  ],
  CR: [
    ['CLIENT_CLOSED_EARLY', 'REQ_SYNTAX'],
    'Often a port check or a connection that a browser opened in advance: then nothing.',
  ],
  CQ: [
    ['CLIENT_CLOSED_EARLY', 'PROXY_LIMIT'],
    'The client gave up in the queue: more servers, or a higher `maxconn`.',
  ],
  sQ: [
    ['PROXY_LIMIT'],
    'Every slot of the server was taken for `timeout queue`. WebSockets keep their slot: raise `maxconn` of the server.',
  ],
  CC: [
    ['CLIENT_CLOSED_EARLY', 'PROXY_UPSTREAM_DOWN'],
    'The client gave up while HAProxy connected: look whether the server accepts.',
  ],
  SC: [
    ['PROXY_UPSTREAM_DOWN'],
    'Start the server, or correct its address and port. HAProxy tried `retries` times, one second apart.',
  ],
  sC: [
    ['PROXY_UPSTREAM_DOWN', 'TCP_TIMEOUT'],
    'Nobody answered to SYN within `timeout connect`: a firewall, or a wrong address.',
  ],
  PC: [['PROXY_LIMIT'], 'A limit of HAProxy was reached: `maxconn`, or source ports.'],
  RC: [['PROXY_LIMIT'], 'A resource ran out: source ports, sockets or memory.'],
  CH: [
    ['CLIENT_CLOSED_EARLY', 'PROXY_UPSTREAM_TIMEOUT'],
    'The client waited for the answer and gave up: look why the server is slow with the upgrade.',
  ],
  SH: [
    ['PROXY_UPSTREAM_RESET'],
    'The server closed without an answer: look in its log for a crash in the upgrade handler.',
  ],
  sH: [['PROXY_UPSTREAM_TIMEOUT'], 'The server had the request and did not answer within `timeout server`.'],
  PH: [
    ['PROXY_BAD_101', 'HTTP_NOT_HTTP'],
    'The server answered something that HAProxy does not pass: a 101 without `Connection: Upgrade` or without an accept value, a 103 before it, or no HTTP.',
  ],
  PR: [
    ['PROXY_WAF_BLOCK', 'AUTH_IP_DENIED'],
    'A rule `http-request deny` took it: exempt the path, or the client.',
  ],
  PT: [
    ['PROXY_BOT_FILTER', 'ROUTE_RATE_LIMIT'],
    'A rule `http-request tarpit` took it: exempt the path, or the client.',
  ],
};

const byLettersOpen: Readonly<Record<string, Cause>> = {
  cD: [['IDLE_CUT'], tunnel],
  sD: [['IDLE_CUT'], tunnel],
  SD: [['CLOSE_NO_FRAME_RST'], 'The server reset the open connection: look in its log at this time.'],
  CD: [
    ['CLOSE_NO_FRAME_RST', 'NETWORK_CHANGED'],
    'The client went away in the middle: a tab that was closed, a phone that slept, or a crash.',
  ],
};

function causeOf(line: Line): Cause | undefined {
  const { flags, status, server, request } = line;
  const letters = flags.slice(0, 2);
  if (flags[0] === 'K') return [['RELOAD_CUT'], 'Raise `hard-stop-after`, or drain the servers first.'];
  if (flags[0] === 'D' || flags[0] === 'U')
    return [['RELOAD_CUT', 'PROXY_NO_HEALTHY_TARGET'], 'Look at the health checks of the server.'];
  if (letters === 'SC' && server.endsWith('<NOSRV>')) {
    return [
      ['PROXY_NO_HEALTHY_TARGET', 'ROUTE_PROXY_NOT_FOUND'],
      'No server was there to take it: all are down by their health check, or no rule chose a backend.',
    ];
  }
  if (letters === 'PR' && request === '<BADREQ>') {
    return [
      ['REQ_SYNTAX', 'REQ_KEY_MISSING', 'ROUTE_HEADERS_TOO_LARGE'],
      '`show errors` on the stats socket shows the request. HAProxy refuses a handshake without a key, and heads above its buffer.',
    ];
  }
  if (letters === 'PR' && status === 429)
    return [['ROUTE_RATE_LIMIT'], 'Exempt the handshake from the rule, or allow more.'];
  if (flags[0] === 'L') {
    return status !== undefined && status >= 300 && status < 400
      ? [
          ['ROUTE_REDIRECT_TLS', 'ROUTE_REDIRECT'],
          'A rule `redirect` took it: browsers do not follow. Use the final URL, `wss://`.',
        ]
      : undefined;
  }
  const known = byLettersOpen[letters] ?? byLetters[letters];
  if (known !== undefined) return known;
  if (letters !== '--' || status === undefined || status === 101) return undefined;
  const codes = causesOfStatus(status);
  return status >= 300 || status === 200
    ? [codes, 'HAProxy passed on what the server answered: look there.']
    : undefined;
}
