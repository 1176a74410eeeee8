// Knows: lines of Apache's error log (measured with 2.4.71), of Caddy (2.6), Squid (5.7), and of Heroku's router (its documentation).
// Must not know: HAProxy, nginx and Envoy, whose lines have a form of their own.
import { type Explanation, explanationOf } from './explanation.js';
import { showText } from './show.js';
import { findText, said, type TextFound } from './texts.js';

const apache = [
  said(
    'Apache',
    /\(111\)[^\n]{0,120}AH00957/,
    'PROXY_UPSTREAM_DOWN',
    'Nobody listens at the address of ProxyPass.',
  ),
  said(
    'Apache',
    /\(13\)[^\n]{0,120}AH00957/,
    'PROXY_UPSTREAM_DOWN',
    'SELinux forbids it: `setsebool -P httpd_can_network_connect 1`.',
  ),
  said('Apache', /AH00957|AH01114/, 'PROXY_UPSTREAM_DOWN'),
  said(
    'Apache',
    /\(70007\)[^\n]{0,200}AH0(?:1102|1110|0898|1030)/,
    'PROXY_UPSTREAM_TIMEOUT',
    'The app did not answer within ProxyTimeout. Apache answers 502, not 504.',
  ),
  said(
    'Apache',
    /\(104\)[^\n]{0,200}AH01102/,
    'PROXY_UPSTREAM_RESET',
    'The app was there, took the request and reset: look in its log for a crash in the upgrade handler.',
  ),
  said('Apache', /AH01102/, ['PROXY_UPSTREAM_RESET', 'HTTP_NOT_HTTP'], 'The app closed before it answered.'),
  said(
    'Apache',
    /AH00898/,
    ['PROXY_UPSTREAM_RESET', 'PROXY_UPSTREAM_TIMEOUT'],
    'The line in front of this one says which.',
  ),
  said(
    'Apache',
    /AH01144/,
    'ROUTE_SERVER_ERROR',
    'The module for the scheme of ProxyPass is not loaded: mod_proxy_http, or mod_proxy_wstunnel before 2.4.47.',
  ),
  said('Apache', /AH00961/, 'PROXY_UPSTREAM_TLS', '`SSLProxyEngine On` is missing.'),
  said('Apache', /AH0?1084|AH0?1097/, 'PROXY_UPSTREAM_RESET'),
  said(
    'Apache',
    /AH0(?:0484|3490)|server reached MaxRequestWorkers/,
    'PROXY_LIMIT',
    'Every WebSocket over HTTP/1.1 keeps a worker: raise MaxRequestWorkers.',
  ),
  said('Apache', /AH01630|AH01797/, 'AUTH_IP_DENIED', 'A rule `Require` of Apache took it.'),
  said('Apache', /AH0161[478]|AH01617/, 'AUTH_BASIC_VIA_PROXY'),
  said(
    'Apache',
    /AH00128|AH00135/,
    'ROUTE_PROXY_NOT_FOUND',
    'No ProxyPass matched this path: Apache looked for a file.',
  ),
];

/** Of a line that says `http.log.error`. */
const caddy = [
  said('Caddy', /dial tcp [^\n]{0,200}connection refused/, 'PROXY_UPSTREAM_DOWN'),
  said('Caddy', /dial tcp [^\n]{0,200}(?:i\/o timeout|deadline exceeded)/, [
    'PROXY_UPSTREAM_DOWN',
    'PROXY_UPSTREAM_TIMEOUT',
  ]),
  said('Caddy', /(?:first record does not look like a TLS handshake|x509: )/, 'PROXY_UPSTREAM_TLS'),
  said('Caddy', /timeout awaiting response headers/, 'PROXY_UPSTREAM_TIMEOUT'),
  said('Caddy', /"msg": ?"EOF"/, ['PROXY_UPSTREAM_RESET', 'PROXY_UPSTREAM_TLS']),
];

const caddyTransport = [
  said(
    'Caddy',
    /http2: invalid Upgrade request header/,
    'PROXY_UPGRADE_STRIPPED',
    'Its transport speaks HTTP/2 to the app, which carries no Upgrade: `versions 1.1`.',
  ),
];

const squid = [
  said('Squid', /TCP_DENIED\/407/, 'FWD_AUTH'),
  said('Squid', /TCP_DENIED\/403[^\n]{0,60}CONNECT/, 'FWD_CONNECT_DENIED'),
  said(
    'Squid',
    /(?:NONE|TAG_NONE|NONE_NONE|TCP_TUNNEL|TCP_MISS)\/50[0234][^\n]{0,60}CONNECT/,
    'FWD_CONNECT_FAILED',
  ),
  said('Squid', /TCP_MISS\/426/, 'FWD_PLAIN_STRIPS_UPGRADE'),
];

const heroku = (code: string, rows: string | readonly string[], note: string) =>
  said('Heroku', new RegExp(`code=${code}\\b`), rows, note);

const router = [
  heroku('H10', 'PROXY_UPSTREAM_DOWN', 'The dyno crashed: `heroku logs` shows why.'),
  heroku('H11', 'PROXY_LIMIT', 'The backlog of the dyno is full.'),
  heroku('H12', 'PROXY_UPSTREAM_TIMEOUT', 'The dyno did not answer within 30 s.'),
  heroku('H13', 'PROXY_UPSTREAM_RESET', 'The dyno closed without an answer.'),
  heroku('H14', 'PROXY_NO_HEALTHY_TARGET', 'No web dyno runs: `heroku ps:scale web=1`.'),
  heroku('H15', 'IDLE_CUT', 'Nothing passed for 55 s. The limit is fixed: ping every 25 s.'),
  heroku('H17', 'HTTP_NOT_HTTP', 'The dyno answered what the router cannot read.'),
  heroku(
    'H18',
    ['PROXY_UPSTREAM_RESET', 'CLOSE_NO_FRAME_RST'],
    'The dyno closed while the answer was under way.',
  ),
  heroku('H19', 'PROXY_UPSTREAM_TIMEOUT', 'The router could not connect to the dyno within 5 s.'),
  heroku('H20', 'PROXY_UPSTREAM_DOWN', 'The dyno did not boot in time.'),
  heroku('H21', 'PROXY_UPSTREAM_DOWN', 'The dyno refused the connection.'),
  heroku('H22', 'PROXY_LIMIT', 'The router has too many connections to the dyno.'),
  heroku('H27', 'CLIENT_CLOSED_EARLY', 'The client closed before the dyno answered.'),
  heroku('H28', 'IDLE_CUT', 'The client sent nothing for 55 s.'),
  heroku('H80', 'ROUTE_MAINTENANCE', '`heroku maintenance:off`.'),
  heroku(
    'H99',
    ['ROUTE_SERVER_ERROR', 'PROXY_UPSTREAM_DOWN'],
    'An error of the platform: status.heroku.com.',
  ),
];

export function explainServerLine(given: string): Explanation | undefined {
  const line = /^H\d\d$/.test(given) ? `code=${given}` : given;
  const tables = [
    ...(line.includes('AH0') || line.includes('MaxRequestWorkers') ? [apache] : []),
    ...(line.includes('http.log.error') ? [caddy] : []),
    ...(line.includes('http2: ') ? [caddyTransport] : []),
    ...(/\b(?:TCP|NONE|TAG)_?[A-Z_]{0,30}\/\d{3}/.test(line) ? [squid] : []),
    ...(line.includes('code=H') ? [router] : []),
  ];
  const found = findText(line, tables);
  return found === undefined ? undefined : explanationOfLine(found, line);
}

function explanationOfLine({ known, match }: TextFound, line: string): Explanation {
  const [code, ...others] = known.codes as readonly string[];
  return explanationOf(code!, others.length === 0 ? 'strong' : 'likely', {
    source: known.from === 'Heroku' ? "Log of Heroku's router" : `Log of ${known.from}`,
    candidates: others,
    saw: `${showText(line.slice(Math.max(0, match.index - 60)), 200)}${known.note === '' ? '' : `\n${known.note}`}`,
    ...(others.length > 0 && {
      couldNotKnow: "What the app saw, which stands in the app's log.",
      decide: 'handfast doctor URL',
    }),
  });
}
