// Knows: what may be said about a diagnosis. Must not know: how it is made.
import type { TlsOptions } from '../transport/tls.js';
import type { Probe } from './observation.js';

/** Whose fields, in whose order, the baseline sends. */
export type Profile = 'handfast' | 'chrome' | 'firefox' | 'node' | 'curl';

export interface DiagnoseOptions {
  /** Fields to add to every request, in order. Credentials among them never appear in the report. */
  readonly headers?: ReadonlyArray<readonly [string, string]>;
  /** The field Cookie. */
  readonly cookie?: string;
  /** Default: the origin of the URL itself. Null: none is sent, as programs that are no browsers do. */
  readonly origin?: string | null;
  readonly subprotocols?: readonly string[];
  /** Whether permessage-deflate is offered. Default true. */
  readonly deflate?: boolean;
  /** Default `handfast`. */
  readonly profile?: Profile;
  /** A forward proxy, `http://user:password@host:port` or `socks5://…`. Null: none. Default: what the environment says. */
  readonly proxy?: string | null;
  /** `HOST:PORT` to try as well, past all proxies in front of it. */
  readonly direct?: string;
  /** Connect to this address in place of what DNS says. */
  readonly resolve?: string;
  /** As for `tls.connect`: `ca`, `cert`, `key` … */
  readonly tls?: TlsOptions;
  /** Take any certificate without a word. Default false; one that is not trusted never ends the run anyway. */
  readonly insecure?: boolean;
  /** The page that opens the WebSocket; its scheme and its Content-Security-Policy are checked. */
  readonly page?: string;
  /** How long to keep two connections open, one silent, one with pings. Default: not at all. */
  readonly idleMs?: number;
  /** How long the connection must stay open to be good. Default: not checked. */
  readonly expectOpenMs?: number;
  /** The backend is `handfast reflect`, or a server with it mounted: then its token. Default false. */
  readonly reflect?: boolean | string;
  /** The endpoint is ours: send deviant frames and half a head too. Default false. */
  readonly own?: boolean;
  /** Try up to six well-known paths. Default false. */
  readonly guess?: boolean;
  /** Any origin may read: SEC_ORIGIN_UNCHECKED costs no grade. Default false. */
  readonly public?: boolean;
  /** The whole run without `idleMs` and `expectOpenMs`. Default 30,000. */
  readonly timeoutMs?: number;
  /** Each stage. Default 5,000. */
  readonly stageMs?: number;
  /** Default 16. */
  readonly maxConnections?: number;
  /** Leave credentials in the report. Default false. */
  readonly showSecrets?: boolean;
  readonly signal?: AbortSignal;
  /** Told of each probe right before it is made, for a line of progress. */
  readonly onprobe?: (probe: Probe) => void;
}
