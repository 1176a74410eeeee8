// Knows: which forward proxy the environment names for a URL: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as curl reads them. No
// standard says it. Pure. Must not know: how a proxy is used.
import { BlockList, isIP } from 'node:net';
import { type ForwardProxy, parseProxy } from './forward-proxy.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables by what a URL would be without WebSocket, the first one that says something. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'wss:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  'ws:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
};

/**
 * The proxy for a `ws` or `wss` URL; undefined when there is none, when NO_PROXY exempts the host, and always for this machine itself.
 * @throws TypeError when the variable holds no URL of a proxy: it names the variable, and nothing of its value.
 */
export function proxyFor(url: URL, environment: Environment): ForwardProxy | undefined {
  const variable = proxyVariable(url, environment);
  if (variable === undefined || isLoopback(hostOf(url))) return undefined;
  if (isExempt(url, environment.no_proxy || environment.NO_PROXY || '')) return undefined;
  return parseProxy(environment[variable]!.trim(), variable);
}

/** The name of the variable that decides, whether or not NO_PROXY exempts the host. */
export function proxyVariable({ protocol }: URL, environment: Environment): string | undefined {
  return VARIABLES[protocol]?.find(
    (name) => (environment[name] ?? '').trim() !== '' && isMeant(name, environment),
  );
}

/** In a CGI program HTTP_PROXY is the field Proxy of a request, which a stranger may have sent (CVE-2016-5385). */
function isMeant(name: string, { REQUEST_METHOD }: Environment): boolean {
  return name !== 'HTTP_PROXY' || REQUEST_METHOD === undefined;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** RFC 6761 §6.3: every name below localhost too. */
function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === 'localhost' || host.endsWith('.localhost');
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Without brackets, in lower case, without the dot at the end. */
function hostOf({ hostname }: URL): string {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return host.toLowerCase().replace(/\.$/, '');
}

/** Whether a list as of NO_PROXY names the host: `*`, a name with all below it, an address, a network, each with a port or without. */
function isExempt(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port || (url.protocol === 'wss:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || (entry !== '' && isNamed(host, port, entry)));
}

/** `[::1]:8080`, `[::1]`, `10.0.0.0/8`, `example.com:8080`; an IPv6 address without brackets has no port. */
const ENTRY = /^(?:\[(?<bracketed>[^\]]*)\]|(?<bare>[^:]*|.*:.*:.*?))(?::(?<port>\d+))?$/;

function isNamed(host: string, port: string, entry: string): boolean {
  const parts = (isNetwork(entry) ? { bare: entry } : ENTRY.exec(entry)?.groups) ?? {};
  if (parts.port !== undefined && parts.port !== port) return false;
  const name = parts.bracketed ?? parts.bare ?? '';
  if (isIP(host) !== 0) return isWithin(host, name);
  const suffix = name.replace(/^\*?\./, '').replace(/\.$/, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}

function isNetwork(entry: string): boolean {
  return isIP(entry.split('/', 1)[0]!) !== 0;
}

/** The address itself, or one of its network. */
function isWithin(host: string, network: string): boolean {
  const [address = '', prefix] = network.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  const most = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : most + 1;
  if (bits > most) return false;
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}
