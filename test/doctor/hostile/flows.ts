// Knows: how a hostile server writes: without an end, or drop by drop. Must not know: what.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { greeting } from '../deployments/servers/listen.js';
import type { Host } from '../deployments/servers/row.js';

/** Writes as fast as the other side reads, for ever. */
export function flood(socket: Duplex, octets: Uint8Array | string): void {
  const piece = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets;
  const pour = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', pour);
  pour();
}

/** One octet a second, for ever; the last one again and again. */
export function drip(socket: Duplex, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(text[Math.min(at, text.length - 1)]!, 'latin1');
    at += 1;
  }, 1_000);
  socket.once('close', () => clearInterval(timer));
}

export const PAGE = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n';
export const OPENING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n';
export const KIB = 1_024;

/** Does this with whoever begins TLS. */
export function greetingHello(answer: (socket: Socket) => void): Promise<Host> {
  return greeting((socket) => void socket.once('data', () => answer(socket)), 'wss');
}
