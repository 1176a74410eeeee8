// Knows: what `websockets` of Python and `gorilla/websocket` of Go check in the answer to a handshake, in their order, and what they
// say. Measured in 2026-11 against the answers of `test/forensics/measured-answers.ts`.
import { type ExtensionOffer, listIncludes, SyntaxFault } from '../handshake/fields.js';
import type { AnswerFacts, FaultyLine } from './answer-facts.js';
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
  elementsOf,
  extensionCode,
  extensionsOf,
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

const noResponse = (code: string, cause: string): Refusal => ({
  code,
  message: 'did not receive a valid HTTP response',
  cause,
});

const rejectedBy = (status: number): string => `server rejected WebSocket connection: HTTP ${status}`;

const MAX_LINE_BYTES = 8192;
const MAX_LINES = 128;

const pythonChecks: readonly Check[] = [
  pythonStartLine,
  ({ faulty }) => (faulty === undefined ? undefined : noResponse('HTTP_HEADER_SYNTAX', pythonLine(faulty))),
  ({ longestLine }) => {
    // Both ends of the line count.
    const bytes = longestLine + 2;
    const cause = `read ${bytes} bytes, expected no more than ${MAX_LINE_BYTES} bytes`;
    return bytes > MAX_LINE_BYTES ? noResponse('HTTP_HEAD_TOO_LARGE', cause) : undefined;
  },
  ({ lines }) =>
    lines > MAX_LINES
      ? noResponse('HTTP_HEAD_TOO_LARGE', `expected no more than ${MAX_LINES} headers`)
      : undefined,
  noInterim(rejectedBy),
  statusIs101(rejectedBy),
  (facts) => {
    const options = elementsOf(facts.fields.getAll(CONNECTION));
    if (hasUpgradeToken(facts)) return undefined;
    return { code: connectionCode(facts), message: pythonUpgrade('Connection', options, 'token') };
  },
  (facts) => {
    const protocols = elementsOf(facts.fields.getAll(UPGRADE));
    if (protocols.length === 1 && protocols[0]!.toLowerCase() === 'websocket') return undefined;
    return { code: upgradeCode(facts), message: pythonUpgrade('Upgrade', protocols, 'protocol') };
  },
  (facts) => {
    const [accept, another] = facts.fields.getAll(ACCEPT);
    const refusal = (message: string): Refusal => ({ code: acceptCode(facts), message });
    if (accept === undefined) return refusal('missing Sec-WebSocket-Accept header');
    if (another !== undefined) return refusal('invalid Sec-WebSocket-Accept header: multiple values');
    if (accept === '') return refusal('empty Sec-WebSocket-Accept header');
    return isRightAccept(facts, accept)
      ? undefined
      : refusal(`invalid Sec-WebSocket-Accept header: ${accept}`);
  },
  pythonExtensions,
  pythonProtocol,
];

function pythonStartLine({
  startLine,
  version,
  bareLf,
  hasSpaceBehindStatus,
}: AnswerFacts): Refusal | undefined {
  const { code, part } =
    bareLf === 'start line'
      ? { code: 'HTTP_BARE_LF', part: 'HTTP status line' }
      : { code: bareLf && 'HTTP_BARE_LF', part: 'HTTP headers' };
  if (code !== undefined) return noResponse(code, `connection closed while reading ${part}`);
  if (version === undefined) return noResponse('HTTP_NOT_HTTP', `invalid HTTP status line: ${startLine}`);
  if (!hasSpaceBehindStatus) {
    return noResponse('HTTP_STATUS_LINE', `invalid HTTP status line: ${startLine}`);
  }
  return startLine.startsWith('HTTP/1.1 ')
    ? undefined
    : noResponse('HTTP_VERSION_10', `unsupported protocol; expected HTTP/1.1: ${startLine}`);
}

function pythonLine({ fault, text, name, value }: FaultyLine): string {
  if (fault === 'folded' || fault === 'no colon') return `invalid HTTP header line: ${text}`;
  const isName = fault === 'name' || fault === 'space before colon';
  return isName ? `invalid HTTP header name: ${name}` : `invalid HTTP header value: ${value}`;
}

function pythonUpgrade(name: string, values: readonly string[], wanted: string): string {
  if (values.length === 0) return `missing ${name} header`;
  const seen = values.join(', ');
  return seen === ''
    ? `invalid ${name} header: expected ${wanted} at 0 in `
    : `invalid ${name} header: ${seen}`;
}

function pythonExtensions(facts: AnswerFacts): Refusal | undefined {
  const answers = extensionsOf(facts);
  if (answers === undefined) return undefined;
  const refusal = (message: string): Refusal => ({ code: extensionCode(facts), message });
  if (answers instanceof SyntaxFault) {
    const value = facts.fields.combined(EXTENSIONS)!;
    return refusal(
      `invalid Sec-WebSocket-Extensions header: expected token at ${answers.position} in ${value}`,
    );
  }
  const wrong = answers.find(
    (answer, at) => at > 0 || answer.name !== DEFLATE || deflateFault(answer) !== undefined,
  );
  return wrong === undefined
    ? undefined
    : refusal(`Unsupported extension: name = ${wrong.name}, params = ${pythonList(wrong)}`);
}

/** A list of pairs as Python writes it. */
function pythonList({ parameters }: ExtensionOffer): string {
  const pairs = parameters.map(
    ({ name, value }) => `('${name}', ${value === undefined ? 'None' : `'${value}'`})`,
  );
  return `[${pairs.join(', ')}]`;
}

function pythonProtocol(facts: AnswerFacts): Refusal | undefined {
  const selected = elementsOf(facts.fields.getAll(PROTOCOL));
  if (selected.length === 0) return undefined;
  const refusal = (message: string): Refusal => ({ code: protocolCode(facts), message });
  if (facts.asked.length === 0) return refusal('no subprotocols supported');
  const list = selected.join(', ');
  if (list === '') return refusal('invalid Sec-WebSocket-Protocol header: expected token at 0 in ');
  if (selected.length > 1) return refusal(`invalid Sec-WebSocket-Protocol header: multiple values: ${list}`);
  return facts.asked.includes(list) ? undefined : refusal(`unsupported subprotocol: ${list}`);
}

const BAD_HANDSHAKE = 'websocket: bad handshake';

const goChecks: readonly Check[] = [
  ({ startLine, version }) => {
    if (version?.name === 'HTTP') return undefined;
    const [protocol = '', rest] = startLine.split(' ', 2);
    return rest === undefined
      ? { code: 'HTTP_NOT_HTTP', message: `malformed HTTP response ${JSON.stringify(startLine)}` }
      : { code: 'HTTP_STATUS_LINE', message: `malformed HTTP version ${JSON.stringify(protocol)}` };
  },
  ({ faulty }) =>
    faulty?.fault === 'no colon'
      ? {
          code: 'HTTP_HEADER_SYNTAX',
          message: `malformed MIME header: missing colon: ${JSON.stringify(faulty.text)}`,
        }
      : undefined,
  noInterim(() => BAD_HANDSHAKE),
  statusIs101(() => BAD_HANDSHAKE),
  noSpacedNames(BAD_HANDSHAKE),
  (facts) =>
    listIncludes(facts.fields.combined(UPGRADE) ?? '', 'websocket')
      ? undefined
      : { code: upgradeCode(facts), message: BAD_HANDSHAKE },
  (facts) => (hasUpgradeToken(facts) ? undefined : { code: connectionCode(facts), message: BAD_HANDSHAKE }),
  (facts) =>
    isRightAccept(facts, facts.fields.get(ACCEPT))
      ? undefined
      : { code: acceptCode(facts), message: BAD_HANDSHAKE },
  goCompression,
];

/** It offers compression only where it is told to, so what answers an offer would not have been sent to it. */
function goCompression(facts: AnswerFacts): Refusal | undefined {
  const answers = extensionsOf(facts);
  if (facts.offered.includes(DEFLATE) || answers === undefined || answers instanceof SyntaxFault) {
    return undefined;
  }
  const answer = answers.find(({ name }) => name === DEFLATE);
  const names = answer?.parameters.map(({ name }) => name);
  const isFine =
    names === undefined ||
    (names.includes('server_no_context_takeover') && names.includes('client_no_context_takeover'));
  return isFine
    ? undefined
    : { code: 'EXT_UNSOLICITED', message: 'websocket: invalid compression negotiation' };
}

export const LANGUAGES: readonly Client[] = [
  { client: 'python', version: 'websockets 17.1', checks: pythonChecks },
  { client: 'go', version: 'gorilla/websocket 1.5.0', checks: goChecks },
];
