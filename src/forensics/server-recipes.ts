// Knows: what to write on the server itself, library by library: origins, subprotocols, the accept value, identity.
// Must not know: who is asked, or how it is shown.
import { type Cookbook, type Recipe, run, written } from './recipe.js';

const origins: readonly Recipe[] = [
  run('handfast', 'In the options of the server or route:', "+ origins: ['https://app.example.com'],"),
  written(
    'ws',
    'It checks nothing by itself:',
    "const allowed = new Set(['https://app.example.com']);",
    'new WebSocketServer({ server, verifyClient: ({ origin }) => allowed.has(origin) });',
  ),
  written(
    'gorilla',
    'Where the upgrader is made:',
    'upgrader.CheckOrigin = func(r *http.Request) bool {',
    '  return allowed[r.Header.Get("Origin")]',
    '}',
  ),
  written(
    'coder',
    'In the options of Accept:',
    'websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: []string{"app.example.com"}})',
  ),
  written(
    'tornado',
    'In the handler:',
    'def check_origin(self, origin):',
    '    return origin in {"https://app.example.com"}',
  ),
  written('websockets', 'Where it serves:', 'serve(handler, "", 8000, origins=["https://app.example.com"])'),
  written(
    'aiohttp',
    'It checks nothing by itself:',
    'if request.headers.get("Origin") not in ALLOWED: raise web.HTTPForbidden()',
  ),
  written(
    'socket.io',
    'In the options of the server:',
    "new Server(httpServer, { cors: { origin: ['https://app.example.com'] } });",
  ),
  written(
    'socket.io',
    'CORS alone does not stop a WebSocket; check it there too:',
    'allowRequest: (request, done) => done(null, allowed.has(request.headers.origin)),',
  ),
];

const accept: readonly Recipe[] = [
  run(
    'server',
    'Test it with the key of RFC 6455 §1.3:',
    'dGhlIHNhbXBsZSBub25jZQ== must give s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  ),
  run(
    'node',
    'The value of Sec-WebSocket-Accept:',
    "createHash('sha1').update(key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')",
  ),
  run(
    'python',
    'The value of Sec-WebSocket-Accept:',
    'GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"',
    'base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()',
  ),
  run(
    'go',
    'The value of Sec-WebSocket-Accept:',
    'sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))',
    'base64.StdEncoding.EncodeToString(sum[:])',
  ),
];

const subprotocols: readonly Recipe[] = [
  run('handfast', 'In the options of the server or route:', "+ subprotocols: ['chat.v2'],"),
  written(
    'ws',
    'It takes the first one that is offered unless told:',
    "handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),",
  ),
  written('gorilla', 'In the upgrader:', 'Subprotocols: []string{"chat.v2"},'),
  written('coder', 'In the options of Accept:', 'Subprotocols: []string{"chat.v2"},'),
  written('websockets', 'Where it serves:', 'subprotocols=["chat.v2"]'),
  written('aiohttp', 'Where the response is made:', 'web.WebSocketResponse(protocols=("chat.v2",))'),
];

/** Browsers cannot set Authorization. */
const identity: readonly Recipe[] = [
  written(
    'server',
    '1. A session cookie of the same site, and a list of origins (SEC_CSWSH without it):',
    'Set-Cookie: sid=...; HttpOnly; Secure; SameSite=Lax',
  ),
  written(
    'server',
    '2. A ticket that works once and for 30 s, fetched by a request with credentials:',
    'POST /ws-ticket, then wss://app.example.com/ws?ticket=...',
  ),
  written('server', '3. The first message carries the token; close with 3000 when none came within 5 s.'),
  written(
    'server',
    '4. Only if nothing else goes, a token as a subprotocol: it ends up in logs, and another one has to be selected:',
    "new WebSocket(url, ['chat.v2', token])",
  ),
];

/** By code. */
export const serverRecipes: Cookbook = {
  ORIGIN_REJECTED: origins,
  ORIGIN_NULL: [
    written(
      'client',
      'Serve the page over http or https; a file and a sandboxed frame have the origin null.',
    ),
    ...origins,
  ],
  ORIGIN_REQUIRED: [
    run(
      'client',
      'A client of handfast:',
      "connect(url, { headers: { Origin: 'https://app.example.com' } });",
    ),
    written('client', 'A client of ws:', "new WebSocket(url, { origin: 'https://app.example.com' });"),
    run('handfast', 'Or let clients in that are no browsers:', '+ allowMissingOrigin: true,'),
  ],
  SEC_CSWSH: origins,
  SEC_ORIGIN_UNCHECKED: origins,
  SEC_ORIGIN_BYPASS: origins,
  PROTO_ECHO_ANY: subprotocols,
  PROTO_NOT_SELECTED: subprotocols,
  RESP_ACCEPT_WRONG: accept,
  RESP_ACCEPT_MISSING: accept,
  AUTH_HEADER_IN_BROWSER: identity,
  AUTH_REQUIRED: identity,
  AUTH_COOKIE_NOT_SENT: [
    written(
      'server',
      'Where page and socket are of two sites, and with a list of origins:',
      'Set-Cookie: sid=...; HttpOnly; Secure; SameSite=None',
    ),
  ],
  AUTH_BASIC_VIA_PROXY: [
    run('nginx', 'In the location that serves the socket:', '+ auth_basic off;'),
    written('apache', 'For the location of the socket:', '+ Require all granted'),
    written('caddy', 'Exempt the path of the socket:', '- basicauth /* {', '+ basicauth /admin/* {'),
  ],
  AUTH_IP_DENIED: [
    run('nginx', 'Before the line that denies:', '+ allow 203.0.113.0/24;', '  deny all;'),
    written('haproxy', 'Exempt the network:', '+ http-request allow if { src 203.0.113.0/24 }'),
  ],
  CLIENT_NO_TIMEOUT: [
    written('client', 'A client of ws:', 'new WebSocket(url, { handshakeTimeout: 10_000 });'),
    run(
      'client',
      'A client of handfast has a deadline of 10 s:',
      'connect(url, { timeouts: { connectMs: 10_000 } });',
    ),
  ],
  SEC_VERBOSE_ERROR: [
    written('express', 'In the environment of the process:', 'NODE_ENV=production'),
    written('werkzeug', 'Switch the debugger off:', 'app.run(debug=False)'),
  ],
};
