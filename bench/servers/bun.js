// As the documentation of Bun shows it: an echo, or with --broadcast every message published to all. With --compress all
// of it compressed. Runs in Bun.
const compress = process.argv.includes('--compress');
const broadcast = process.argv.includes('--broadcast');
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request, server) {
    if (server.upgrade(request)) return;
    return new Response('Upgrade failed', { status: 500 });
  },
  websocket: {
    perMessageDeflate: compress,
    open(ws) {
      if (broadcast) ws.subscribe('all');
    },
    message(ws, message) {
      if (broadcast) server.publish('all', message, compress);
      else ws.send(message, compress);
    },
  },
});
console.log(`listening ${server.port}`);
