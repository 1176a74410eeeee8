// Knows: what a hostile server is, and which limit of doctor must hold against it. Must not know: any single one.
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import type { Host } from '../deployments/servers/row.js';

export type Limit =
  /** The stage or the run is over after its time. */
  | 'time'
  /** No more is read than a head, a body or a message may have. */
  | 'size'
  /** Nothing of the peer's text reaches a terminal or a page as anything but text. */
  | 'text'
  /** No second step is taken that the peer asks for. */
  | 'conduct';

export interface Hostile {
  readonly name: string;
  readonly limit: Limit;
  /** One of these is named first; empty where any report will do, such as for a server that works. */
  readonly expect: readonly string[];
  readonly options?: DiagnoseOptions;
  serve(): Promise<Host>;
  /** What a raw handshake gets, as `transcript` writes it, from its beginning. */
  readonly shows: RegExp;
  /** The raw client neither pings nor closes. */
  readonly listens?: boolean;
}
