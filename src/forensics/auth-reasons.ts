// Knows: why somebody is not let in, beyond what one 401 or 403 tells: what browsers cannot send, what a proxy asks for, and
// servers that open the connection first and judge later. RFC 6455 §10.5.
// Must not know: how it is found. AUTH_REQUIRED and its like are in handshake/refusal-reasons.ts.
import { request, status } from '../handshake/examples.js';
import { defineReasons } from '../reason.js';

export const authReasons = defineReasons({
  AUTH_HEADER_IN_BROWSER: {
    layer: 'auth',
    stage: 'http',
    title: 'The server wants a field that no browser can send',
    meaning:
      'The endpoint asks for Authorization. Programs can send it, but new WebSocket() of a browser has no way to add fields, so pages get 401 and nothing else.',
    actor: 'server',
    sections: ['WHATWG WebSockets', 'RFC 6455 §10.5'],
    fix: 'Accept a session cookie of the same site, a ticket for one use in the query, or a token in the first message.',
    retry: 'after a fix',
    example: status('401 Unauthorized', 'WWW-Authenticate: Bearer'),
  },
  AUTH_COOKIE_NOT_SENT: {
    layer: 'auth',
    stage: 'http',
    title: 'The browser keeps the session cookie back',
    meaning:
      'The cookie is not for this request: SameSite holds it back on a page of another site, Secure without TLS, or its domain is another host. The server sees a stranger.',
    actor: 'server',
    sections: ['RFC 6265 §5.4'],
    fix: 'Serve page and socket from one site; or set the cookie with SameSite=None and Secure, and check Origin on the server.',
    retry: 'after a fix',
    example: request('', 'Origin: https://other.example'),
  },
  AUTH_IP_DENIED: {
    layer: 'auth',
    stage: 'http',
    title: 'The address of the client is not allowed',
    meaning:
      'A proxy in front refuses by address, before the application sees the request. From an allowed network the same handshake passes.',
    actor: 'proxy',
    sections: ['RFC 9110 §15.5.4'],
    fix: 'Allow the network of the client in the proxy (allow and deny in nginx), or come from an allowed one.',
    retry: 'after a fix',
    example: status('403 Forbidden', 'Server: nginx/1.22.1'),
  },
  AUTH_AFTER_OPEN: {
    layer: 'auth',
    stage: 'close',
    title: 'The server opens the connection and then closes it for missing rights',
    meaning:
      'The handshake was answered with 101, and within a second a close frame came with a code for identity, such as 1008, 3000, 3003 or 4401. Pages can read such a code, which they cannot do with a 401.',
    actor: 'client',
    sections: ['RFC 6455 §7.4.1', 'RFC 6455 §7.4.2'],
    fix: 'Send the credentials that the server wants; the reason in the close frame may name them.',
    retry: 'after a fix',
    example: '88 02 0b b8',
  },
  AUTH_INIT_TIMEOUT: {
    layer: 'auth',
    stage: 'close',
    title: 'The server waits for a first message and none comes',
    meaning:
      'The connection opened and was closed after a fixed time in which the client sent nothing. The protocol on top begins with a message that says who the client is (connection_init of graphql-transport-ws; 4408 if it does not come).',
    actor: 'client',
    sections: ['RFC 6455 §7.4.2'],
    fix: 'Send the message that the protocol begins with as soon as the connection is open.',
    retry: 'after a fix',
    example: '88 02 11 38',
  },
  AUTH_BASIC_VIA_PROXY: {
    layer: 'auth',
    stage: 'http',
    title: 'The proxy asks for a password before the application is reached',
    meaning:
      'The 401 and its realm are those of the proxy (auth_basic in nginx). A browser does not ask for a password for a WebSocket; it sends one only if the page of the same site already got it.',
    actor: 'proxy',
    sections: ['RFC 7617 §2', 'RFC 9110 §11.6.1'],
    fix: 'Exempt the path of the socket (`auth_basic off;`) and let the application check it, or send Authorization: Basic.',
    retry: 'after a fix',
    example: status('401 Unauthorized', 'Server: nginx/1.22.1', 'WWW-Authenticate: Basic realm="staging"'),
  },
});
