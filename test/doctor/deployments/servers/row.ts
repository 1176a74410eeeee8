// Knows: a deployment that is one small server: what it is called, how it is started, what doctor must say, and what a raw
// handshake gets, so that the fixture itself can be proved. Must not know: any single fault.
import type { DiagnoseOptions } from '../../../../src/doctor/options.js';
import type { Name } from '../../../support/needs.js';
import type { Deployment, Setup } from '../deployment.js';

export interface Host {
  readonly url: string;
  /** What is only known once the server runs, such as the authority to trust. */
  readonly options?: DiagnoseOptions;
  stop(): Promise<unknown> | void;
}

/** One thing that is changed of the handshake; null leaves the field out. */
export interface Change {
  readonly method?: string;
  readonly path?: string;
  readonly http?: '1.0';
  readonly host?: string | null;
  readonly upgrade?: null;
  readonly version?: string;
  readonly key?: null;
  /** `own`: that of the URL. */
  readonly origin?: string | null;
  readonly cookie?: string | null;
  readonly extensions?: null;
  readonly userAgent?: string;
  readonly subprotocol?: string | null;
}

export interface Row extends Omit<Deployment, 'url'> {
  serve(): Promise<Host>;
  /** What a raw handshake with the row's options gets, as `transcript` writes it. */
  readonly shows: RegExp;
  /** What it gets with one thing changed: the flip that proves the cause. */
  readonly flips?: ReadonlyArray<readonly [Change, RegExp]>;
  /** The raw client neither pings nor closes a connection that opened. */
  readonly listens?: boolean;
  /** After so long without an octet the raw client stops waiting. Default 250 ms. */
  readonly quietMs?: number;
}

/** Servers by one subject. */
export interface Servers extends Setup {
  readonly rows: readonly Row[];
}

/** The same URL, and the options of the row and of what runs, together. */
export function deployed(
  { serve: _, shows: _s, flips: _f, listens: _l, quietMs: _q, ...row }: Row,
  host: Host,
): Deployment {
  const options = { ...host.options, ...row.options };
  return { ...row, url: host.url, ...(Object.keys(options).length > 0 && { options }) };
}

export function servers(name: string, rows: readonly Row[], needs: readonly Name[] = []): Servers {
  return {
    name,
    needs,
    rows,
    async start() {
      const hosts = await Promise.all(rows.map((row) => row.serve()));
      return {
        deployments: rows.map((row, at) => deployed(row, hosts[at]!)),
        stop: async () => void (await Promise.all(hosts.map((host) => host.stop()))),
      };
    },
  };
}
