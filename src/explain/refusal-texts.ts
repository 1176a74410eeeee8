// Knows: what clients say about an answer that is no 101, and what servers write into it.
// Must not know: how a text is searched. Measured with Chromium 156, ws 8.23, WebSocket-Node 1.0, faye-websocket 0.11, Bun 1.4,
// Deno 2.9, websockets 10 and 17 (Python), aiohttp 3.8, tornado 6.2, uvicorn 0.17, gorilla 1.5, coder 1.8, Socket.IO 4.8.
import { type KnownText, said } from './texts.js';

export const REFUSAL_TEXTS: readonly KnownText[] = [
  said('ws as a server', /Missing or invalid Sec-WebSocket-Key header/, [
    'REQ_KEY_MISSING',
    'REQ_KEY_INVALID',
    'REQ_KEY_REPEATED',
  ]),
  said('ws as a server', /Missing or invalid Sec-WebSocket-Version header/, 'REQ_VERSION'),
  said('aiohttp as a server', /No WebSocket UPGRADE hdr/, ['PROXY_UPGRADE_STRIPPED', 'REQ_UPGRADE']),
  said('aiohttp as a server', /No CONNECTION upgrade hdr/, ['PROXY_CONNECTION_LOST', 'REQ_CONNECTION']),
  said('tornado as a server', /Can "Upgrade" only to "WebSocket"/, ['PROXY_UPGRADE_STRIPPED', 'REQ_UPGRADE']),
  said('tornado as a server', /"Connection" must be "Upgrade"/, ['PROXY_CONNECTION_LOST', 'REQ_CONNECTION']),
  said('gorilla as a server', /'upgrade' token not found in 'Connection' header/, [
    'PROXY_UPGRADE_STRIPPED',
    'PROXY_CONNECTION_LOST',
  ]),
  said('gorilla as a server', /'websocket' token not found in 'Upgrade' header/, [
    'PROXY_UPGRADE_STRIPPED',
    'REQ_UPGRADE',
  ]),
  said('gorilla as a server', /request origin not allowed by Upgrader\.CheckOrigin/, [
    'ORIGIN_REJECTED',
    'ORIGIN_HOST_MISMATCH',
  ]),
  said('coder/websocket as a server', /request Origin "[^"\n]{0,300}" is not authorized for Host/, [
    'ORIGIN_REJECTED',
    'ORIGIN_HOST_MISMATCH',
  ]),
  said('tornado as a server', /Cross origin websockets not allowed/, [
    'ORIGIN_REJECTED',
    'ORIGIN_HOST_MISMATCH',
  ]),
  said('websockets of Python as a server', /did not receive a valid HTTP request/, [
    'PROXY_HTTP10_UPSTREAM',
    'REQ_SYNTAX',
  ]),
  said(
    'websockets of Python as a server',
    /empty Connection header|invalid Connection header: (?:keep-alive|close)/,
    ['PROXY_UPGRADE_STRIPPED', 'PROXY_CONNECTION_LOST'],
  ),
  said('Deno as a server', /'upgrade' header must contain 'websocket'/, [
    'PROXY_UPGRADE_STRIPPED',
    'REQ_UPGRADE',
  ]),
  said('Deno as a server', /'connection' header must contain 'Upgrade'/, [
    'PROXY_CONNECTION_LOST',
    'REQ_CONNECTION',
  ]),
  said(
    'uvicorn',
    /Unsupported upgrade request/,
    ['PROXY_UPGRADE_STRIPPED', 'REQ_UPGRADE'],
    'Also when a proxy sends `Connection: upgrade` with ordinary requests.',
  ),
  said('Socket.IO', /Transport unknown/, 'ROUTE_SOCKETIO'),
  said('Socket.IO', /Session ID unknown/, 'ROUTE_STICKY'),
  said('SignalR', /No Connection with that ID/, 'ROUTE_STICKY'),
  said('SignalR', /Connection ID required/, 'ROUTE_SIGNALR'),
  said('webpack, Vite', /Invalid Host header/, 'ROUTE_BAD_HOST'),
  said(
    'Chromium',
    /HTTP Authentication failed; no valid credentials available/,
    ['AUTH_REQUIRED', 'AUTH_HEADER_IN_BROWSER', 'AUTH_COOKIE_NOT_SENT'],
    'Chromium says it for 401 in place of the status.',
  ),
  said(
    'Chromium',
    /ERR_UNEXPECTED_PROXY_AUTH/,
    'FWD_AUTH',
    'The 407 came from the origin, or from a proxy that does not look like one.',
  ),
  said('Chromium', /Proxy authentication failed/, 'FWD_AUTH'),
  said('Chromium', /Establishing a tunnel via proxy server failed|ERR_TUNNEL_CONNECTION_FAILED/, [
    'FWD_CONNECT_DENIED',
    'FWD_CONNECT_FAILED',
  ]),
  said('Chromium', /ERR_PROXY_CONNECTION_FAILED/, 'FWD_UNREACHABLE'),
  said('Chromium', /ERR_SOCKS_CONNECTION/, 'FWD_SOCKS'),
  said(
    'Chromium',
    /Unexpected response code: (\d{3})/,
    'status',
    'This number is all that Chromium tells of the answer: no field and no body of it reach DevTools or a HAR.',
  ),
  said('faye-websocket', /Error during WebSocket handshake: Unexpected response code: (\d{3})/, 'status'),
  said('ws', /Unexpected server response: (\d{3})/, 'status'),
  said('WebSocket-Node', /Server responded with a non-101 status: (\d{3})/, 'status'),
  said('Bun', /Expected 101 status code: (\d{3})/, 'status'),
  said('Deno', /Invalid status code: (\d{3})/, 'status'),
  said('websockets of Python', /server rejected WebSocket connection: HTTP (\d{3})/, 'status'),
  said('coder/websocket', /expected handshake response status code 101 but got (\d{3})/, 'status'),
  said('websocket-client of Python', /Handshake status (\d{3})/, 'status'),
  said('curl', /Refused WebSockets? upgrade: (\d{3})/, 'status'),
  said('aiohttp', /(\d{3}), message='Invalid response status'/, 'status'),
  said(
    'gorilla',
    /websocket: bad handshake(?:[^\n]{0,200}status=(\d{3}))?/,
    'status',
    'gorilla returns the answer beside this error: print its status and its body.',
  ),
];
