// Knows: the chat's first message: the guest's own handshake, read aloud, because a browser shows it to no script.
// Must not know: how it is drawn. Secrets are taken out before anything leaves this process.

import type { HeadLine } from '../../forensics/annotate.js';
import { annotateRequest, annotateResponse } from '../../forensics/annotate.js';
import { extensionsOf } from '../../forensics/extensions.js';
import { Fields, type ResponseHead } from '../../handshake/head.js';
import { acceptFor } from '../../handshake/key.js';
import { HeadParser } from '../../handshake/parser.js';
import { auditRequest } from '../../handshake/request.js';
import { auditResponse, writeAccept } from '../../handshake/response.js';
import { printable } from '../../reason.js';
import type { HandshakeRequest } from '../../server/request.js';
import type { AnnotatedLine, Encoding, Welcome } from './messages.js';
import type { Room } from './rooms.js';

/** `extensions` as agreed: the field of the answer, or ''. */
export function welcome(
  room: Room,
  encoding: Encoding,
  extensions: string,
  request: HandshakeRequest,
): Welcome {
  const { head } = request;
  const { key } = request.handshake;
  const answer =
    head.carrier === 'h2' ? answerOnStream(encoding, extensions) : answerTo(key, encoding, extensions);
  const asked = { key, subprotocols: request.subprotocols, extensions: request.extensions };
  return {
    type: 'welcome',
    room: room.name,
    encoding,
    members: room.members,
    request: annotateRequest(head, auditRequest(head)).map(line),
    response: annotateResponse(answer, auditResponse(answer, asked)).map(line),
    decisions: decisions(encoding, extensions, request),
  };
}

/** The 101 again, by the function that wrote it. */
function answerTo(key: string, encoding: Encoding, extensions: string): ResponseHead {
  const text = writeAccept(acceptFor(key), encoding, extensionsOf(extensions));
  const progress = new HeadParser('response').push(Buffer.from(text, 'latin1'));
  if (progress.state !== 'head') throw new Error('A 101 of our own could not be read');
  return progress.head;
}

/** RFC 8441 §5: over HTTP/2 an answer has no key to hash, and nothing to upgrade. */
function answerOnStream(encoding: Encoding, extensions: string): ResponseHead {
  const fields = new Fields([['sec-websocket-protocol', encoding]]);
  if (extensions !== '') fields.append('sec-websocket-extensions', extensions);
  return { carrier: 'h2', version: '2', status: 200, reason: '', fields };
}

function line({ label, value, mark, code, note, section }: HeadLine): AnnotatedLine {
  return { label, value, mark, note: code === undefined ? note : `${code}: ${note}`, section };
}

const PROOF =
  'The answer hashes the key that was sent, so it cannot come from a cache or from a plain web server.';
const TUNNEL =
  'Over HTTP/2 there is no key: the server has said beforehand, in its SETTINGS, that it takes CONNECT with a :protocol.';

function decisions(encoding: Encoding, agreed: string, request: HandshakeRequest): string[] {
  const offered = request.subprotocols.map((name) => printable(name, 40)).join(', ');
  const sentences = [
    originSentence(request.origin, request.host),
    `Offered ${offered}; the server prefers json, then msgpack, and chose ${encoding}.`,
    request.head.carrier === 'h2' ? TUNNEL : PROOF,
  ];
  const [offer] = request.extensions;
  if (offer !== undefined) {
    const came = agreed === '' ? 'declined by leaving it out, which is always allowed' : 'accepted the offer';
    sentences.push(`Offered ${printable(offer.name, 40)}; the server ${came}.`);
  }
  return sentences;
}

function originSentence(origin: string | undefined, host: string): string {
  if (origin === undefined) return 'There is no Origin, so this is no browser, and it may connect.';
  if (origin.replace(/^https?:\/\//, '') === host.toLowerCase()) {
    return 'The page and the socket have the same origin, so the page may connect.';
  }
  return `The server lists ${printable(origin)} among the origins that may connect.`;
}
