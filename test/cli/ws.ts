// Knows: npm `ws` as a client and server that are not ours. It comes without types: what is used of it is said here.
// Must not know: what is tested with it.
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

export interface WebSocket extends EventEmitter {
  readonly protocol: string;
  /** Names only. */
  readonly extensions: string;
  send(data: string | Uint8Array, options?: { fin?: boolean }): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

export interface WebSocketServer extends EventEmitter {
  on(event: 'connection', listener: (socket: WebSocket, request: { url: string }) => void): this;
  address(): AddressInfo;
  close(): void;
}

interface Package {
  readonly WebSocket: new (url: string | URL, protocols?: string[], options?: object) => WebSocket;
  readonly WebSocketServer: new (options: object) => WebSocketServer;
}

export const { WebSocket, WebSocketServer } = createRequire(import.meta.url)('ws') as Package;
