// As the README of ws shows it: an echo, or with --broadcast every message to all. With --compress in the same manner as
// the others: nothing kept from message to message, and small messages compressed too.
import WebSocket, { WebSocketServer } from 'ws';

const compression = { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 };
const server = new WebSocketServer({
  port: 0,
  host: '127.0.0.1',
  perMessageDeflate: process.argv.includes('--compress') ? compression : false,
});
const answer = process.argv.includes('--broadcast') ? broadcast : echo;

server.on('connection', (ws) => {
  ws.on('error', console.error);
  ws.on('message', (data, isBinary) => answer(ws, data, isBinary));
});
server.on('listening', () => console.log(`listening ${server.address().port}`));

function echo(ws, data, isBinary) {
  ws.send(data, { binary: isBinary });
}

function broadcast(_, data, isBinary) {
  server.clients.forEach((client) => {
    if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
  });
}
