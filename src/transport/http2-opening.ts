// Knows: how a connected socket becomes an HTTP/2 session of a client: what is offered, what the server's SETTINGS must say, how it
// fails. RFC 9113 §3.4, RFC 8441 §3. Must not know: what becomes of the session.
import { type ClientSessionOptions, connect, type Settings } from 'node:http2';
import type { Socket } from 'node:net';
import type { Evidence } from '../reason.js';
import { H2_FAILURES } from './http2-failures.js';
import { Session, type SessionOptions, wordFor } from './http2-session.js';
import type { Patience, Stop } from './patience.js';
import { type Failure, failed, isTlsError, tlsFailure } from './system-errors.js';

/** What one stream may have under way to us while nobody reads it. */
const STREAM_WINDOW_BYTES = 262_144;

/** The head of an answer at most, as HPACK counts. Each attempt has its own limits below these. */
const MAX_HEAD_BYTES = 65_536;
const MAX_HEAD_FIELDS = 256;

export type Opened = { readonly ok: true; readonly value: Session } | Failure;

/** Speaks HTTP/2 over a connected socket until its SETTINGS have come. On failure both are destroyed. */
export function openSession(socket: Socket, patience: Patience, options: SessionOptions): Promise<Opened> {
  return new Promise((resolve) => {
    const http2 = connect(AUTHORITY, { ...CONNECT_OPTIONS, createConnection: () => socket });
    const fail = (failure: Failure) => {
      http2.off('close', onClose).destroy();
      socket.destroy();
      resolve(failure);
    };
    const onError = (error: Error) => fail(sessionFailure(error));
    const onClose = () => fail(failed(H2_FAILURES.H2_SESSION_FAILED, { seen: 'FIN' }));
    const onSettings = (settings: Settings) => {
      http2.off('close', onClose);
      const refused = refusedBy(settings);
      if (refused !== undefined) return fail(failed(H2_FAILURES.H2_NOT_OFFERED, refused));
      http2.off('error', onError);
      resolve({ ok: true, value: new Session(http2, socket, options) });
    };
    patience.entrust((why) => fail(unsettled(patience, why)));
    http2.on('error', onError).once('close', onClose).once('remoteSettings', onSettings);
  });
}

/** SETTINGS were still awaited. */
export function unsettled(patience: Patience, why: Stop): Failure {
  return patience.failure(why, 'upgrade', H2_FAILURES.H2_NO_SETTINGS, 'no SETTINGS');
}

/** Every request names its own. */
const AUTHORITY = 'http://localhost';

const CONNECT_OPTIONS: ClientSessionOptions = {
  maxHeaderListPairs: MAX_HEAD_FIELDS,
  settings: {
    enablePush: false,
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxHeaderListSize: MAX_HEAD_BYTES,
  },
};

function sessionFailure(error: Error): Failure {
  // In TLS 1.3 the server judges the client's certificate after the client has finished.
  if (isTlsError(error)) return tlsFailure(error, '');
  return failed(H2_FAILURES.H2_SESSION_FAILED, { seen: wordFor(error) }, error);
}

/** Why a server with these SETTINGS cannot be asked for a WebSocket. */
function refusedBy({ enableConnectProtocol, maxConcurrentStreams }: Settings): Evidence | undefined {
  // RFC 8441 §3: only after a 1 may the request be sent. Node would send it anyway, and that can end the whole session.
  if (enableConnectProtocol !== true) {
    return { field: 'SETTINGS_ENABLE_CONNECT_PROTOCOL', seen: 'not 1', wanted: '1' };
  }
  if (maxConcurrentStreams !== 0) return undefined;
  return { field: 'SETTINGS_MAX_CONCURRENT_STREAMS', seen: '0', wanted: 'at least 1' };
}
