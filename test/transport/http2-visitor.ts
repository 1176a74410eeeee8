// Knows: a client over HTTP/2 that is not ours (node:http2), for tests of the server's half: sessions, requests,
// WebSockets as streams. Must not know: what is tried.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import { frame, readFrames, type SeenFrame } from '../hostile/bytes.js';
import { certificate } from '../support/tls.js';

/** A session that knows the server's SETTINGS. */
export async function session(
  port: number,
  options: SecureClientSessionOptions & { secure?: boolean } = {},
): Promise<ClientHttp2Session> {
  const { secure = true, ...rest } = options;
  const made = connect(`http${secure ? 's' : ''}://localhost:${port}`, { ca: certificate().ca, ...rest });
  made.on('error', () => {});
  await once(made, 'remoteSettings');
  assert.equal(made.remoteSettings.enableConnectProtocol, true);
  return made;
}

/** An answer to a request. */
export interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request with a body, and reads the whole answer. */
export async function ask(
  over: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Told> {
  const stream = over.request(headers, { endStream: body === undefined && headers[':method'] !== 'CONNECT' });
  if (body !== undefined) stream.end(body);
  const answer = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    stream.once('response', resolve).on('error', reject);
    stream.once('close', () => reject(new Error(`no answer, RST_STREAM ${stream.rstCode}`)));
  });
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return { status: Number(answer[':status']), headers: answer, body: String(Buffer.concat(parts)) };
}

/** What opens a WebSocket (RFC 8441 §5.1). */
export function connecting(path = '/ws', more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': path,
    'sec-websocket-version': '13',
    ...more,
  };
}

/** A WebSocket on a stream. */
export class Visitor {
  readonly stream: ClientHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  #octets: Buffer = Buffer.alloc(0);
  #news: () => void = () => {};

  private constructor(stream: ClientHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
    stream.on('error', () => {}).on('close', () => this.#news());
    stream.on('data', (chunk: Buffer) => {
      this.#octets = Buffer.concat([this.#octets, chunk]);
      this.#news();
    });
  }

  static async open(over: ClientHttp2Session, path?: string, more?: OutgoingHttpHeaders): Promise<Visitor> {
    const stream = over.request(connecting(path, more), { endStream: false });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    assert.equal(headers[':status'], 200);
    return new Visitor(stream, headers);
  }

  say(...what: Parameters<typeof frame>): this {
    this.stream.write(frame(...what));
    return this;
  }

  get frames(): SeenFrame[] {
    return readFrames(this.#octets);
  }

  /** Waits for so many frames. */
  async until(count: number): Promise<SeenFrame[]> {
    while (this.frames.length < count) {
      assert.ok(!this.stream.closed, `the stream ended after ${this.frames.length} frames`);
      await new Promise<void>((resolve) => {
        this.#news = resolve;
      });
    }
    return this.frames;
  }

  async echo(text: string): Promise<void> {
    const count = this.frames.length + 1;
    const frames = await this.say(1, text).until(count);
    assert.equal(String(frames[count - 1]?.payload), text);
  }
}
