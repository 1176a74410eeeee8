// Knows: what Bun and Deno check in the answer to a handshake, in their order, and what they say.
// Measured in 2026-11 against the answers of `test/forensics/measured-answers.ts`.
import { SyntaxFault } from '../handshake/fields.js';
import {
  ACCEPT,
  acceptCode,
  type Check,
  type Client,
  CONNECTION,
  connectionCode,
  DEFLATE,
  deflateFault,
  EXTENSIONS,
  extensionCode,
  extensionsOf,
  hasEmptyExtension,
  hasUpgradeToken,
  isRightAccept,
  PROTOCOL,
  protocolCode,
  type Refusal,
  statusIs101,
  UPGRADE,
  upgradeCode,
} from './client-rules.js';

const HEAD_BYTES = 16 * 1024;

const bunChecks: readonly Check[] = [
  ({ bytes }) =>
    bytes > HEAD_BYTES ? { code: 'HTTP_HEAD_TOO_LARGE', message: 'Response headers too large' } : undefined,
  ({ version, faulty }) => {
    const isRead = version?.name === 'HTTP' && version.major === 1;
    if (isRead && faulty === undefined) return undefined;
    const code = version === undefined ? 'HTTP_NOT_HTTP' : 'HTTP_STATUS_LINE';
    return { code: isRead ? 'HTTP_HEADER_SYNTAX' : code, message: 'Invalid response' };
  },
  statusIs101((status) => `Expected 101 status code: ${status}`),
  // These come before all others, in the order in which the fields stand.
  (facts) => {
    for (const [name] of facts.fields) {
      const refusal = BUN_FIELDS[name.toLowerCase()]?.(facts);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  },
  ({ fields }) =>
    fields.get(UPGRADE) ? undefined : { code: 'RESP_UPGRADE_MISSING', message: 'Missing upgrade header' },
  ({ fields }) =>
    fields.has(CONNECTION)
      ? undefined
      : { code: 'RESP_CONNECTION_MISSING', message: 'Missing connection header' },
  ({ fields }) =>
    fields.get(ACCEPT)
      ? undefined
      : { code: 'RESP_ACCEPT_MISSING', message: 'Missing websocket accept header' },
  (facts) =>
    hasUpgradeToken(facts)
      ? undefined
      : { code: connectionCode(facts), message: 'Invalid connection header' },
  // Of repeated fields the first one counts.
  (facts) =>
    facts.fields.get(UPGRADE)!.toLowerCase() === 'websocket'
      ? undefined
      : { code: upgradeCode(facts), message: 'Invalid upgrade header' },
  (facts) =>
    isRightAccept(facts, facts.fields.get(ACCEPT))
      ? undefined
      : { code: acceptCode(facts), message: 'Mismatch websocket accept header' },
  (facts) =>
    facts.asked.length === 0 || facts.fields.has(PROTOCOL)
      ? undefined
      : { code: 'PROTO_NOT_SELECTED', message: 'Missing client protocol' },
];

const BUN_FIELDS: Readonly<Record<string, Check>> = {
  'sec-websocket-version': ({ fields }) =>
    fields.get('sec-websocket-version') === '13' ? undefined : { message: 'Invalid websocket version' },
  [PROTOCOL]: (facts) =>
    facts.asked.includes(facts.fields.combined(PROTOCOL)!)
      ? undefined
      : { code: protocolCode(facts), message: 'Mismatch client protocol' },
  [EXTENSIONS]: (facts) => {
    const answers = extensionsOf(facts);
    const isFine =
      !(answers === undefined || answers instanceof SyntaxFault || hasEmptyExtension(facts)) &&
      answers.length === 1 &&
      answers.every((answer) => answer.name === DEFLATE && deflateFault(answer) === undefined);
    return isFine ? undefined : { code: extensionCode(facts), message: 'Unsupported websocket extension' };
  },
};

const denoSays = (code: string, what: string): Refusal => ({
  code,
  message: `failed to connect to WebSocket: ${what}`,
});

/** It checks neither the accept value, nor subprotocols, nor extensions. */
const denoChecks: readonly Check[] = [
  ({ version }) => {
    const isKnown = version?.name === 'HTTP' && version.major === 1 && version.minor < 2;
    const code = version === undefined ? 'HTTP_NOT_HTTP' : 'HTTP_STATUS_LINE';
    return isKnown ? undefined : denoSays(code, 'invalid HTTP version parsed');
  },
  ({ faulty }) =>
    faulty === undefined ? undefined : denoSays('HTTP_HEADER_SYNTAX', 'invalid HTTP header parsed'),
  ({ lines }) => (lines > 100 ? denoSays('HTTP_HEAD_TOO_LARGE', 'message head is too large') : undefined),
  statusIs101((status) => `failed to connect to WebSocket: Invalid status code: ${status}`),
  (facts) =>
    facts.fields.get(UPGRADE)?.toLowerCase() === 'websocket'
      ? undefined
      : denoSays(upgradeCode(facts), 'Invalid upgrade header'),
  (facts) =>
    facts.fields.get(CONNECTION)?.toLowerCase() === 'upgrade'
      ? undefined
      : denoSays(connectionCode(facts), 'Invalid connection header'),
];

export const RUNTIMES: readonly Client[] = [
  { client: 'bun', version: '1.4.5', checks: bunChecks },
  { client: 'deno', version: '2.9.6', checks: denoChecks },
];
