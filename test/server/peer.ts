// Knows: one server of a test and how it is asked: a handshake, its answer, an open connection. Must not know: what is tried.
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerOptions } from '../../src/index.js';
import { type Answer, frame, Op, readAnswer, readFrames, upgrade } from '../hostile/bytes.js';
import { type RawConnection, type RawOptions, raw } from '../support/raw.js';

export const FREE = {
  maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
  maxHandshakesPerSecond: Number.POSITIVE_INFINITY,
};

/** Listens on a free port, and echoes unless told otherwise. */
export async function serve<Context = undefined>(
  options: Partial<ServerOptions<Context>> = {},
): Promise<Server<Context>> {
  const server = createServer<Context>({
    port: 0,
    onmessage: (connection, message) => void connection.send(message),
    ...options,
    limits: { ...FREE, ...options.limits },
  });
  return await server.ready;
}

/** The answer to these bytes: whole, and with FIN behind it unless it is a 101. */
export async function ask(
  port: number,
  bytes: string = upgrade(),
  options: RawOptions = {},
): Promise<Answer> {
  using connection = await raw(port, options);
  const received = await connection.send(bytes).until('\r\n\r\n');
  if (readStatus(received) === 101) return readAnswer(connection.received);
  const { end } = await connection.ending(2000);
  assert.equal(end, 'fin');
  return readAnswer(connection.received);
}

const readStatus = (bytes: Buffer) => Number(bytes.toString('latin1', 9, 12));

/** `accepted`, or the code of the refusal. */
export async function outcome(port: number, bytes?: string, options?: RawOptions): Promise<string> {
  const answer = await ask(port, bytes, options);
  return answer.status === 101 ? 'accepted' : JSON.parse(answer.body).code;
}

/** A connection behind its 101. */
export async function opened(
  port: number,
  bytes: string = upgrade(),
  options: RawOptions = {},
): Promise<RawConnection> {
  const connection = await raw(port, options);
  const answer = readAnswer(await connection.send(bytes).until('\r\n\r\n'));
  assert.equal(answer.status, 101, answer.body);
  connection.take();
  return connection;
}

/** Sends a text and waits for what comes back. */
export async function echoOf(connection: RawConnection, text: string): Promise<string> {
  connection.send(frame(Op.text, text));
  await connection.until(text.length + 2);
  return String(readFrames(connection.take())[0]!.payload);
}
