// Knows: what `connect` is asked: a URL and our own options, or a pasted `curl` command, of which ours win.
// Must not know: how a connection comes about, or what is said on it.
import type { ConnectOptions as Asked } from '../client/options.js';
import { type CurlFlags, isCurlText, readCurl, readCurlText } from './curl.js';
import { headerLines } from './header-lines.js';
import { readTlsFiles } from './tls-files.js';

export interface TargetOptions {
  readonly header: readonly string[];
  readonly subprotocol: readonly string[];
  readonly origin?: string;
  readonly compress: boolean;
  /** False: none, whatever the environment says. */
  readonly proxy?: string | false;
}

export interface Target {
  readonly url: string;
  readonly asked: Asked;
  readonly compress: boolean;
}

/** A sentence where it is of no use. Values that may be secrets are never repeated in it. */
export async function connectTarget(
  operands: readonly string[],
  options: TargetOptions,
): Promise<Target | string> {
  const [first = '', ...rest] = operands;
  const isCurl = first === 'curl' || isCurlText(first);
  if (!isCurl) return rest.length > 0 ? 'connect takes one URL' : target(first, undefined, options);
  const curl =
    first === 'curl' ? readCurl(rest) : rest.length > 0 ? 'connect takes one target' : readCurlText(first);
  return typeof curl === 'string' ? curl : target(curl.url, curl.flags, options);
}

async function target(
  url: string,
  curl: CurlFlags | undefined,
  options: TargetOptions,
): Promise<Target | string> {
  if (curl?.resolve !== undefined)
    return "connect asks the resolver itself: leave out curl's --resolve, or ask handfast doctor";
  const cookie = curl?.cookie === undefined ? [] : [`Cookie: ${curl.cookie}`];
  const headers = headerLines([...(curl?.header ?? []), ...cookie, ...options.header]);
  if (typeof headers === 'string') return headers;
  const tls = await readTlsFiles(curl ?? {});
  if (typeof tls === 'string') return tls;
  const origin = options.origin ?? (curl?.origin || undefined);
  const proxy = options.proxy ?? curl?.proxy ?? 'environment';
  const compress = options.compress || curl?.deflate === true;
  const subprotocols = options.subprotocol.length > 0 ? options.subprotocol : (curl?.protocol ?? []);
  const asked: Asked = {
    headers,
    compression: compress,
    proxy: proxy === false ? null : proxy,
    tls: { ...tls, ...(curl?.insecure && { rejectUnauthorized: false }) },
    ...(subprotocols.length > 0 && { subprotocols }),
    ...(origin !== undefined && { origin }),
    ...(curl?.timeout !== undefined && { timeouts: { connectMs: curl.timeout * 1000 } }),
  };
  return { url, asked, compress };
}
