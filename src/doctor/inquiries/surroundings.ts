// Knows: what stands around a good endpoint: HTTP/2, old TLS, a twin without TLS, HSTS, the other addresses of the name, its URL.
// Must not know: the endpoint itself. Each of these costs a connection and at most a grade. RFC 8441, RFC 8996, RFC 6797.
import { isSecretParameter } from '../../reason.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { fieldOf, isOpen, isReaction, resultOf, statusOf } from '../reading.js';
import { connectFields } from '../requests.js';
import { isPrivateAddress } from '../target.js';

const SLOW_MS = 1000;
const HALF_A_YEAR_S = 15_552_000;

/** What the URL and the baseline tell without another probe. */
export function tellBaseline(own: Case, baseline: Observation): void {
  const warn = (code: string, detail: string) =>
    own.findings.push(
      finding(code, { confidence: 'proven', severity: 'warn', detail, steps: [step(baseline)] }),
    );
  const ms = baseline.times.headMs ?? 0;
  if (ms > SLOW_MS) warn('OPS_SLOW_HANDSHAKE', `The 101 took ${(ms / 1000).toFixed(1)} s.`);
  const secret = [...new URL(own.target.url).searchParams.keys()].find(isSecretParameter);
  if (secret !== undefined)
    warn(
      'SEC_TOKEN_IN_URL',
      `The parameter "${secret}" of the URL looks like a credential. URLs end up in logs.`,
    );
  const isPublic = own.address !== undefined && !isPrivateAddress(own.address);
  if (!own.target.secure && isPublic)
    warn('SEC_PLAINTEXT', 'Everybody on the way can read and change what is said.');
}

/** HTTP/2, for browsers that would use it. */
export function* http2(own: Case): Inquiry<void> {
  const fields = connectFields(own.target);
  const seen = yield* ask({
    kind: 'http2',
    key: 'http2',
    about: 'the same over HTTP/2',
    route: own.route,
    fields,
  });
  if (seen.skipped !== undefined) return;
  const line = { stage: 'http2', name: 'HTTP/2', probes: [seen.id] };
  if (seen.http2 === undefined) {
    return own.stage({ ...line, mark: 'skip', text: `not found out: ${resultOf(seen)}` });
  }
  own.ran.add('http2');
  const { alpn, offersConnect, status, reset } = seen.http2;
  if (alpn !== 'h2' || !offersConnect) {
    return own.stage({
      ...line,
      mark: 'skip',
      text: 'not offered for WebSocket (browsers use HTTP/1.1; no action)',
    });
  }
  if (status !== undefined && status >= 200 && status < 300) {
    return own.stage({ ...line, mark: 'good', text: 'offered for WebSocket (RFC 8441), and opens' });
  }
  const how = reset ?? (status === undefined ? 'silence' : `status ${status}`);
  const detail = `The server says that it takes WebSockets over HTTP/2 and answers one with ${how}. Chrome uses it when the page came over HTTP/2, and does not fall back.`;
  own.findings.push(
    finding('H2_CONNECT_REJECTED', {
      confidence: how === 'silence' ? 'likely' : 'proven',
      severity: 'warn',
      detail,
      steps: [step(seen, how)],
      hops: own.hopNames,
    }),
  );
  own.stage({ ...line, mark: 'warn', text: `offered for WebSocket, but refused: ${how}` });
}

/** TLS 1.0 and 1.1 (RFC 8996). */
export function* oldTls(own: Case): Inquiry<void> {
  const seen = yield* ask(own.hello('tls-old', 'TLS 1.1 at most', { maxVersion: 'TLSv1.1' }));
  if (seen.tls === undefined) return;
  const detail = `It still speaks ${seen.tls.version}.`;
  own.findings.push(
    finding('SEC_TLS_OLD', {
      confidence: 'proven',
      severity: 'warn',
      detail,
      steps: [step(seen)],
    }),
  );
}

/** The same endpoint without TLS: on port 80 for the usual port, else on the same one. */
export function* plainTwin(own: Case): Inquiry<void> {
  const port = own.target.port === 443 ? 80 : own.target.port;
  const probe = own.variant('plain-twin', `without TLS on port ${port}`, {});
  const seen = yield* ask({ ...probe, route: { ...own.route, secure: false, port } });
  if (seen.skipped !== undefined) return;
  own.merits.set('no twin without TLS', !isOpen(seen));
}

/** HSTS of the host: another answer may have carried it already. What is said without TLS does not count (RFC 6797 §8.1). */
export function* hsts(own: Case): Inquiry<void> {
  const told = own.seen.find(
    (seen) =>
      seen.probe.kind === 'exchange' &&
      seen.probe.route.secure &&
      seen.probe.route.host === own.target.host &&
      fieldOf(seen, 'strict-transport-security') !== undefined,
  );
  const seen = told ?? (yield* ask(own.page('hsts', '/')));
  if (!isReaction(seen)) return;
  const age = /max-age="?(\d+)/i.exec(fieldOf(seen, 'strict-transport-security') ?? '')?.[1];
  own.merits.set('HSTS for half a year', Number(age ?? 0) >= HALF_A_YEAR_S);
}

/** The same handshake at other addresses of the name. */
export function* pool(own: Case, addresses: readonly string[]): Inquiry<void> {
  for (const address of addresses) {
    const probe = own.variant(`address ${address}`, `at ${address}`, {});
    const seen = yield* ask({ ...probe, route: { ...own.route, address } });
    if (isOpen(seen) || (!isReaction(seen) && seen.trouble === undefined)) continue;
    const detail = `${own.address} opens, ${address} answers ${statusOf(seen) || resultOf(seen)}: clients fail by chance.`;
    own.findings.push(
      finding('DNS_POOL_UNEVEN', { confidence: 'proven', severity: 'warn', detail, steps: [step(seen)] }),
    );
    return;
  }
}
