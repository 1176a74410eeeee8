// Servers whose texts are commands to a terminal, a page or a runner of workflows, in every place where a peer can put text.
import { closePayload, fitReason } from '../../../src/frames/frame.js';
import { make } from '../../support/tls.js';
import { answering } from '../deployments/servers/listen.js';
import type { Host } from '../deployments/servers/row.js';
import { frame, sound, status } from '../deployments/servers/sound.js';
import type { Hostile } from './row.js';

/** Colours and a cleared screen, a title for the window, text from right to left, a zero width space, an overlong line. */
export const TERMINAL =
  '\u001b[2J\u001b[31mred\u001b]0;owned\u0007 \u202egnp.exe\u202c \u200bx \u009b31m\r\nInjected: 1';
/** What ends an element, an attribute, a fence, a section, or is a command to a runner of workflows. */
export const MARKUP =
  '<script>alert(1)</script><img src=x onerror=alert(1)>"\'>]]><![CDATA[ ```\n| a | [x](javascript:alert(1)) ::error::owned &lt; {{7*7}}';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
/** As octets that may stand in a field: UTF-8 without control characters. */
const inField = (text: string) => latin1(text.replace(/[\r\n]/g, ' ').replace(/\p{Cc}/gu, ''));

function spoiled(text: string, code: number, fields: readonly string[]): string {
  const value = inField(text);
  const lines = fields.map((name) => `${name}: ${value}`);
  const body = latin1(text);
  return [
    `HTTP/1.1 ${code} ${value}`,
    ...lines,
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function spoiledClose(text: string): Promise<Host> {
  return sound({
    session: (socket) => {
      socket.write(frame(0x81, text));
      socket.end(frame(0x88, closePayload(4000, fitReason(text))));
    },
  });
}

const FIELDS = [
  'Server',
  'Via',
  'X-Powered-By',
  'X-Squid-Error',
  'X-WebSocket-Reject-Reason',
  'Content-Type',
];

function spoiling(kind: string, text: string): readonly Hostile[] {
  return [
    {
      name: `${kind} in every field of a 403, and in its page`,
      limit: 'text',
      expect: ['AUTH_FORBIDDEN', 'PROXY_WAF_BLOCK', 'PROXY_WS_DISABLED', 'AUTH_IP_DENIED'],
      serve: () => answering(Buffer.from(spoiled(text, 403, FIELDS), 'latin1')),
      shows: /^HTTP\/1\.1 403 /,
    },
    {
      name: `${kind} in a realm`,
      limit: 'text',
      expect: ['AUTH_REQUIRED', 'AUTH_BASIC_VIA_PROXY'],
      serve: () =>
        answering(status(401, { 'WWW-Authenticate': `Basic realm="${inField(text).replaceAll('"', "'")}"` })),
      shows: /^HTTP\/1\.1 401 [\s\S]*Basic realm=/,
    },
    {
      name: `${kind} in a Location`,
      limit: 'text',
      expect: ['ROUTE_REDIRECT', 'ROUTE_REDIRECT_LOGIN'],
      serve: () => answering(Buffer.from(spoiled(text, 302, ['Location', 'Server']), 'latin1')),
      shows: /^HTTP\/1\.1 302 [\s\S]*\nLocation: /,
    },
    {
      name: `${kind} in the subprotocol and the extension of a 101`,
      limit: 'text',
      expect: ['PROTO_UNSOLICITED', 'PROTO_MULTIPLE', 'EXT_SYNTAX', 'EXT_UNSOLICITED', 'PROTO_NOT_OFFERED'],
      serve: () =>
        sound({
          opens: (right) =>
            right.replace(
              '\r\n\r\n',
              () =>
                `\r\nSec-WebSocket-Protocol: ${inField(text)}\r\nSec-WebSocket-Extensions: ${inField(text)}\r\n\r\n`,
            ),
        }),
      shows: /\nSec-WebSocket-Protocol: [\s\S]*\nSec-WebSocket-Extensions: /,
    },
    {
      name: `${kind} in a message and a close reason`,
      limit: 'text',
      expect: ['CLOSE_IMMEDIATE'],
      serve: () => spoiledClose(text),
      shows: /\n\n\\x81[\s\S]*\\x88/,
    },
    {
      name: `${kind} in place of an answer`,
      limit: 'text',
      expect: ['HTTP_NOT_HTTP', 'TCP_WRONG_SERVICE'],
      serve: () => answering(Buffer.from(latin1(text), 'latin1')),
      shows: /^(?!HTTP)[\s\S]*\[fin\]$/,
    },
    {
      name: `${kind} in the names of a certificate`,
      limit: 'text',
      expect: ['TLS_CERT_UNTRUSTED', 'TLS_CERT_NAME'],
      serve: () => sound({ tls: make(text.replace(/[/\r\n+,]/g, ' ').slice(0, 60), 'DNS:other.test', 25) }),
      shows: /^\{TLSv1\.3 (DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS_CERT_ALTNAME_INVALID) /,
    },
  ];
}

export const byText: readonly Hostile[] = [
  ...spoiling('terminal codes', TERMINAL),
  ...spoiling('markup', MARKUP),
];
