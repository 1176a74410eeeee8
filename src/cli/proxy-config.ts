// Knows: the command `proxy-config`: what it is given, and what of that no configuration could take.
// Must not know: any configuration; those are in forensics/proxy-configs.ts.
import { isIPv6 } from 'node:net';
import { type Endpoint, PROXY_NAMES, proxyConfig } from '../forensics/proxy-configs.js';
import { exits } from './exits.js';
import { terminalFor } from './terminal.js';

export interface ProxyConfigCommandOptions {
  readonly path: string;
  readonly backend: string;
  readonly listen: string;
}

// What every configuration takes as it stands, without quotes.
const PATH = /^\/[A-Za-z0-9._~/-]*$/;
// What some of them resolve before they compare, and others do not.
const UNRESOLVED = /\/\/|\/\.{1,2}(?:\/|$)/;
const HOST = /^(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const ENDPOINT = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]]*)):)?(?<port>\d{1,5})$/;

export function proxyConfigCommand(
  name: string,
  options: ProxyConfigCommandOptions,
  { ascii }: { ascii: boolean },
): number {
  const program = PROXY_NAMES.find((known) => known === name);
  const backend = endpoint(options.backend);
  const listen = endpoint(options.listen);
  if (!program) return misuse(`There is a configuration for ${PROXY_NAMES.join(', ')}.`, ascii);
  if (!PATH.test(options.path))
    return misuse('--path must be a slash and letters, digits, . _ ~ - or /.', ascii);
  if (UNRESOLVED.test(options.path))
    return misuse('--path must not hold //, /./ or /../: proxies read them differently.', ascii);
  if (!backend || backend.host === '') return misuse('--backend must be HOST:PORT.', ascii);
  if (!listen) return misuse('--listen must be PORT or ADDRESS:PORT.', ascii);
  process.stdout.write(proxyConfig(program, { path: options.path, backend, listen }));
  return exits.good;
}

/** `PORT`, `HOST:PORT` or `[IPV6]:PORT`. */
function endpoint(text: string): Endpoint | undefined {
  const { v6, host = '', port } = ENDPOINT.exec(text)?.groups ?? {};
  const number = Number(port);
  if (!(number >= 1 && number <= 65_535)) return undefined;
  // No configuration takes the zone of a link-local address.
  if (v6 !== undefined) return isIPv6(v6) && !v6.includes('%') ? { host: v6, port: number } : undefined;
  return host === '' || HOST.test(host) ? { host, port: number } : undefined;
}

function misuse(text: string, ascii: boolean): number {
  const terminal = terminalFor(process.stderr, process.env, ascii);
  process.stderr.write(`${terminal.sign('bad')} ${terminal.text(text)}\n`);
  return exits.usage;
}
