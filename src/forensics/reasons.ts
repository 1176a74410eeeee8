// Knows: where the rows that only a comparison or a measurement finds are kept, and joins them.
// Must not know: any row, or how one is found.
import { agreementReasons } from './agreement-reasons.js';
import { authReasons } from './auth-reasons.js';
import { conformanceReasons } from './conformance-reasons.js';
import { pageReasons } from './page-reasons.js';
import { proxyReasons } from './proxy-reasons.js';
import { reachReasons } from './reach-reasons.js';
import { routeReasons } from './route-reasons.js';
import { securityReasons } from './security-reasons.js';
import { sessionReasons } from './session-reasons.js';

/** All rows of this room by code, in the order of the path. */
export const forensicReasons = Object.freeze({
  ...pageReasons,
  ...reachReasons,
  ...routeReasons,
  ...proxyReasons,
  ...authReasons,
  ...agreementReasons,
  ...sessionReasons,
  ...securityReasons,
  ...conformanceReasons,
});

export type ForensicCode = keyof typeof forensicReasons;
