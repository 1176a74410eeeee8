// Knows: for every row of the catalogue what makes it: deployments, by what they expect; else another test; else why nothing on
// loopback can. Must not know: how any of them is started. The test beside this file holds the table to the catalogue.
import { proxySetups } from './deployments/proxies/setups.js';
import { SERVERS } from './deployments/servers.js';

export type Coverage =
  | { readonly deployments: readonly string[] }
  | { readonly test: string }
  | { readonly because: string };

/** Codes by the test that makes them: mostly what a server of ours, or `explain`, says of a client. */
const TESTED: Readonly<Record<string, readonly string[]>> = {
  'test/client/rows.test.ts': [
    'URL_SYNTAX',
    'CLIENT_CLOSED_EARLY',
    'DNS_NODATA',
    'DNS_FAILURE',
    'TCP_FAILED',
  ],
  'test/transport/tunnel.test.ts': ['FWD_NOT_A_PROXY', 'FWD_TIMEOUT', 'FWD_SOCKS'],
  'test/reflect/proxies.test.ts': [
    'FWD_REWRITES_HANDSHAKE',
    'PROXY_HOST_REWRITTEN',
    'PROXY_QUERY_LOST',
    'PROXY_HEADER_CASE',
  ],
  'test/client/http2-hostile.test.ts': [
    'H2_NOT_CHOSEN',
    'H2_NOT_OFFERED',
    'H2_NO_SETTINGS',
    'H2_SESSION_FAILED',
    'H2_STREAM_RESET',
    'H2_SESSION_LOST',
  ],
  'test/hostile/h2.test.ts': ['H2_SETTINGS_TIMEOUT', 'H2_RESET_FLOOD'],
  'test/handshake/http2-request.test.ts': [
    'H2_CONNECT_WANTED',
    'H2_PROTOCOL_UNKNOWN',
    'H2_CONNECT_ENDED',
    'H2_SCHEME',
    'H2_HOST_MISMATCH',
    'H2_HEADERS_IN_CONNECT',
  ],
  'test/hostile/opening-rows.ts': ['REQ_LINE_TOO_LONG', 'REQ_BODY_TOO_LARGE'],
  'test/handshake/parser.test.ts': ['REQ_SYNTAX', 'REQ_HEAD_TOO_LARGE'],
  'test/handshake/request.test.ts': [
    'REQ_HTTP_VERSION',
    'REQ_TARGET',
    'REQ_DUPLICATE_FIELD',
    'REQ_HOST',
    'REQ_BODY',
    'REQ_METHOD',
    'REQ_UPGRADE',
    'REQ_CONNECTION',
    'REQ_HIXIE',
    'REQ_VERSION_SYNTAX',
    'REQ_VERSION',
    'REQ_KEY_MISSING',
    'REQ_KEY_REPEATED',
    'REQ_KEY_INVALID',
    'REQ_KEY_REUSED',
    'REQ_EARLY_FRAMES',
    'REQ_PROTO_SYNTAX',
    'REQ_EXT_SYNTAX',
    'ORIGIN_SYNTAX',
  ],
  'test/hostile/time.test.ts': ['REQ_HEAD_TIMEOUT', 'REQ_HANDSHAKE_TIMEOUT', 'MSG_TIMEOUT'],
  'test/server/addresses.test.ts': [
    'LIMIT_CONNECTIONS',
    'LIMIT_CONNECTIONS_PER_ADDRESS',
    'LIMIT_PENDING_HANDSHAKES',
  ],
  'test/conformance/6455-5.1.test.ts': ['FRAME_UNMASKED_BY_CLIENT'],
  'test/connection/protocol-compression.test.ts': ['MSG_TOO_BIG', 'MSG_INFLATE_RATE'],
  'test/connection/protocol-reasons.test.ts': [
    'MSG_FRAGMENTS',
    'MSG_TYPE',
    'MSG_RATE',
    'MSG_SLOW_CONSUMER',
    'HANDLER_FAILED',
    'CLOSE_TRANSPORT_ERROR',
    'CLOSE_NO_STATUS',
    'CLOSE_1001',
    'CLOSE_1011',
    'CLOSE_1012',
    'CLOSE_1013',
    'CLOSE_1014',
    'CLOSE_3000',
    'CLOSE_3003',
    'CLOSE_3008',
    'CLOSE_APP',
  ],
};

const NO_DNS = 'It needs a name with several addresses or records, and loopback has no name server to ask.';
const IN_BROWSER =
  'It happens inside of a browser, or to its machine; all that a server sees is a client that goes.';
const FOR_EXPLAIN =
  'No probe can see it: it is there for explain, whose reader has the log, the code or the page.';

/** Why nothing on loopback makes it so that doctor could see it. */
const UNMADE: Readonly<Record<string, string>> = {
  BROWSER_BLOCKED_BY_EXTENSION: IN_BROWSER,
  CLIENT_SERIALIZED: IN_BROWSER,
  CLIENT_SUSPENDED: IN_BROWSER,
  NETWORK_CHANGED: IN_BROWSER,
  AUTH_COOKIE_NOT_SENT: IN_BROWSER,
  RESP_FRAMES_WITH_HEAD_LOST: 'It is a fault of a client; ours takes the frames that come with the head.',
  CLIENT_NO_TIMEOUT: 'It is a fault of a client; ours has a limit for every stage.',
  TLS_ALPN_H2_SPOKEN_H1: 'It is a fault of a client; ours speaks what ALPN chose.',
  DNS_PRIVATE_FROM_PUBLIC: NO_DNS,
  DNS_AAAA_DEAD: NO_DNS,
  DNS_POOL_UNEVEN: NO_DNS,
  DNS_STALE: NO_DNS,
  OPS_SINGLE_FAMILY: NO_DNS,
  TCP_CDN_PORT: 'It needs an address of a CDN.',
  TLS_INTERCEPTED: 'It is told by comparing with what others see, or by an issuer that only a product has.',
  SEC_PLAINTEXT: 'It is for public addresses; loopback is private.',
  SEC_COMPRESSION_SECRETS: 'What is secret only the application knows.',
  H3_CONNECT_REJECTED: 'Node has no HTTP/3.',
  FWD_IGNORED: 'It is about a proxy of the environment that a program does not read; doctor reads it.',
  FWD_PLAIN_STRIPS_UPGRADE:
    'It takes a client that asks a proxy without CONNECT; doctor always uses CONNECT.',
  FWD_BUFFERS: 'It needs a proxy that scans what passes; none of those in Debian does.',
  FWD_PAC: 'It needs a browser that runs the script.',
  PROXY_SECOND_HOP:
    'Which of two hops it is shows only with --direct for each of them; what is found is PROXY_UPGRADE_STRIPPED.',
  PROXY_LB_LISTENER: 'It is a setting of load balancers of clouds.',
  PROXY_BUFFERING: FOR_EXPLAIN,
  PROXY_FRAMES_MODIFIED: 'None of the proxies in Debian takes part in the frames.',
  PROXY_SMUGGLE_TUNNEL: 'Doctor does not send a second request behind a refused one.',
  PROTO_VERSION_MISMATCH:
    'Doctor sends no messages, so it does not come so far that the two generations differ.',
  IDLE_PING_RACE: FOR_EXPLAIN,
  IDLE_SMALLEST_HOP: FOR_EXPLAIN,
  RELOAD_CUT: 'It shows only in many connections at once.',
  HEARTBEAT_SERVER_KILL: 'Doctor answers every ping in time.',
};

/** Every code that something makes, or that stands above. */
export function coverage(): ReadonlyMap<string, Coverage> {
  const all = new Map<string, Coverage>();
  for (const [code, because] of Object.entries(UNMADE)) all.set(code, { because });
  for (const [test, codes] of Object.entries(TESTED)) for (const code of codes) all.set(code, { test });
  for (const [code, deployments] of deploymentsByCode()) all.set(code, { deployments });
  return all;
}

export function deploymentsByCode(): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  const rows = [...SERVERS, ...proxySetups].flatMap((setup) => [...setup.rows]);
  for (const { name, expect, findings = [] } of rows) {
    for (const code of new Set([...expect, ...findings])) all.set(code, [...(all.get(code) ?? []), name]);
  }
  return all;
}

/** What stands in the tables by hand, to be held against the rest. */
export const BY_HAND = { tested: TESTED, unmade: UNMADE };
