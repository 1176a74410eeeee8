// Bun's server. Prints its port. The paths are those of ../scenario.ts: /echo, /close, /private. Bun sends no fragments.
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === '/private') {
      return new Response('no token\n', {
        status: 401,
        headers: { 'WWW-Authenticate': 'Bearer realm="peers"' },
      });
    }
    const offered = request.headers.get('Sec-WebSocket-Protocol') ?? '';
    const headers = offered.includes('echo.v2') ? { 'Sec-WebSocket-Protocol': 'echo.v2' } : {};
    if (server.upgrade(request, { data: { closes: pathname === '/close' }, headers })) return;
    return new Response('a WebSocket is wanted\n', { status: 426 });
  },
  websocket: {
    perMessageDeflate: true,
    maxPayloadLength: 2 ** 24,
    open(ws) {
      if (ws.data.closes) ws.close(4002, 'bye ✓');
    },
    message(ws, message) {
      if (message === 'please: ping') ws.ping('server asks');
      else ws.send(message, true);
    },
    pong(ws) {
      ws.send('pong came');
    },
  },
});
console.log(server.port);
