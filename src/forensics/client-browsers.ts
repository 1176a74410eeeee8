// Knows: what Chromium and Firefox check in the answer to a handshake, in their order, and what Chromium says (Firefox says nothing).
// Measured in 2026-11 against the answers of `test/forensics/measured-answers.ts`. Safari was not measured, so it is not here.
import { listIncludes, parseExtensions, SyntaxFault } from '../handshake/fields.js';
import type { AnswerFacts } from './answer-facts.js';
import {
  ACCEPT,
  acceptCode,
  type Check,
  type Client,
  CONNECTION,
  connectionCode,
  DEFLATE,
  deflateFault,
  deflateFaultByNumber,
  EXTENSIONS,
  elementsOf,
  extensionCode,
  hasUpgradeToken,
  isRightAccept,
  noInterim,
  noSpacedNames,
  PROTOCOL,
  protocolCode,
  type Refusal,
  statusIs101,
  UPGRADE,
  upgradeCode,
} from './client-rules.js';

const KIB = 1024;

const during = (what: string): string => `Error during WebSocket handshake: ${what}`;

const chromiumSays = (code: string, what: string): Refusal => ({ code, message: during(what) });

const isRepeated = (name: string): string => `'${name}' header must not appear more than once in a response`;

const unexpected = (status: number): string =>
  status === 401
    ? 'HTTP Authentication failed; no valid credentials available'
    : during(`Unexpected response code: ${status}`);

const chromiumChecks: readonly Check[] = [
  ({ version, faulty }) =>
    version === undefined || faulty?.fault === 'NUL'
      ? chromiumSays(version ? 'HTTP_HEADER_SYNTAX' : 'HTTP_NOT_HTTP', 'net::ERR_INVALID_HTTP_RESPONSE')
      : undefined,
  ({ bytes }) =>
    bytes > 256 * KIB ? chromiumSays('HTTP_HEAD_TOO_LARGE', 'net::ERR_RESPONSE_HEADERS_TOO_BIG') : undefined,
  noInterim(unexpected),
  statusIs101(unexpected),
  (facts) => {
    const [upgrade, another] = elementsOf(facts.fields.getAll(UPGRADE));
    if (upgrade === undefined) return chromiumSays(upgradeCode(facts), "'Upgrade' header is missing");
    if (another !== undefined) return chromiumSays(upgradeCode(facts), isRepeated('Upgrade'));
    if (upgrade.toLowerCase() === 'websocket') return undefined;
    return chromiumSays(upgradeCode(facts), `'Upgrade' header value is not 'WebSocket': ${upgrade}`);
  },
  (facts) => {
    const [accept, another] = elementsOf(facts.fields.getAll(ACCEPT));
    const name = 'Sec-WebSocket-Accept';
    if (accept === undefined) return chromiumSays(acceptCode(facts), `'${name}' header is missing`);
    if (another !== undefined) return chromiumSays(acceptCode(facts), isRepeated(name));
    if (isRightAccept(facts, accept)) return undefined;
    return chromiumSays(acceptCode(facts), `Incorrect '${name}' header value`);
  },
  (facts) => {
    if (hasUpgradeToken(facts)) return undefined;
    const isThere = facts.fields.has(CONNECTION);
    const what = isThere
      ? "'Connection' header value must contain 'Upgrade'"
      : "'Connection' header is missing";
    return chromiumSays(connectionCode(facts), what);
  },
  chromiumProtocol,
  chromiumExtensions,
];

function chromiumProtocol(facts: AnswerFacts): Refusal | undefined {
  const { fields, asked } = facts;
  const name = 'Sec-WebSocket-Protocol';
  const [selected, another] = elementsOf(fields.getAll(PROTOCOL));
  const refusal = (what: string) => chromiumSays(protocolCode(facts), what);
  if (selected === undefined) {
    const isWanted = asked.length > 0;
    return isWanted ? refusal(`Sent non-empty '${name}' header but no response was received`) : undefined;
  }
  if (asked.length === 0) {
    return refusal(`Response must not include '${name}' header if not present in request: ${selected}`);
  }
  if (!asked.includes(selected)) {
    return refusal(`'${name}' header value '${selected}' in response does not match any of sent values`);
  }
  return another === undefined ? undefined : refusal(isRepeated(name));
}

function chromiumExtensions(facts: AnswerFacts): Refusal | undefined {
  const name = 'Sec-WebSocket-Extensions';
  let isDeflateSeen = false;
  for (const element of elementsOf(facts.fields.getAll(EXTENSIONS))) {
    const [answer] = read(element);
    const refusal = (what: string) => chromiumSays(extensionCode(facts), what);
    if (answer === undefined) return refusal(`'${name}' header value is rejected by the parser: ${element}`);
    if (answer.name !== DEFLATE) {
      return refusal(`Found an unsupported extension '${answer.name}' in '${name}' header`);
    }
    if (isDeflateSeen) return refusal('Received duplicate permessage-deflate response');
    isDeflateSeen = true;
    const fault = deflateFault(answer);
    if (fault !== undefined) {
      const { reason, evidence } = fault;
      return refusal(`Error in permessage-deflate: ${deflateWords(reason.code, evidence.seen ?? '')}`);
    }
  }
  return undefined;
}

function read(element: string) {
  const answers = parseExtensions(element);
  return answers instanceof SyntaxFault ? [] : answers;
}

/** `seen` is `NAME`, `NAME=VALUE` or `NAME twice`. */
function deflateWords(code: string, seen: string): string {
  const name = /^[^= ]*/.exec(seen)![0];
  if (code === 'EXT_PARAM_UNKNOWN') return 'Received an unexpected permessage-deflate extension parameter';
  if (code === 'EXT_CLIENT_BITS') return 'client_max_window_bits must have value';
  if (seen.endsWith(' twice')) return `Received duplicate permessage-deflate extension parameter ${name}`;
  return `Received invalid ${name} parameter`;
}

/** Firefox has one sentence for all: it cannot establish a connection to the server. */
const firefoxChecks: readonly Check[] = [
  ({ version }) => (version?.name === 'HTTP' ? undefined : { code: 'HTTP_NOT_HTTP' }),
  ({ faulty }) => (faulty?.fault === 'NUL' ? { code: 'HTTP_HEADER_SYNTAX' } : undefined),
  noSpacedNames(),
  ({ version }) => (version!.major === 1 && version!.minor > 0 ? undefined : { code: 'HTTP_VERSION_10' }),
  statusIs101(),
  (facts) =>
    listIncludes(facts.fields.combined(UPGRADE) ?? '', 'websocket')
      ? undefined
      : { code: upgradeCode(facts) },
  (facts) => (hasUpgradeToken(facts) ? undefined : { code: connectionCode(facts) }),
  (facts) => (isRightAccept(facts, facts.fields.combined(ACCEPT)) ? undefined : { code: acceptCode(facts) }),
  (facts) => {
    const selected = facts.fields.combined(PROTOCOL);
    const isFine = facts.asked.length === 0 || selected === undefined || facts.asked.includes(selected);
    return isFine ? undefined : { code: protocolCode(facts) };
  },
  (facts) => {
    // Its parser knows semicolons only: a second extension is part of a parameter's name.
    const [name, ...parts] = (facts.fields.combined(EXTENSIONS) ?? '').split(';').map((part) => part.trim());
    if (name === '') return undefined;
    const parameters = parts
      .filter((part) => part !== '')
      .map((part) => {
        const [parameter = '', value] = part.split('=', 2);
        return { name: parameter, value: value?.replaceAll('"', '') };
      });
    const isFine = name === DEFLATE && deflateFaultByNumber({ name, parameters }) === undefined;
    return isFine ? undefined : { code: extensionCode(facts) };
  },
];

export const BROWSERS: readonly Client[] = [
  { client: 'chrome', version: 'Chromium 156', checks: chromiumChecks },
  { client: 'firefox', version: '153 ESR', checks: firefoxChecks },
];
