// Knows: whether the endpoint can be reached at all: DNS, TCP, the forward proxy, TLS; and sends the user's handshake, the baseline.
// Must not know: what the answer to it means. A certificate that nobody trusts is a cause, and does not end the run.
import { isIP } from 'node:net';
import { spell } from '../../forensics/first-bytes.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { type AddressSeen, ask, type Inquiry, type Observation, type Trouble } from '../observation.js';
import { bodyOf, garbageOf, isAnswered, resultOf, statusOf } from '../reading.js';
import { isPrivateAddress } from '../target.js';
import { TLS_ONLY } from './server-words.js';

const MAX_ADDRESSES = 8;
/** Long enough for a greeting of the server and three pings, short enough that nobody minds. */
const SESSION = { listenMs: 700, pings: 3 };

/** The baseline, or undefined when nothing was there to answer it. */
export function* reach(own: Case): Inquiry<Observation | undefined> {
  const addresses = yield* resolve(own);
  if (addresses === undefined) return undefined;
  const others = yield* reachOthers(own, addresses.slice(1));
  own.address = addresses[0];
  let baseline = yield* ask(baselineOf(own));
  const another = others.find(({ trouble }) => trouble === undefined);
  if (isTcpTrouble(baseline.trouble) && another !== undefined) {
    own.address = another.address;
    baseline = yield* ask({ ...baselineOf(own), key: 'baseline-2' });
  }
  own.otherAddresses = others.flatMap(({ address, trouble }) =>
    trouble === undefined && address !== own.address ? address : [],
  );
  tellTcp(own, addresses, others, baseline);
  if (isTcpTrouble(baseline.trouble)) return void (yield* unreached(own, baseline));
  if (baseline.trouble?.code.startsWith('FWD_')) return void (yield* untunnelled(own, baseline));
  own.baseline = baseline;
  tellProxy(own, baseline);
  if (!own.target.secure) {
    own.stage({ stage: 'tls', name: 'TLS', mark: 'skip', text: 'the URL says ws', probes: [] });
    return baseline;
  }
  if (baseline.tls === undefined && baseline.skipped === undefined)
    return void (yield* ungreeted(own, baseline));
  tellTls(own, baseline);
  return baseline;
}

function baselineOf(own: Case) {
  const { expectOpenMs } = own.target;
  const session = expectOpenMs === undefined ? SESSION : { ...SESSION, listenMs: expectOpenMs };
  return own.variant('baseline', 'your handshake', {}, session);
}

// DNS.

function* resolve(own: Case): Inquiry<readonly (string | undefined)[] | undefined> {
  const { host, resolve: given, proxy } = own.target;
  if (given !== undefined) {
    const text = `not asked: --resolve ${given}`;
    own.stage({ stage: 'dns', name: 'DNS', mark: 'skip', text, probes: [] });
    return [given];
  }
  if (isIP(host) !== 0) return [host];
  if (proxy !== undefined) {
    own.stage({ stage: 'dns', name: 'DNS', mark: 'skip', text: 'left to the forward proxy', probes: [] });
    return [undefined];
  }
  const seen = yield* ask({ kind: 'resolve', key: 'dns', about: `addresses of ${host}`, host });
  const ms = seen.times.dnsMs;
  const line = { stage: 'dns', name: 'DNS', probes: [seen.id], ...(ms !== undefined && { ms }) };
  if (seen.trouble !== undefined) {
    own.stage({ ...line, mark: 'bad', text: `${seen.trouble.code}: ${seen.trouble.seen ?? host}` });
    own.causes.push(troubled(seen, seen.trouble));
    return undefined;
  }
  const addresses = (seen.addresses ?? []).map(({ address }) => address).slice(0, MAX_ADDRESSES);
  own.stage({ ...line, mark: 'good', text: addresses.join('  ') });
  return addresses;
}

// TCP.

function* reachOthers(
  own: Case,
  addresses: readonly (string | undefined)[],
): Inquiry<readonly AddressSeen[]> {
  const named = addresses.filter((address) => address !== undefined);
  if (named.length === 0) return [];
  const about = `TCP to ${named.length === 1 ? named[0] : `${named.length} more addresses`}`;
  const seen = yield* ask({ kind: 'reach', key: 'tcp', about, addresses: named, port: own.target.port });
  return seen.addresses ?? [];
}

function isTcpTrouble(trouble: Trouble | undefined): boolean {
  return trouble?.code.startsWith('TCP_') === true && trouble.code !== 'TCP_RESET_AFTER_ACCEPT';
}

function tellTcp(
  own: Case,
  addresses: readonly (string | undefined)[],
  others: readonly AddressSeen[],
  baseline: Observation,
): void {
  const { host, port, proxy } = own.target;
  const isFirstThere = own.address === addresses[0] && !isTcpTrouble(baseline.trouble);
  const good = others.filter(({ trouble }) => trouble === undefined).length + (isFirstThere ? 1 : 0);
  const total = others.length + 1;
  const where = proxy === undefined ? `${own.address ?? host}:${port}` : `the forward proxy ${proxy}`;
  const text =
    total > 1
      ? `${good} of ${total} addresses answer on port ${port}`
      : `${where} ${good > 0 ? 'answers' : 'does not answer'}`;
  const ms = baseline.times.tcpMs;
  const mark = good === total ? 'good' : good > 0 ? 'warn' : 'bad';
  own.stage({
    stage: 'tcp',
    name: 'TCP',
    mark,
    text,
    probes: [baseline.id],
    ...(ms !== undefined && { ms }),
  });
  if (good > 0 && good < total) own.findings.push(uneven(own, addresses, others, baseline));
}

/** Some addresses of the name are dead. */
function uneven(
  own: Case,
  addresses: readonly (string | undefined)[],
  others: readonly AddressSeen[],
  baseline: Observation,
) {
  const dead = others.filter(({ trouble }) => trouble !== undefined).map(({ address }) => address);
  if (own.address !== addresses[0]) dead.unshift(addresses[0]!);
  const isLocal = /^localhost\.?$/i.test(own.target.host);
  const isOneFamily =
    dead.every((address) => isIP(address) === 6) || dead.every((address) => isIP(address) === 4);
  const code = isLocal
    ? 'DNS_LOCALHOST_FAMILY'
    : isOneFamily && isIP(dead[0]!) === 6
      ? 'DNS_AAAA_DEAD'
      : 'DNS_POOL_UNEVEN';
  const detail = `${dead.join(' and ')} ${dead.length > 1 ? 'do' : 'does'} not answer on port ${own.target.port}, ${own.address} does. Clients that try the dead one first fail or wait.`;
  return finding(code, { confidence: 'proven', severity: 'warn', detail, steps: [step(baseline)] });
}

function* unreached(own: Case, baseline: Observation): Inquiry<void> {
  const trouble = baseline.trouble!;
  own.causes.push(troubled(baseline, trouble));
  const { host, environmentProxy, port } = own.target;
  const isPublicName =
    isIP(host) === 0 && !/(?:^|\.)(?:localhost|local|internal|home\.arpa|test)\.?$/i.test(host);
  if (isPublicName && own.address !== undefined && isPrivateAddress(own.address)) {
    const detail = `${host} means ${own.address}, which is a private address: outside of its own network nobody reaches it.`;
    own.causes.unshift(
      finding('DNS_PRIVATE_FROM_PUBLIC', { confidence: 'likely', detail, steps: [step(baseline)] }),
    );
  }
  if (/^localhost\.?$/i.test(host)) yield* otherLoopback(own, baseline);
  if (environmentProxy === undefined) return;
  const via = yield* ask({
    ...own.variant('through-proxy', `through ${environmentProxy}`, {}),
    route: { secure: own.target.secure, host, port, proxy: environmentProxy },
  });
  if (!isAnswered(via)) return;
  const detail =
    'The environment names a forward proxy. Directly nobody answers, through the proxy somebody does: a library that does not read the environment fails like this.';
  own.causes.unshift(
    finding('FWD_IGNORED', { confidence: 'proven', detail, steps: [step(baseline), step(via)] }),
  );
}

/** `localhost` is two addresses, and a server may listen on one of them. */
function* otherLoopback(own: Case, baseline: Observation): Inquiry<void> {
  const address = own.address === '::1' ? '127.0.0.1' : '::1';
  const { port } = own.target;
  const seen = yield* ask({
    kind: 'reach',
    key: 'tcp-loopback',
    about: `TCP to ${address}`,
    addresses: [address],
    port,
  });
  if (seen.addresses?.[0]?.tcpMs === undefined) return;
  const detail = `localhost means ${own.address} here, and the server listens on ${address} alone.`;
  const steps = [step(baseline), { ...step(seen), answered: 'connected' }];
  own.causes.splice(
    0,
    own.causes.length,
    finding('DNS_LOCALHOST_FAMILY', { confidence: 'proven', detail, steps }),
  );
}

/** What the system or a peer said by itself, without a guess of ours. */
export function troubled(seen: Observation, { code, message, seen: what = '' }: Trouble) {
  const detail = [what, message].filter((text, at, all) => text && all.indexOf(text) === at).join('; ');
  return finding(code, {
    confidence: 'proven',
    detail: detail === '' ? '' : `I saw: ${detail}.`,
    steps: [step(seen)],
  });
}

// The forward proxy.

function tellProxy(own: Case, { id, times: { proxyMs } }: Observation): void {
  const { proxy } = own.target;
  if (proxy === undefined) return;
  const text = `a tunnel through ${proxy}`;
  own.stage({
    stage: 'proxy',
    name: 'Proxy',
    mark: 'good',
    text,
    probes: [id],
    ...(proxyMs !== undefined && { ms: proxyMs }),
  });
}

function* untunnelled(own: Case, baseline: Observation): Inquiry<void> {
  const { target } = own;
  const text = `${target.proxy}: ${resultOf(baseline)}`;
  own.stage({ stage: 'proxy', name: 'Proxy', mark: 'bad', text, probes: [baseline.id] });
  const { proxy: _, ...route } = own.route;
  const direct = yield* ask({ ...own.variant('without-proxy', 'past the forward proxy', {}), route });
  const cause = troubled(baseline, baseline.trouble!);
  const note = isAnswered(direct) ? 'without the proxy somebody answers' : 'nor is there a way past it';
  own.causes.push({ ...cause, steps: [...cause.steps, step(direct, note)] });
}

// TLS.

function* ungreeted(own: Case, baseline: Observation): Inquiry<void> {
  const trouble = baseline.trouble ?? { code: 'TLS_FAILED' };
  own.stage({ stage: 'tls', name: 'TLS', mark: 'bad', text: resultOf(baseline), probes: [baseline.id] });
  own.causes.push(yield* whyUngreeted(own, baseline, trouble));
}

function* whyUngreeted(own: Case, baseline: Observation, trouble: Trouble) {
  switch (trouble.code) {
    case 'TLS_VERSION': {
      const old = yield* ask(own.hello('tls-old', 'TLS 1.1 at most', { maxVersion: 'TLSv1.1' }));
      const detail = old.tls === undefined ? '' : `It speaks ${old.tls.version} and nothing newer.`;
      return greeted('TLS_VERSION', baseline, old, detail);
    }
    case 'TLS_ALPN_ONLY_H2': {
      const h2 = yield* ask(own.hello('tls-h2', 'ALPN h2', { alpn: ['h2'] }));
      return greeted(
        'TLS_ALPN_ONLY_H2',
        baseline,
        h2,
        'It takes h2 and refuses http/1.1, which the upgrade needs.',
      );
    }
    case 'TLS_SNI': {
      const nameless = yield* ask(own.hello('tls-no-name', 'no server name', { servername: '' }));
      return greeted('TLS_SNI', baseline, nameless, `It does not know the name ${own.target.host}.`);
    }
    case 'TLS_TO_PLAIN_PORT':
    case 'TLS_FAILED':
    case 'TLS_TIMEOUT':
    case 'TCP_RESET_AFTER_ACCEPT':
      return yield* isPlainPort(own, baseline, trouble);
    default:
      return troubled(baseline, trouble);
  }
}

/** The alert itself says it; a greeting that differs in just that and is answered proves it. */
function greeted(code: string, baseline: Observation, other: Observation, detail: string) {
  const confidence = other.tls === undefined ? 'strong' : 'proven';
  return finding(code, { confidence, detail, steps: [step(baseline), step(other, tlsText(other))] });
}

function tlsText({ tls }: Observation): string {
  return tls === undefined ? 'no TLS either' : 'answered';
}

/** The same port without TLS. */
function* isPlainPort(own: Case, baseline: Observation, trouble: Trouble) {
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

function tellTls(own: Case, baseline: Observation): void {
  const { tls } = baseline;
  if (tls === undefined) return;
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
  if (!isTrusted && tls.trouble !== undefined) own.causes.push(distrusted(baseline, tls.trouble, now));
  else if (daysLeft < SOON_DAYS && tls.isTrusted) {
    const detail = `The certificate ends in ${daysLeft} days.`;
    own.findings.push(
      finding('OPS_CERT_SOON', { confidence: 'proven', severity: 'warn', detail, steps: [step(baseline)] }),
    );
  }
}

/** Before a certificate is called expired, our own clock is compared with the server's. */
function distrusted(baseline: Observation, trouble: Trouble, now: number) {
  const date = /^date: *(.+?)\s*$/im.exec(baseline.answer?.head ?? '')?.[1];
  const skewMs = date === undefined ? 0 : Date.parse(date) - now;
  if (/EXPIRED|NOT_YET/.test(trouble.code) && Math.abs(skewMs) > SKEW_MS) {
    const detail = `The clocks differ by ${Math.round(Math.abs(skewMs) / 60_000)} minutes: the server says ${date}.`;
    return finding('CLIENT_CLOCK_SKEW', { confidence: 'likely', detail, steps: [step(baseline)] });
  }
  const { names = [], issuer = '', notAfter = '', notBefore = '', chainLength = 0 } = baseline.tls ?? {};
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
