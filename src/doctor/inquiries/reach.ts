// Knows: whether the endpoint can be reached at all: DNS, TCP, and behind them the forward proxy and TLS; and sends the user's
// handshake, the baseline. Must not know: what the answer to it means.
import { isIP } from 'node:net';
import { finding, step, troubled } from '../findings.js';
import type { Case } from '../inquiry.js';
import { type AddressSeen, ask, type Inquiry, type Observation, type Trouble } from '../observation.js';
import { isPrivateAddress } from '../target.js';
import { tellTls, ungreeted } from './tls.js';
import { ignoredProxy, tellProxy, untunnelled } from './tunnel.js';

/** With the six requests that a grade needs no more than the eleven connections of a healthy run. */
const MAX_ADDRESSES = 6;
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
  const isLeft = baseline.skipped !== undefined;
  // Interrupted, and yet somebody took the connection.
  if (!isLeft || baseline.times.tcpMs !== undefined) tellTcp(own, addresses, others, baseline);
  if (isLeft) return undefined;
  if (isTcpTrouble(baseline.trouble)) return void (yield* unreached(own, baseline, others));
  if (baseline.trouble?.code.startsWith('FWD_')) return void (yield* untunnelled(own, baseline));
  own.baseline = baseline;
  tellProxy(own, baseline);
  if (!own.target.secure) {
    own.stage({ stage: 'tls', name: 'TLS', mark: 'skip', text: 'the URL says ws', probes: [] });
    return baseline;
  }
  if (baseline.tls === undefined) return void (yield* ungreeted(own, baseline));
  tellTls(own, baseline, baseline.tls);
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
  if (seen.skipped !== undefined) return undefined;
  const ms = seen.times.dnsMs;
  const line = { stage: 'dns', name: 'DNS', probes: [seen.id], ...(ms !== undefined && { ms }) };
  if (seen.trouble !== undefined) {
    own.stage({ ...line, mark: 'bad', text: `${seen.trouble.code}: ${seen.trouble.seen ?? host}` });
    own.causes.push(troubled(seen, seen.trouble));
    return undefined;
  }
  const addresses = seen.addresses!.map(({ address }) => address).slice(0, MAX_ADDRESSES);
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
  const { port, proxy } = own.target;
  const isThere = proxy === undefined ? !isTcpTrouble(baseline.trouble) : baseline.times.tcpMs !== undefined;
  const isFirstThere = own.address === addresses[0] && isThere;
  const good = others.filter(({ trouble }) => trouble === undefined).length + (isFirstThere ? 1 : 0);
  const total = others.length + 1;
  const where = proxy === undefined ? `${own.address}:${port}` : `the forward proxy ${proxy}`;
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
  const isOfV6 = dead.every((address) => isIP(address) === 6);
  const code = isLocal ? 'DNS_LOCALHOST_FAMILY' : isOfV6 ? 'DNS_AAAA_DEAD' : 'DNS_POOL_UNEVEN';
  const detail = `${dead.join(' and ')} ${dead.length > 1 ? 'do' : 'does'} not answer on port ${own.target.port}, ${own.address} does. Clients that try the dead one first fail or wait.`;
  return finding(code, { confidence: 'proven', severity: 'warn', detail, steps: [step(baseline)] });
}

function* unreached(own: Case, baseline: Observation, others: readonly AddressSeen[]): Inquiry<void> {
  const trouble = baseline.trouble!;
  own.causes.push(troubled(baseline, trouble));
  const { host, environmentProxy } = own.target;
  const isPublicName =
    isIP(host) === 0 && !/(?:^|\.)(?:localhost|local|internal|home\.arpa|test)\.?$/i.test(host);
  const isGiven = own.target.resolve !== undefined;
  if (isPublicName && !isGiven && own.address !== undefined && isPrivateAddress(own.address)) {
    const detail = `${host} means ${own.address}, which is a private address: outside of its own network nobody reaches it.`;
    own.causes.unshift(
      finding('DNS_PRIVATE_FROM_PUBLIC', { confidence: 'likely', detail, steps: [step(baseline)] }),
    );
  }
  if (/^localhost\.?$/i.test(host) && others.length === 0) yield* otherLoopback(own, baseline);
  if (environmentProxy !== undefined) yield* ignoredProxy(own, baseline, environmentProxy);
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
