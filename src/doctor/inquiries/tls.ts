// Knows: whether TLS comes up, why not, and whom the certificate is for. One that nobody trusts is a cause, and does not end the run.
// Must not know: what is said inside. RFC 8446, RFC 7301.
import { spell } from '../../forensics/first-bytes.js';
import { finding, step, troubled } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation, type TlsSeen, type Trouble } from '../observation.js';
import { bodyOf, fieldOf, garbageOf, isAnswered, resultOf, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import { TLS_ONLY } from './server-words.js';

export function* ungreeted(own: Case, baseline: Observation): Inquiry<void> {
  own.stage({ stage: 'tls', name: 'TLS', mark: 'bad', text: resultOf(baseline), probes: [baseline.id] });
  own.causes.push(yield* whyUngreeted(own, baseline, baseline.trouble!));
}

function* whyUngreeted(own: Case, baseline: Observation, trouble: Trouble): Inquiry<Finding> {
  switch (trouble.code) {
    case 'TLS_VERSION': {
      const old = yield* ask(own.hello('tls-old', 'TLS 1.1 at most', { maxVersion: 'TLSv1.1' }));
      const detail = old.tls === undefined ? '' : `It speaks ${old.tls.version} and nothing newer.`;
      return greeted('TLS_VERSION', baseline, old, detail);
    }
    case 'TLS_ALPN_ONLY_H2': {
      const h2 = yield* ask(own.hello('tls-h2', 'ALPN h2', { alpn: ['h2'] }));
      const detail = h2.tls === undefined ? '' : 'It takes h2 and refuses http/1.1, which the upgrade needs.';
      return greeted('TLS_ALPN_ONLY_H2', baseline, h2, detail);
    }
    case 'TLS_SNI': {
      const nameless = yield* ask(own.hello('tls-no-name', 'no server name', { servername: '' }));
      return greeted('TLS_SNI', baseline, nameless, `It does not know the name ${own.target.host}.`);
    }
    case 'TLS_TO_PLAIN_PORT':
    case 'TLS_FAILED':
    case 'TLS_TIMEOUT':
    case 'TCP_RESET_AFTER_ACCEPT':
      return yield* withoutTls(own, baseline, trouble);
    default:
      return troubled(baseline, trouble);
  }
}

/** The alert itself says it; a greeting that differs in just that and is answered proves it. */
function greeted(code: string, baseline: Observation, other: Observation, detail: string): Finding {
  const note =
    other.tls !== undefined ? 'answered' : other.trouble !== undefined ? 'no TLS either' : undefined;
  const confidence = other.tls === undefined ? 'strong' : 'proven';
  return finding(code, { confidence, detail, steps: [step(baseline), step(other, note)] });
}

/** The same port without TLS. */
function* withoutTls(own: Case, baseline: Observation, trouble: Trouble): Inquiry<Finding> {
  const { origin, ownOrigin } = own.target;
  const plainOrigin = origin === ownOrigin ? ownOrigin.replace(/^https/, 'http') : origin;
  const probe = own.variant('plain', 'the same port without TLS', { origin: plainOrigin });
  const plain = yield* ask({ ...probe, route: { ...own.route, secure: false } });
  const steps = [step(baseline), step(plain)];
  const spelled = garbageOf(plain) && spell(garbageOf(plain)!);
  if (spelled !== undefined && spelled.service !== 'tls') {
    return finding('TCP_WRONG_SERVICE', {
      confidence: 'proven',
      detail: `The port speaks: ${spelled.text}.`,
      steps,
    });
  }
  // A port of TLS says in plain HTTP, too, that it is one.
  if (!isAnswered(plain) || TLS_ONLY.test(bodyOf(plain)))
    return { ...troubled(baseline, trouble), confidence: 'strong' as const, steps };
  const scheme = statusOf(plain) === 101 ? 'opens a WebSocket' : 'answers HTTP';
  const detail = `Without TLS the same port ${scheme}. The URL says wss, the port speaks ws.`;
  return finding('TLS_TO_PLAIN_PORT', { confidence: 'proven', detail, steps });
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
const SKEW_MS = 300_000;

export function tellTls(own: Case, baseline: Observation, tls: TlsSeen): void {
  const now = Date.parse(own.startedAt);
  const daysLeft = Math.floor((Date.parse(tls.notAfter) - now) / DAY_MS);
  const left = daysLeft >= 0 ? `${daysLeft} days left` : `expired ${-daysLeft} days ago`;
  const version = tls.version.replace('TLSv', '');
  const text = [version, tls.names[0]?.replace(/^DNS:/, '') ?? tls.subject, tls.issuer, left]
    .filter(Boolean)
    .join(' · ');
  const isTrusted = tls.isTrusted || own.target.insecure;
  const ms = baseline.times.tlsMs;
  const line = { stage: 'tls', name: 'TLS', text, probes: [baseline.id], ...(ms !== undefined && { ms }) };
  own.stage({ ...line, mark: isTrusted ? (tls.isTrusted ? 'good' : 'warn') : 'bad' });
  own.ran.add('tls');
  own.merits.set('TLS 1.3', tls.version === 'TLSv1.3');
  if (!isTrusted && tls.trouble !== undefined) own.causes.push(distrusted(baseline, tls, tls.trouble, now));
  else if (daysLeft < SOON_DAYS && tls.isTrusted) {
    const detail = `The certificate ends in ${daysLeft} days.`;
    own.findings.push(
      finding('OPS_CERT_SOON', { confidence: 'proven', severity: 'warn', detail, steps: [step(baseline)] }),
    );
  }
}

/** Before a certificate is called expired, our own clock is compared with the server's. */
function distrusted(baseline: Observation, tls: TlsSeen, trouble: Trouble, now: number): Finding {
  const skewed = /EXPIRED|NOT_YET/.test(trouble.code) ? skew(baseline, tls, now) : undefined;
  if (skewed !== undefined) return skewed;
  const { names, issuer, notAfter, notBefore, chainLength } = tls;
  const about: Readonly<Record<string, string>> = {
    TLS_CERT_NAME: `The certificate is for ${names.map((name) => name.replace(/^(?:DNS|IP Address):/, '')).join(', ') || 'no name at all'}.`,
    TLS_CERT_EXPIRED: `It was valid until ${notAfter.slice(0, 10)}.`,
    TLS_CERT_NOT_YET: `It is valid from ${notBefore.slice(0, 10)}.`,
    TLS_CERT_UNTRUSTED: `It was issued by ${issuer}, which no list of public authorities has.`,
    TLS_CHAIN_INCOMPLETE: `The server sent ${chainLength === 1 ? 'its own certificate alone' : `${chainLength} certificates`}; the one of ${issuer} that issued it is missing. If that is an authority of your own, give its certificate with --ca.`,
  };
  return finding(trouble.code, {
    // Who sends one certificate may have forgotten the next one, or may think that everybody has it.
    confidence: trouble.code === 'TLS_CHAIN_INCOMPLETE' ? 'likely' : 'proven',
    detail: about[trouble.code] ?? '',
    steps: [step(baseline, trouble.message)],
  });
}

/** The server's clock says another time, and by that one the certificate is valid. */
function skew(baseline: Observation, { notBefore, notAfter }: TlsSeen, now: number): Finding | undefined {
  const date = fieldOf(baseline, 'date');
  const theirs = Date.parse(date ?? '');
  const isValid = theirs >= Date.parse(notBefore) && theirs <= Date.parse(notAfter);
  if (!isValid || Math.abs(theirs - now) <= SKEW_MS) return undefined;
  const minutes = Math.round(Math.abs(theirs - now) / 60_000);
  const detail = `The clocks differ by ${minutes} minutes: the server says ${date}.`;
  return finding('CLIENT_CLOCK_SKEW', { confidence: 'likely', detail, steps: [step(baseline)] });
}
