// Knows: the reasons that only a client meets: a status other than 101 which says who refused, and nothing more.
// Rows that our own server also sends are in `refusal-reasons.ts`.
// Must not know: how a refusal is read; see `rejections.ts`.
import { defineReasons } from '../reason.js';
import { status } from './examples.js';

export const statusReasons = defineReasons({
  FWD_AUTH: {
    layer: 'forward',
    stage: 'proxy',
    title: 'A forward proxy wants credentials',
    meaning:
      'The proxy between this client and the internet answered 407 and names in Proxy-Authenticate what it accepts; a SOCKS proxy took none of the ways that were offered, or not this user and password. The server was never reached. A 407 from the server itself is a mistake there: browsers drop it without a word.',
    actor: 'client',
    sections: ['RFC 9110 §11.7', 'RFC 9110 §15.5.8', 'RFC 1929 §2'],
    fix: 'Give the client the user and password of the proxy: http://user:password@host:port. NTLM and Kerberos need a local helper.',
    retry: 'after a fix',
    example: status('407 Proxy Authentication Required', 'Proxy-Authenticate: Basic'),
  },
  ROUTE_METHOD: {
    layer: 'route',
    stage: 'http',
    title: 'The path does not take GET',
    meaning:
      'The server knows the path, but not for GET, so it is no WebSocket endpoint. The field Allow says which methods it takes.',
    actor: 'client',
    sections: ['RFC 9110 §15.5.6', 'RFC 6455 §4.1'],
    fix: 'Check the path, or register the WebSocket endpoint for GET.',
    retry: 'after a fix',
    example: status('405 Method Not Allowed', 'Allow: POST'),
  },
  ROUTE_GONE: {
    layer: 'route',
    stage: 'http',
    title: 'The endpoint was removed for good',
    meaning: 'The server answered 410: there was something at this path, and it will not come back.',
    actor: 'client',
    sections: ['RFC 9110 §15.5.11'],
    fix: 'Find the successor of the endpoint in the documentation of the service, and stop retrying.',
    retry: 'never',
    example: status('410 Gone'),
  },
  ROUTE_VERSION: {
    layer: 'route',
    stage: 'upgrade',
    title: 'The server asks for another upgrade',
    meaning:
      'The server answered 426, or named its versions in Sec-WebSocket-Version. Either it speaks no version 13, or Upgrade was lost on the way and it saw a plain request.',
    actor: 'proxy',
    sections: ['RFC 6455 §4.2.2', 'RFC 6455 §4.4', 'RFC 9110 §15.5.22'],
    fix: 'If the versions listed include 13, look for a proxy that removes Upgrade or Connection; otherwise update the server.',
    retry: 'after a fix',
    example: status('426 Upgrade Required', 'Sec-WebSocket-Version: 13'),
  },
  ROUTE_HEADERS_TOO_LARGE: {
    layer: 'route',
    stage: 'http',
    title: 'The server finds the request head too large',
    meaning:
      'The answer is 431, or the page of nginx that says so: cookies and other fields exceed the limit there.',
    actor: 'client',
    sections: ['RFC 6585 §5'],
    fix: 'Clear or shrink cookies; in nginx raise `large_client_header_buffers`.',
    retry: 'after a fix',
    example: status('431 Request Header Fields Too Large'),
  },
  ROUTE_REDIRECT_TLS: {
    layer: 'route',
    stage: 'http',
    title: 'The server redirects to TLS',
    meaning:
      'The answer points to the same address with https. Browsers do not follow a redirect of a WebSocket, and this client follows none unless asked.',
    actor: 'client',
    sections: ['RFC 6455 §4.1', 'RFC 9110 §15.4'],
    fix: 'Connect with wss:// in place of ws://.',
    retry: 'after a fix',
    example: status('301 Moved Permanently', 'Location: https://example.com/ws'),
  },
  ROUTE_REDIRECT_LOGIN: {
    layer: 'route',
    stage: 'http',
    title: 'The server redirects to a login page',
    meaning:
      'The session is missing or expired, and the server answers as it would answer a page: with the way to the login.',
    actor: 'client',
    sections: ['RFC 6455 §4.1', 'RFC 9110 §15.4'],
    fix: 'Send the session cookie with the handshake; on the server answer 401 to WebSocket requests.',
    retry: 'after a fix',
    example: status('302 Found', 'Location: /login?next=%2Fws'),
  },
  ROUTE_REDIRECT: {
    layer: 'route',
    stage: 'http',
    title: 'The server redirects to another URL',
    meaning:
      'The endpoint moved. Browsers do not follow a redirect of a WebSocket, and this client follows none unless asked.',
    actor: 'client',
    sections: ['RFC 6455 §4.1', 'RFC 9110 §15.4'],
    fix: 'Use the URL in Location, with ws or wss as its scheme.',
    retry: 'after a fix',
    example: status('308 Permanent Redirect', 'Location: /ws/'),
  },
  ROUTE_HTTP_200: {
    layer: 'route',
    stage: 'http',
    title: 'An ordinary page answered in place of a WebSocket',
    meaning:
      'The answer is 200 with content. The path belongs to plain HTTP, a catch-all route of a single-page application took it, or a proxy removed Upgrade and the server saw a request for a page.',
    actor: 'server',
    sections: ['RFC 6455 §4.1'],
    fix: 'Check the path; put the route of the socket before the catch-all; look for a proxy that does not pass Upgrade on.',
    retry: 'after a fix',
    example: status('200 OK', 'Content-Type: text/html'),
  },
  PROXY_UPSTREAM_DOWN: {
    layer: 'proxy',
    stage: 'http',
    title: 'The proxy does not reach the server behind it',
    meaning:
      'A gateway answered 502 or 503: the application is not running, listens on another port or address, is marked unhealthy, or dropped the connection.',
    actor: 'server',
    sections: ['RFC 9110 §15.6.3', 'RFC 9110 §15.6.4'],
    fix: 'Start the application and check port and bind address; the error log of the proxy names the cause.',
    retry: 'later',
    example: status('502 Bad Gateway'),
  },
  PROXY_UPSTREAM_RESET: {
    layer: 'proxy',
    stage: 'http',
    title: 'The server behind the proxy hung up without an answer',
    meaning:
      'The gateway reached the application, and the application closed the connection before it answered (520 of Cloudflare). A crash in the upgrade handler is the usual cause.',
    actor: 'server',
    sections: ['RFC 9110 §15.6.3'],
    fix: 'Look into the log of the application at the time of this answer.',
    retry: 'after a fix',
    example: status('520 Web Server Returned an Unknown Error'),
  },
  PROXY_UPSTREAM_TIMEOUT: {
    layer: 'proxy',
    stage: 'http',
    title: 'The server behind the proxy did not answer in time',
    meaning:
      'The gateway waited and gave up. The application hangs in the upgrade: a slow check of the identity, a cold start, or a handler that never answers.',
    actor: 'server',
    sections: ['RFC 9110 §15.6.5'],
    fix: 'Make the application answer or refuse the handshake within seconds.',
    retry: 'later',
    example: status('504 Gateway Timeout'),
  },
  HTTP_STATUS: {
    layer: 'http',
    stage: 'http',
    title: 'The server answered with another status than 101',
    meaning: 'The handshake was refused with a status that has no row of its own here.',
    actor: 'server',
    sections: ['RFC 6455 §4.1', 'RFC 9110 §15'],
    fix: 'Read the status and the body of the answer; they come from the server or from a proxy in front of it.',
    retry: 'after a fix',
    example: status('418 I am a teapot'),
  },
});
