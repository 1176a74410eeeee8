// What a deployment is: an endpoint on loopback with one known fault (or none), and the code that doctor must name for it.
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import type { Grade } from '../../../src/doctor/report.js';
import type { Name } from '../../support/needs.js';

export interface Deployment {
  /** Unique, `nginx: Upgrade not forwarded`. */
  readonly name: string;
  readonly url: string;
  /**
   * The codes of the causes, the likeliest first. More than one only where nothing that a client sees tells them apart; then `why`
   * says so, and the report must name the command that decides. Empty: a good endpoint.
   */
  readonly expect: readonly string[];
  readonly why?: string;
  /** The part of the first code that must be named: `WRONG_GUID` of RESP_ACCEPT_WRONG. */
  readonly subcause?: string;
  /** The grade that the report must give. */
  readonly grade?: Grade;
  /** Codes that must be among the findings, such as SEC_ORIGIN_UNCHECKED. */
  readonly findings?: readonly string[];
  readonly options?: DiagnoseOptions;
}

export interface Site {
  readonly deployments: readonly Deployment[];
  stop(): Promise<void>;
}

/** Programs started together, such as one nginx with forty locations. */
export interface Setup {
  readonly name: string;
  readonly needs: readonly Name[];
  start(): Promise<Site>;
}
