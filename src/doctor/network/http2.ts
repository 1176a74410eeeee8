// Knows: what a peer offers over HTTP/2: its SETTINGS and, where they allow it, what becomes of one extended CONNECT. RFC 8441.
// Must not know: how the line came up, or what the answer means.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { FieldLine } from '../../handshake/head.js';
import type { Http2Seen } from '../observation.js';

const MAX_INTERIM = 10;

type Seen = { -readonly [Key in keyof Http2Seen]: Http2Seen[Key] };

/** Asks on a line on which ALPN chose h2. Never rejects; the socket is destroyed at the end. */
export function askHttp2(
  socket: Socket,
  fields: readonly FieldLine[],
  limitMs: number,
  signal: AbortSignal,
): Promise<Http2Seen> {
  return new Promise((resolve) => {
    const seen: Seen = { alpn: 'h2' };
    const session = connect('https://doctor.invalid', { createConnection: () => socket });
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      session.destroy();
      socket.destroy();
      resolve(seen);
    };
    const timer = setTimeout(done, limitMs);
    signal.addEventListener('abort', done, { once: true });
    session.on('error', (error) => fail(seen, error.message, done));
    session.on('goaway', (code) => fail(seen, `GOAWAY ${errorName(code)}`, done));
    session.on('close', done);
    session.once('remoteSettings', (settings) => {
      seen.offersConnect = settings.enableConnectProtocol === true;
      if (seen.offersConnect) open(session, fields, seen, done);
      else done();
    });
  });
}

function open(session: ClientHttp2Session, fields: readonly FieldLine[], seen: Seen, done: () => void): void {
  const stream = requested(session, fields, seen);
  if (stream === undefined) return done();
  stream.on('response', (headers) => {
    seen.status = Number(headers[':status'] ?? 0);
    seen.fields = Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .map(
        ([name, value]): FieldLine => [name, Array.isArray(value) ? value.join(', ') : String(value ?? '')],
      )
      .slice(0, 100);
    stream.close(constants.NGHTTP2_CANCEL);
    done();
  });
  let interim = 0;
  stream.on('headers', () => {
    interim += 1;
    if (interim > MAX_INTERIM) fail(seen, 'interim answers without an end', done);
  });
  stream.on('error', () => {});
  stream.on('close', () => {
    if (seen.status === undefined) seen.reset ??= `RST_STREAM ${errorName(stream.rstCode)}`;
    done();
  });
}

/** Undefined, and nothing is known, for fields that HTTP/2 must not carry, and for a session that ends already. */
function requested(
  session: ClientHttp2Session,
  fields: readonly FieldLine[],
  seen: Seen,
): ClientHttp2Stream | undefined {
  try {
    return session.request(gathered(fields), { endStream: false });
  } catch {
    delete seen.offersConnect;
    return undefined;
  }
}

/** As node:http2 takes fields; a name may stand twice. */
function gathered(fields: readonly FieldLine[]): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return headers;
}

function fail(seen: Seen, how: string, done: () => void): void {
  seen.reset ??= how;
  done();
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants)
    .filter(([name]) =>
      /^NGHTTP2_(?:NO_ERROR|PROTOCOL_ERROR|INTERNAL_ERROR|FLOW_CONTROL_ERROR|SETTINGS_TIMEOUT|STREAM_CLOSED|FRAME_SIZE_ERROR|REFUSED_STREAM|CANCEL|COMPRESSION_ERROR|CONNECT_ERROR|ENHANCE_YOUR_CALM|INADEQUATE_SECURITY|HTTP_1_1_REQUIRED)$/.test(
        name,
      ),
    )
    .map(([name, code]) => [code as number, name.slice('NGHTTP2_'.length)]),
);

/** RFC 9113 §7. */
function errorName(code: number): string {
  return NAMES.get(code) ?? String(code);
}
