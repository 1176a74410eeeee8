// Knows: what a diagnosis checks, as a list of named checks by stage; which codes mean that one failed.
// Must not know: how a check is made, or in which format it is told. Names carry the section that is checked, as h2spec's do.
import type { Finding, Report } from '../report.js';

export interface Check {
  /** `StageLine.stage`. */
  readonly stage: string;
  readonly name: string;
  /** Codes of the findings with which it fails. A code belongs to the first check that has it. */
  readonly codes: RegExp;
}

const check = (stage: string, name: string, codes: RegExp): Check => ({ stage, name, codes });

/** In the order of the path. */
export const CHECKS: readonly Check[] = [
  check('url', 'rfc6455.10.5.no-token-in-url', /^SEC_TOKEN_IN_URL$/),
  check('page', 'fetch.page-may-connect', /^BROWSER_/),
  check('dns', 'rfc1794.pool-is-even', /^DNS_POOL_UNEVEN$/),
  check('dns', 'rfc8305.4.both-families', /^(?:DNS_AAAA_DEAD|DNS_LOCALHOST_FAMILY|OPS_SINGLE_FAMILY)$/),
  check('dns', 'rfc1035.name-resolves', /^DNS_/),
  check('tcp', 'rfc9293.connects', /^TCP_/),
  check('proxy', 'rfc9110.9.3.6.forward-proxy', /^FWD_/),
  check('tls', 'rfc8996.no-old-version', /^(?:SEC_TLS_OLD|TLS_VERSION)$/),
  check(
    'tls',
    'rfc5280.4.1.2.5.certificate-in-time',
    /^(?:TLS_CERT_(?:EXPIRED|NOT_YET)|OPS_CERT_SOON|CLIENT_CLOCK_SKEW)$/,
  ),
  check('tls', 'rfc9525.6.certificate-name', /^TLS_CERT_NAME$/),
  check('tls', 'rfc5280.6.certificate-trusted', /^TLS_(?:CERT_|CHAIN_|INTERCEPTED)/),
  check('tls', 'rfc6455.10.6.encrypted', /^SEC_PLAINTEXT$/),
  check('tls', 'rfc8446.4.handshake', /^TLS_/),
  check('upgrade', 'rfc6455.4.2.2.accept', /^RESP_ACCEPT_/),
  check('upgrade', 'rfc6455.4.2.2.upgrade', /^RESP_UPGRADE_/),
  check('upgrade', 'rfc6455.4.2.2.connection', /^RESP_CONNECTION_/),
  check(
    'upgrade',
    'rfc9112.head',
    /^(?:RESP_|HTTP_(?:BARE|HEAD|INTERIM|STATUS_LINE|VERSION|NOT_HTTP|TRUNCATED))/,
  ),
  check('upgrade', 'rfc6455.10.2.own-origin-admitted', /^ORIGIN_/),
  check('upgrade', 'rfc9110.11.authenticated', /^AUTH_/),
  check('upgrade', 'rfc9110.7.8.path-keeps-upgrade', /^PROXY_/),
  check('upgrade', 'rfc6455.4.2.1.request', /^(?:REQ_|LIMIT_)/),
  check('upgrade', 'cwe-209.terse-refusal', /^SEC_VERBOSE_ERROR$/),
  check('upgrade', 'fast-handshake', /^OPS_SLOW_HANDSHAKE$/),
  check('upgrade', 'rfc6455.4.1.status-101', /^(?:HTTP_|ROUTE_)/),
  check('subprotocol', 'rfc6455.4.1.subprotocol', /^PROTO_/),
  check('extension', 'rfc7692.7.1.parameters', /^(?:EXT_|SEC_COMPRESSION_SECRETS$)/),
  check('session', 'rfc6455.5.5.3.pong', /^(?:PING_|PONG_|HEARTBEAT_)/),
  check('session', 'rfc6455.7.close', /^(?:CLOSE_|HANDLER_)/),
  check('session', 'rfc6455.5.2.frames', /^(?:FRAME_|MSG_)/),
  check('version', 'rfc6455.4.4.version', /^CONF_VERSION_/),
  check('version', 'rfc6455.4.2.1.key-checked', /^CONF_KEY_UNCHECKED$/),
  check('version', 'rfc6455.4.2.1.request-line', /^CONF_(?:METHOD|HTTP10|HOST)$/),
  check('origin', 'rfc6455.10.2.foreign-origin', /^SEC_(?:ORIGIN_UNCHECKED|CSWSH)$/),
  check('origin', 'rfc6455.10.2.look-alike-origin', /^SEC_ORIGIN_BYPASS$/),
  check('http2', 'rfc8441.4.extended-connect', /^H[23]_/),
  check('idle', 'rfc6455.5.5.2.server-pings', /^OPS_NO_SERVER_PING$/),
  check('idle', 'stays-open', /^(?:IDLE_|LIFETIME_|RELOAD_|NETWORK_)/),
  check('frames', 'cwe-400.half-a-head', /^SEC_SLOW_HANDSHAKE$/),
  check('frames', 'rfc6455.5.1.deviant-frames', /^CONF_/),
  check('url', 'rfc6455.3.url', /./),
];

const abbreviations: Readonly<Record<string, string>> = {
  url: 'URL',
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  http2: 'HTTP/2',
};

/** As `StageLine.name` has it, also of a stage that a report does not have. */
export function stageName(stage: string): string {
  return abbreviations[stage] ?? `${stage.slice(0, 1).toUpperCase()}${stage.slice(1)}`;
}

export function checkOf(code: string): Check {
  return CHECKS.find(({ codes }) => codes.test(code))!;
}

export interface Checked {
  readonly check: Check;
  /** `skipped`: the stage was not reached, or does not apply. */
  readonly state: 'ran' | 'skipped';
  readonly findings: readonly Finding[];
}

/** Every check, with what was found; those of one stage stand together. */
export function checked(report: Report): Checked[] {
  const found = [...report.causes, ...report.findings];
  const ran = new Set(report.stages.filter(({ mark }) => mark !== 'skip').map(({ stage }) => stage));
  return CHECKS.map((each) => {
    const findings = found.filter(({ code }) => checkOf(code) === each);
    const state = findings.length > 0 || each.stage === 'url' || ran.has(each.stage) ? 'ran' : 'skipped';
    return { check: each, state, findings };
  });
}
