// Knows: what a browser refuses before it sends anything: the page is on https and the URL is not, its policy names other places, the
// port is one that browsers never open, the address is private. Must not know: what the endpoint answers. Fetch, CSP 3, Mixed Content.
import { isToken } from '../../handshake/fields.js';
import { printable } from '../../reason.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry } from '../observation.js';
import { bodyOf, fieldOf, resultOf, statusOf } from '../reading.js';
import { pageRequest } from '../requests.js';
import { isPrivateAddress } from '../target.js';

/** Fetch §2.9, "port blocking", of 2026-11. */
const BAD_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** False: nothing can be sent at all. */
export function isSendable(own: Case): boolean {
  const { subprotocols } = own.target;
  const at = subprotocols.findIndex((name, index) => !isToken(name) || subprotocols.indexOf(name) < index);
  if (at < 0) return true;
  // It is counted and not shown: it may be a credential.
  const detail = isToken(subprotocols[at]!)
    ? 'it is there already'
    : 'it is no token (no spaces, no "/", no "=")';
  own.stage({ stage: 'url', name: 'URL', mark: 'bad', text: `subprotocol ${at + 1}: ${detail}`, probes: [] });
  own.causes.push(
    finding('URL_PROTOCOL_TOKEN', {
      confidence: 'proven',
      detail: `Subprotocol ${at + 1} cannot be sent: ${detail}.`,
    }),
  );
  return false;
}

export function* browserRules(own: Case): Inquiry<void> {
  const { page, port, secure, host, profile } = own.target;
  const isBrowser = page !== undefined || profile === 'chrome' || profile === 'firefox';
  if (BAD_PORTS.has(port)) {
    const detail = `Browsers never open port ${port} (Fetch §2.9).`;
    const found = finding('BROWSER_BAD_PORT', {
      confidence: 'proven',
      severity: isBrowser ? 'error' : 'note',
      detail,
    });
    (isBrowser ? own.causes : own.findings).push(found);
  }
  if (page === undefined) return;
  const from = new URL(page);
  const isLoopback = /^(?:(?:.+\.)?localhost\.?|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
  if (from.protocol === 'https:' && !secure && !isLoopback) {
    const detail = `The page is on https, the URL says ws: browsers refuse that before they send anything.`;
    own.causes.push(
      finding('BROWSER_MIXED_CONTENT', {
        confidence: 'proven',
        detail,
        steps: [remark(from.origin, own.target.url)],
      }),
    );
  }
  if (/^https?:$/.test(from.protocol)) yield* policy(own, from);
}

/** The page's own policy, from its header and its markup. */
function* policy(own: Case, page: URL): Inquiry<void> {
  const secure = page.protocol === 'https:';
  const host = page.hostname.replace(/^\[|\]$/g, '');
  const port = page.port === '' ? (secure ? 443 : 80) : Number(page.port);
  const request = pageRequest(own.target, `${page.pathname}${page.search}`, page.host);
  const about = `the page ${printable(page.origin)}`;
  const seen = yield* ask({ kind: 'exchange', key: 'page', about, route: { secure, host, port }, request });
  // The policy of a login page or of an error is not that of the page.
  if (statusOf(seen) < 200 || statusOf(seen) > 299) {
    return own.stage({
      stage: 'page',
      name: 'Page',
      mark: 'warn',
      text: `not read: ${resultOf(seen)}`,
      probes: [seen.id],
    });
  }
  const policies = [
    ...(fieldOf(seen, 'content-security-policy')?.split(',') ?? []),
    ...metaPolicies(bodyOf(seen)),
  ];
  const against = policies
    .map(connectSources)
    .find((sources) => sources !== undefined && !allows(sources, own, page));
  const isRefused = against !== undefined;
  const text = isRefused
    ? `its policy does not allow ${own.target.authority}`
    : policies.length > 0
      ? 'its policy allows the URL'
      : 'no policy';
  own.stage({ stage: 'page', name: 'Page', mark: isRefused ? 'bad' : 'good', text, probes: [seen.id] });
  if (!isRefused) return;
  const scheme = own.target.secure ? 'wss' : 'ws';
  const steps = [step(seen), remark(`connect-src ${printable(against.join(' '))}`)];
  const fix = `Add ${scheme}://${own.target.authority} to connect-src. Scheme and port count.`;
  own.causes.push(
    finding('BROWSER_CSP', {
      confidence: 'proven',
      detail: `The policy of ${page.origin} does not name the URL.`,
      steps,
      fix,
    }),
  );
}

function metaPolicies(html: string): string[] {
  return [...html.matchAll(/<meta\b[^>]*http-equiv=["']?content-security-policy["']?[^>]*>/gi)].flatMap(
    ([tag]) =>
      /content=(?:"([^"]*)"|'([^']*)')/i
        .exec(tag)
        ?.slice(1)
        .find((text) => text !== undefined) ?? [],
  );
}

/** CSP 3 §6.1.2: connect-src, else default-src. Undefined: anything goes. */
function connectSources(policy: string): string[] | undefined {
  const directives = new Map(
    policy.split(';').map((text) => {
      const [name = '', ...sources] = text.trim().split(/\s+/);
      return [name.toLowerCase(), sources] as const;
    }),
  );
  return directives.get('connect-src') ?? directives.get('default-src');
}

/**
 * CSP 3 §6.7.2, as Chromium 156 takes it for WebSockets (measured): only what names ws or wss stands for them, and `https:`,
 * `https://host` and `host` do not.
 */
function allows(sources: readonly string[], own: Case, page: URL): boolean {
  const { authority, secure } = own.target;
  return sources.some((source) => {
    if (source === '*') return true;
    if (/^'self'$/i.test(source)) return page.host === authority && (secure || page.protocol === 'http:');
    const match = /^(wss?):(?:\/\/(\*|(?:\*\.)?[^:/*]+|\[[^\]]+\])(?::(\d+|\*))?(\/[^?#]*)?)?$/i.exec(source);
    if (match === null) return false;
    const [, scheme = '', host, port, path] = match;
    const isUpgraded = secure && scheme.toLowerCase() === 'ws';
    if (!secure && scheme.toLowerCase() === 'wss') return false;
    if (host === undefined) return true;
    return isHost(host, own) && isPort(port, isUpgraded, own) && isPath(path, own);
  });
}

function isHost(wanted: string, { target }: Case): boolean {
  const [name, host] = [wanted.replace(/^\[|\]$/g, '').toLowerCase(), target.host.toLowerCase()];
  return name === '*' || (name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name);
}

/** An expression for ws also stands for wss, where neither names another port than its own. */
function isPort(
  wanted: string | undefined,
  isUpgraded: boolean,
  { target: { port, secure } }: Case,
): boolean {
  if (wanted === '*') return true;
  if (isUpgraded) return port === 443 && (wanted === undefined || wanted === '80');
  return Number(wanted ?? (secure ? 443 : 80)) === port;
}

/** §6.7.2.11: what ends with a slash stands for all that begins like it, anything else for itself. */
function isPath(wanted: string | undefined, { target }: Case): boolean {
  if (wanted === undefined || wanted === '/') return true;
  const path = target.path.split('?')[0]!;
  return wanted.endsWith('/') ? path.startsWith(wanted) : path === wanted;
}

/** A public page, a private address: since 2026 Chrome asks the user first. Needs the address. */
export function localNetwork(own: Case): void {
  const { page } = own.target;
  if (page === undefined || own.address === undefined || !isPrivateAddress(own.address)) return;
  const host = new URL(page).hostname.replace(/^\[|\]$/g, '');
  if (isPrivateAddress(host) || host === 'localhost') return;
  const detail = `The page is public, ${own.address} is not: Chrome 147 and later asks the user for permission.`;
  own.findings.push(finding('BROWSER_LOCAL_NETWORK', { confidence: 'likely', severity: 'warn', detail }));
}
