// Knows: what `ws` and undici check in the answer to a handshake, in their order, and what they say. Both read it by Node's parser.
// Measured in 2026-11 on Node 20 against the answers of `test/forensics/measured-answers.ts`.
import { SyntaxFault } from '../handshake/fields.js';
import type { AnswerFacts, LineFault } from './answer-facts.js';
import {
  ACCEPT,
  acceptCode,
  type Check,
  type Client,
  CONNECTION,
  connectionCode,
  DEFLATE,
  deflateFaultByNumber,
  EXTENSIONS,
  extensionCode,
  extensionsOf,
  hasEmptyExtension,
  hasUpgradeToken,
  isRightAccept,
  noInterim,
  PROTOCOL,
  protocolCode,
  type Refusal,
  statusIs101,
  UPGRADE,
  upgradeCode,
} from './client-rules.js';

/** Node's limit for a head, `--max-http-header-size`. */
const HEAD_BYTES = 16 * 1024;

/** What Node's parser says of a head that it cannot read. */
function nodeFault({ version, bareLf, faulty, bytes }: AnswerFacts): Refusal | undefined {
  const says = (code: string, what: string): Refusal => ({ code, message: `Parse Error: ${what}` });
  if (version?.name !== 'HTTP') return says('HTTP_NOT_HTTP', 'Expected HTTP/, RTSP/ or ICE/');
  if (!['0.9', '1.0', '1.1', '2.0'].includes(`${version.major}.${version.minor}`)) {
    return says('HTTP_STATUS_LINE', 'Invalid HTTP version');
  }
  if (bareLf === 'start line') return says('HTTP_BARE_LF', 'Missing expected CR after response line');
  if (bareLf === 'field line') return says('HTTP_BARE_LF', 'Missing expected CR after header value');
  if (faulty !== undefined) return says('HTTP_HEADER_SYNTAX', NODE_WORDS[faulty.fault]);
  if (bareLf === 'empty line') return says('HTTP_BARE_LF', 'Invalid header field char');
  return bytes > HEAD_BYTES ? says('HTTP_HEAD_TOO_LARGE', 'Header overflow') : undefined;
}

const NODE_WORDS: Readonly<Record<LineFault, string>> = {
  'no colon': 'Invalid header token',
  name: 'Invalid header token',
  'space before colon': 'Invalid header field char',
  control: 'Invalid header value char',
  NUL: 'Invalid header value char',
  folded: 'Unexpected whitespace after header value',
};

const unexpected = (status: number): string => `Unexpected server response: ${status}`;

const wsChecks: readonly Check[] = [
  nodeFault,
  statusIs101(unexpected),
  // node:http takes a 101 for an upgrade only where both fields say so.
  (facts) =>
    facts.fields.get(UPGRADE) ? undefined : { code: 'RESP_UPGRADE_MISSING', message: unexpected(101) },
  (facts) => (hasUpgradeToken(facts) ? undefined : { code: connectionCode(facts), message: unexpected(101) }),
  (facts) =>
    facts.fields.combined(UPGRADE)!.toLowerCase() === 'websocket'
      ? undefined
      : { code: upgradeCode(facts), message: 'Invalid Upgrade header' },
  (facts) =>
    isRightAccept(facts, facts.fields.combined(ACCEPT))
      ? undefined
      : { code: acceptCode(facts), message: 'Invalid Sec-WebSocket-Accept header' },
  (facts) => {
    const message = wsProtocol(facts.fields.combined(PROTOCOL), facts.asked);
    return message === undefined ? undefined : { code: protocolCode(facts), message };
  },
  (facts) => {
    const message = wsExtensions(facts);
    return message === undefined ? undefined : { code: extensionCode(facts), message };
  },
];

function wsProtocol(selected: string | undefined, asked: readonly string[]): string | undefined {
  if (selected === undefined) return asked.length > 0 ? 'Server sent no subprotocol' : undefined;
  if (asked.length === 0) return 'Server sent a subprotocol but none was requested';
  return asked.includes(selected) ? undefined : 'Server sent an invalid subprotocol';
}

function wsExtensions(facts: AnswerFacts): string | undefined {
  const answers = extensionsOf(facts);
  if (answers === undefined) return undefined;
  const invalid = 'Invalid Sec-WebSocket-Extensions header';
  if (answers instanceof SyntaxFault || hasEmptyExtension(facts)) return invalid;
  const isOther = answers.some(({ name }) => name !== DEFLATE);
  if (isOther) return 'Server indicated an extension that was not requested';
  return answers.some(deflateFaultByNumber) ? invalid : undefined;
}

const NO_ANSWER = 'Received network error or non-101 status code.';

const undiciChecks: readonly Check[] = [
  (facts) => {
    const fault = nodeFault(forgiven(facts));
    return fault && { ...fault, message: NO_ANSWER };
  },
  noInterim(
    () => NO_ANSWER,
    (status) => status === 100,
  ),
  statusIs101(() => NO_ANSWER),
  (facts) => (facts.fields.get(UPGRADE) ? undefined : { code: 'RESP_UPGRADE_MISSING', hangs: true }),
  (facts) => (hasUpgradeToken(facts) ? undefined : { code: connectionCode(facts), hangs: true }),
  (facts) =>
    facts.asked.length === 0 || facts.fields.combined(PROTOCOL)
      ? undefined
      : { code: 'PROTO_NOT_SELECTED', message: 'Server did not respond with sent protocols.' },
  (facts) =>
    facts.fields.combined(UPGRADE)!.toLowerCase() === 'websocket'
      ? undefined
      : { code: upgradeCode(facts), message: 'Server did not set Upgrade header to "websocket".' },
  (facts) =>
    facts.fields.combined(CONNECTION)!.toLowerCase() === 'upgrade'
      ? undefined
      : { code: connectionCode(facts), message: 'Server did not set Connection header to "upgrade".' },
  (facts) =>
    isRightAccept(facts, facts.fields.combined(ACCEPT))
      ? undefined
      : { code: acceptCode(facts), message: 'Incorrect hash received in Sec-WebSocket-Accept header.' },
  (facts) => {
    // It looks for the name between semicolons, whatever else stands there.
    const parts = facts.fields.combined(EXTENSIONS)?.split(';');
    const isFine = parts?.some((part) => part.split('=', 1)[0]!.trimStart() === DEFLATE) ?? true;
    return isFine
      ? undefined
      : { code: extensionCode(facts), message: 'Sec-WebSocket-Extensions header does not match.' };
  },
  (facts) => {
    const selected = facts.fields.combined(PROTOCOL);
    return selected === undefined || facts.asked.includes(selected)
      ? undefined
      : { code: protocolCode(facts), message: 'Protocol was not set in the opening handshake.' };
  },
];

/** Its build of Node's parser forgives a little more. */
function forgiven(facts: AnswerFacts): AnswerFacts {
  const { faulty, bareLf } = facts;
  return {
    ...facts,
    faulty: faulty?.fault === 'folded' || faulty?.fault === 'name' ? undefined : faulty,
    bareLf: bareLf === 'empty line' ? undefined : bareLf,
  };
}

export const NODE_CLIENTS: readonly Client[] = [
  { client: 'ws', version: '8.23.0', checks: wsChecks },
  {
    client: 'undici',
    version: '6.29.1',
    checks: undiciChecks,
    note: 'after a refusal its close event never comes',
  },
];
