// Knows: why a handshake that reached HTTP got no WebSocket: nobody listens for upgrades, or the request came to the wrong place.
// One answer never proves these; the same request with one thing changed does.
// Must not know: how it is found. Rows that a status alone names are in handshake/status-reasons.ts.
import { request, status } from '../handshake/examples.js';
import { defineReasons } from '../reason.js';

export const routeReasons = defineReasons({
  HTTP_NO_UPGRADE_LISTENER: {
    layer: 'http',
    stage: 'http',
    title: 'The HTTP server does not listen for upgrades',
    meaning:
      'The server answers the handshake as it answers the same request without Upgrade, and no proxy is to be seen. HTTP allows to ignore Upgrade: a WebSocket server was never attached, or to another HTTP server than the one that listens.',
    actor: 'server',
    sections: ['RFC 9110 §7.8', 'RFC 6455 §4.2.2'],
    fix: 'Attach the WebSocket server to the HTTP server that listens: with ws, new WebSocketServer({ server }) on the result of app.listen().',
    retry: 'after a fix',
    example: status('404 Not Found', 'X-Powered-By: Express', '', 'Cannot GET /ws'),
  },
  ROUTE_PROXY_NOT_FOUND: {
    layer: 'route',
    stage: 'http',
    title: 'The proxy has no route for this path',
    meaning:
      'The 404 is the page of the proxy itself, so the application behind it never saw the request. No location, rule or host of the proxy matches.',
    actor: 'proxy',
    sections: ['RFC 9110 §15.5.5'],
    fix: 'Add the path (and the host) to the configuration of the proxy.',
    retry: 'after a fix',
    example: status('404 Not Found', 'Server: nginx/1.22.1', '', '<center><h1>404 Not Found</h1></center>'),
  },
  ROUTE_PREFIX: {
    layer: 'route',
    stage: 'http',
    title: 'The path loses or gains a part on its way through the proxy',
    meaning:
      'The application was asked for another path than the client asked for. In nginx a proxy_pass with a path, be it a single slash, replaces the prefix of the location: /api/ws becomes /ws.',
    actor: 'proxy',
    sections: ['RFC 9110 §4.1', 'RFC 9110 §7.7'],
    fix: 'Write proxy_pass without a path behind the port, or mount the endpoint where the proxy sends it.',
    retry: 'after a fix',
    example: status('404 Not Found', 'X-Powered-By: Express', '', 'Cannot GET /ws'),
  },
  ROUTE_TRAILING_SLASH: {
    layer: 'route',
    stage: 'http',
    title: 'The endpoint wants the path with the other ending',
    meaning:
      'With a slash at the end, or without it, the same handshake is answered with 101. Pages do not notice, since browsers follow the redirect; no browser follows it for a WebSocket.',
    actor: 'client',
    sections: ['RFC 9110 §15.4', 'RFC 6455 §4.1'],
    fix: 'Use the path exactly as it is routed; in nginx write `location = /ws` beside `location /ws/`.',
    retry: 'after a fix',
    example: status('301 Moved Permanently', 'Location: http://example.com/ws/'),
  },
  ROUTE_SPA_FALLBACK: {
    layer: 'route',
    stage: 'http',
    title: 'The catch-all page of a web application took the request',
    meaning:
      'Any path, even one that nobody made, gets the same page with status 200. The path of the socket is not routed, and the rule for a single-page application answers with index.html.',
    actor: 'proxy',
    sections: ['RFC 6455 §4.1', 'RFC 9110 §7.8'],
    fix: 'Give the path of the socket a location or route of its own, before the catch-all.',
    retry: 'after a fix',
    example: status('200 OK', 'Content-Type: text/html', 'ETag: "6921f0a4-2b1"', '', '<!doctype html>'),
  },
  ROUTE_BAD_HOST: {
    layer: 'route',
    stage: 'http',
    title: 'The server does not serve this Host',
    meaning:
      'The value of Host is refused: it is empty or malformed, or a development server allows only the names that it knows, as a guard against DNS rebinding. With an allowed name the same handshake passes.',
    actor: 'server',
    sections: ['RFC 9112 §3.2', 'RFC 9110 §7.2'],
    fix: 'Add the name to the allowed hosts of the server (allowedHosts in Vite and webpack), or send the name that it serves.',
    retry: 'after a fix',
    example: request('Host:', 'Host: '),
  },
  ROUTE_SOCKETIO: {
    layer: 'route',
    stage: 'http',
    title: 'This is an endpoint of Socket.IO, which is not plain WebSocket',
    meaning:
      'The answer has the words of Engine.IO, the transport of Socket.IO. It wants its version and transport in the query, and speaks framing of its own inside the WebSocket.',
    actor: 'client',
    sections: ['Engine.IO protocol 4', 'RFC 6455 §1.5'],
    fix: 'Use the client of Socket.IO; or add ?EIO=4&transport=websocket and speak its framing.',
    retry: 'after a fix',
    example: status('400 Bad Request', 'Content-Type: text/html', '', 'Transport unknown'),
  },
  ROUTE_STICKY: {
    layer: 'route',
    stage: 'http',
    title: 'The session lives on another node',
    meaning:
      'The client began with polling on one node of the pool, and its upgrade came to another, which does not know the session. It works whenever chance sends both to the same node.',
    actor: 'proxy',
    sections: ['Engine.IO protocol 4', 'RFC 9110 §7.7'],
    fix: "Make the load balancer keep a client on its node (sticky sessions), or begin with WebSocket: transports: ['websocket'].",
    retry: 'at once',
    example: status(
      '400 Bad Request',
      'Content-Type: application/json',
      '',
      '{"code":1,"message":"Session ID unknown"}',
    ),
  },
  ROUTE_UNSTEADY: {
    layer: 'route',
    stage: 'http',
    title: 'The same handshake opens one time and is refused another',
    meaning:
      'Two handshakes that differ in nothing but their key got different answers. Most often one of several servers behind the same address is broken, old or restarting; a server at its limit does it too.',
    actor: 'server',
    sections: ['RFC 9110 §7.7'],
    fix: 'Compare what the balancer knows of each server behind it; ask each one by itself, and take out the one that refuses.',
    retry: 'at once',
    example: 'The first handshake gets 502, the second one 101, the third one 502.',
  },
  ROUTE_SIGNALR: {
    layer: 'route',
    stage: 'http',
    title: 'This is a hub of SignalR, which wants to negotiate first',
    meaning:
      'The answer asks for a connection id. A client of SignalR gets one by a request to /negotiate and puts it into the query of the handshake, unless it was told to skip that.',
    actor: 'client',
    sections: ['SignalR transport protocols'],
    fix: 'Use the client of SignalR, or negotiate first; with WebSocket alone set skipNegotiation.',
    retry: 'after a fix',
    example: status('400 Bad Request', '', 'Connection ID required'),
  },
  ROUTE_SERVERLESS: {
    layer: 'route',
    stage: 'http',
    title: 'The platform runs functions, which keep no connection',
    meaning:
      'The fields of the answer belong to a platform for functions that answer and end. Most of them have no way to accept an upgrade, whatever the code does.',
    actor: 'server',
    sections: ['RFC 9110 §7.8'],
    fix: 'Run the endpoint where a process stays (a container, a virtual machine), or use a service for realtime messages.',
    retry: 'never',
    example: status(
      '426 Upgrade Required',
      'Server: Vercel',
      'X-Vercel-Id: fra1::abcde-1700000000000-0123456789ab',
    ),
  },
});
