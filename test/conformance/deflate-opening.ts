// Opening handshakes about permessage-deflate with one side of ours: the other is a raw socket that offers or answers whatever
// it is told. It judges nothing; the tests do.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer as createListener, connect as dial, type Socket } from 'node:net';
import type { Connection } from '../../src/connection/connection.js';
import { connect, createServer, type RouteOptions } from '../../src/index.js';

export type Compression = NonNullable<RouteOptions['compression']>;

/** The raw end of a connection that is open, and ours. */
export interface Opened {
  readonly socket: Socket;
  readonly connection: Connection;
  /** `Sec-WebSocket-Extensions` as ours has written it, '' where it did not. */
  readonly field: string;
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const EXTENSIONS = 'Sec-WebSocket-Extensions';

/** A server of ours that echoes. */
export class EchoServer {
  readonly #server;
  #arrived: (connection: Connection) => void = () => {};

  constructor(compression: Compression) {
    this.#server = createServer({
      port: 0,
      compression,
      limits: { maxHandshakesPerSecond: Number.POSITIVE_INFINITY },
      onconnection: (connection) => this.#arrived(connection),
      onbytes: (connection, bytes, isText) => void connection.send(bytes, { text: isText }),
    });
  }

  /** Connects, offering these extensions. `field` is the answer. */
  async open(offers: string): Promise<Opened> {
    await this.#server.ready;
    const socket = dial(this.#server.port, '127.0.0.1').setNoDelay(true);
    const arrived = new Promise<Connection>((resolve) => {
      this.#arrived = resolve;
    });
    socket.write(
      `GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${KEY}\r\n${EXTENSIONS}: ${offers}\r\n\r\n`,
    );
    const head = await headOf(socket);
    assert.match(head, /^HTTP\/1\.1 101 /, 'whatever is offered, the handshake goes on');
    return { socket, connection: await arrived, field: fieldOf(head, EXTENSIONS) };
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

/** A listener that answers clients of ours by hand. */
export class AnsweringServer {
  readonly #listener = createListener().listen(0, '127.0.0.1');

  /**
   * Lets a client of ours connect, which then echoes. `answer` is given the offers and says what is answered, '' for no such field.
   * Rejects with the client's error when it takes offence.
   */
  async open(compression: Compression, answer: (offers: string) => string): Promise<Opened> {
    if (!this.#listener.listening) await once(this.#listener, 'listening');
    const { port } = this.#listener.address() as AddressInfo;
    const connecting = connect(`ws://127.0.0.1:${port}/`, { compression });
    const [socket] = (await once(this.#listener, 'connection')) as [Socket];
    // Whichever side takes offence, both end.
    connecting.catch(() => socket.destroy());
    try {
      const head = await headOf(socket.setNoDelay(true));
      const field = fieldOf(head, EXTENSIONS);
      socket.write(answerTo(fieldOf(head, 'Sec-WebSocket-Key'), answer(field)));
      const connection = await connecting;
      connection.onbytes = (bytes, isText) => void connection.send(bytes, { text: isText });
      return { socket, connection, field };
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  close(): void {
    this.#listener.close();
  }
}

function answerTo(key: string, extensions: string): string {
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  return (
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Accept: ${accept}\r\n` +
    (extensions === '' ? '\r\n' : `${EXTENSIONS}: ${extensions}\r\n\r\n`)
  );
}

/** A head, after which the socket pauses; nothing may come with it. */
function headOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const onData = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.pause().off('data', onData);
      if (head.endsWith('\r\n\r\n')) resolve(head);
      else reject(new Error('octets behind the head'));
    };
    socket.on('data', onData);
    socket.once('error', () => {});
    socket.once('close', () => reject(new Error(`ended behind ${JSON.stringify(head)}`)));
  });
}

function fieldOf(head: string, name: string): string {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(head)?.[1] ?? '';
}
