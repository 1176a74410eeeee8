// Knows: how the fields of a request over HTTP/2 become a head like any other: the pseudo-header fields apart,
// `:authority` as Host, a cookie in one piece (RFC 9113 §8.2.3 and §8.3.1, RFC 8441 §4). Must not know: frames, or what is
// judged; names and octets were checked where they were read.
import { type FieldLine, Fields, type Http2Facts, type RequestHead } from './head.js';

/** `raw` is name, value, name, value; `ended` says that END_STREAM came with it. */
export function headFromHttp2(raw: readonly string[], ended: boolean): RequestHead {
  const pseudo = new Map<string, string>();
  const lines: FieldLine[] = [];
  const crumbs: string[] = [];
  let bytes = 0;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at]!, raw[at + 1]!];
    bytes += name.length + value.length + 32;
    if (name.startsWith(':')) pseudo.set(name, value);
    else if (name === 'cookie') crumbs.push(value);
    else lines.push([name, value]);
  }
  // RFC 9113 §8.2.3: browsers send each cookie as a field of its own, and whoever reads Cookie gets the whole.
  if (crumbs.length > 0) lines.push(['cookie', crumbs.join('; ')]);
  const authority = pseudo.get(':authority');
  return {
    carrier: 'h2',
    method: pseudo.get(':method') ?? '',
    target: pseudo.get(':path') ?? '',
    version: '2',
    fields: new Fields(authority === undefined ? lines : withHost(authority, lines)),
    http2: facts(pseudo, lines, bytes, ended),
  };
}

/** RFC 9113 §8.3.1: where both are there, `:authority` is what counts. */
function withHost(authority: string, lines: readonly FieldLine[]): FieldLine[] {
  return [['host', authority], ...lines.filter(([name]) => name !== 'host')];
}

function facts(
  pseudo: ReadonlyMap<string, string>,
  lines: readonly FieldLine[],
  bytes: number,
  ended: boolean,
): Http2Facts {
  const authority = pseudo.get(':authority');
  const hosts = lines.filter(([name, value]) => name === 'host' && !isSame(value, authority));
  return {
    protocol: pseudo.get(':protocol'),
    scheme: pseudo.get(':scheme'),
    bytes,
    otherHost: authority === undefined ? undefined : hosts[0]?.[1],
    ended,
  };
}

function isSame(host: string, authority: string | undefined): boolean {
  return host.toLowerCase() === authority?.toLowerCase();
}
