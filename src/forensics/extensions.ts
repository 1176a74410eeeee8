// Knows: what permessage-deflate says in plain words, and whether an answer is one that the request allows (RFC 7692 §7.1).
// Must not know: where either came from. Of other extensions nothing is said.
import { judgeDeflate } from '../deflate/permessage-deflate.js';
import {
  type ExtensionOffer,
  type ExtensionParameter,
  parseExtensions,
  SyntaxFault,
} from '../handshake/fields.js';
import { printable, type Rejection } from '../reason.js';

/** What a value of Sec-WebSocket-Extensions agrees on, or offers first, such as `the server compresses each message by itself`. */
export function extensionWords(value: string): string {
  const [compression] = extensionsOf(value).filter(isCompression);
  return compression === undefined
    ? ''
    : ['messages compressed', ...compression.parameters.map(words)].join('; ');
}

function words({ name, value = '' }: ExtensionParameter): string {
  const size = `2^${printable(value, 8)} bytes`;
  switch (name) {
    case 'server_no_context_takeover':
      return "the server's each by itself";
    case 'client_no_context_takeover':
      return "the client's each by itself";
    case 'server_max_window_bits':
      return `the server's refer back ${size} at most`;
    case 'client_max_window_bits':
      return value === '' ? "the client's window can be limited" : `the client's refer back ${size} at most`;
    default:
      return `${printable(name, 40)} is unknown`;
  }
}

/** What is wrong with the answer about compression; `offered` is the field of the request, undefined when that is not known. */
export function auditCompression(answered: string | undefined, offered: string | undefined): Rejection[] {
  const [answer] = extensionsOf(answered).filter(isCompression);
  if (answer === undefined) return [];
  const judged = judgeDeflate(answer, extensionsOf(offered).filter(isCompression));
  return judged.ok ? [] : [judged.rejection];
}

function isCompression({ name }: ExtensionOffer): boolean {
  return name === 'permessage-deflate';
}

/** The extensions of a field; none when it is malformed, which another rule tells. */
export function extensionsOf(value: string | undefined): readonly ExtensionOffer[] {
  const extensions = value === undefined ? [] : parseExtensions(value);
  return extensions instanceof SyntaxFault ? [] : extensions;
}
