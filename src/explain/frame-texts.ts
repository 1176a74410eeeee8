// Knows: what clients and servers say about frames and messages that they do not take.
// Must not know: how a text is searched. Measured with Chromium 156, ws 8.23, undici 6.29, faye-websocket 0.11,
// WebSocket-Node 1.0, Bun 1.4, websockets 17 (Python), gorilla 1.5.
import { type KnownText, said } from './texts.js';

export const FRAME_TEXTS: readonly KnownText[] = [
  said(
    'ws',
    /Invalid WebSocket frame: RSV2 and RSV3 must be clear/,
    ['FRAME_HTTP_IN_STREAM', 'FRAME_RSV', 'FRAME_TWO_WRITERS'],
    'The octet 0x3C of `<html` reads as RSV2 and RSV3: a page stands in the stream.',
  ),
  said(
    'ws, undici',
    /RSV1 must be clear|Expected RSV1 to be clear/,
    ['EXT_STRIPPED_ONE_WAY', 'FRAME_HTTP_IN_STREAM', 'FRAME_TWO_WRITERS'],
    'The octet 0x48, the H of `HTTP/1.1`, has RSV1 too.',
  ),
  said(
    'Chromium',
    /One or more reserved bits are on: reserved1 = 1, reserved2 = 0, reserved3 = 0/,
    ['EXT_STRIPPED_ONE_WAY', 'FRAME_HTTP_IN_STREAM', 'FRAME_TWO_WRITERS'],
    'The octet 0x48, the H of `HTTP/1.1`, has RSV1 too.',
  ),
  said(
    'Chromium, gorilla, Bun, WebSocket-Node',
    /One or more reserved bits are on|unexpected reserved bits|reserved bits must be 0|RSV[123] set|Received unexpected RSV|usage of rsv bits without/i,
    ['EXT_STRIPPED_ONE_WAY', 'FRAME_RSV', 'FRAME_HTTP_IN_STREAM'],
  ),
  said('Chromium', /A server must not mask any frames/, 'FRAME_MASKED_BY_SERVER'),
  said('ws', /MASK must be clear|WS_ERR_UNEXPECTED_MASK/, 'FRAME_MASKED_BY_SERVER'),
  said('undici, Bun', /Frame cannot be masked|unexpected mask from server/, 'FRAME_MASKED_BY_SERVER'),
  said(
    'ws',
    /MASK must be set|WS_ERR_EXPECTED_MASK/,
    'FRAME_UNMASKED_BY_CLIENT',
    'Caddy sends such a close frame to the backend when it is reloaded or stopped.',
  ),
  said(
    'faye-websocket, Bun',
    /Received unmasked frame but masking is required|incorrectly masked frame/,
    'FRAME_UNMASKED_BY_CLIENT',
  ),
  said(
    'websockets of Python, gorilla',
    /incorrect masking|bad MASK/,
    ['FRAME_MASKED_BY_SERVER', 'FRAME_UNMASKED_BY_CLIENT'],
    'A client says it of a server that masks, a server of a client that does not.',
  ),
  said(
    'Chromium, ws, faye-websocket',
    /Could not decode a text frame as UTF-8|invalid UTF-8 sequence|Invalid UTF-8 Data Received|WS_ERR_INVALID_UTF8|Received invalid UTF-8|invalid start byte at position/,
    'MSG_UTF8',
  ),
  said('Chromium', /Received a broken close frame/, ['CLOSE_PAYLOAD', 'CLOSE_CODE_INVALID']),
  said('ws', /invalid status code \d{1,5}|WS_ERR_INVALID_CLOSE_CODE/, 'CLOSE_CODE_INVALID'),
  said(
    'ws, Bun, websockets of Python',
    /invalid block type|Z_DATA_ERROR|Invalid compressed data|decompression failed|invalid distance too far back/,
    'EXT_INFLATE',
  ),
  said('ws', /Max payload size exceeded|WS_ERR_UNSUPPORTED_MESSAGE_LENGTH/, 'MSG_TOO_BIG'),
  said(
    'websockets of Python, gorilla',
    /message too big|over size limit|read limit exceeded/i,
    'MSG_TOO_BIG',
  ),
  said(
    'Chromium, ws',
    /Unrecognized frame opcode|invalid opcode \d|bad opcode \d|Unrecognized Opcode|WS_ERR_INVALID_OPCODE/,
    ['FRAME_OPCODE', 'FRAME_TWO_WRITERS'],
  ),
  said(
    'Chromium, Bun, faye-websocket',
    /Received unexpected continuation frame|start of new message but previous message is unfinished|unexpected continuation frame|expected a continuation frame|continuation after FIN|Unexpected Continuation Frame/,
    ['FRAME_CONTINUATION', 'FRAME_TWO_WRITERS'],
  ),
  said(
    'Bun, WebSocket-Node, websockets of Python',
    /fragmented control frame|Control frames must not be fragmented|control frame is fragmented/i,
    ['FRAME_CONTROL_FRAGMENTED', 'FRAME_HTTP_IN_STREAM'],
  ),
  said(
    'Bun, WebSocket-Node, websockets of Python',
    /control frame (?:longer than 125|too long|having too long)|too big control frame|len > 125 for control/,
    'FRAME_CONTROL_TOO_LONG',
  ),
  said(
    'Chromium',
    /Invalid frame header/,
    [
      'FRAME_HTTP_IN_STREAM',
      'FRAME_CONTROL_FRAGMENTED',
      'FRAME_CONTROL_TOO_LONG',
      'FRAME_LENGTH',
      'EXT_INFLATE',
    ],
    'Chromium says this for five different faults.',
  ),
];
