// Composes an HTTP archive out of what Chromium tells DevTools of its sockets, as the network panel's export does: an error
// becomes a message of type `error`, and of a refused handshake there is no response.
import type { CDPSession } from 'playwright-core';
import { har } from './archives.js';

type Json = Record<string, unknown>;

interface Entry {
  request: Json;
  response: Json;
  startedDateTime: string;
  readonly messages: Json[];
}

const pairs = (headers: Record<string, string> = {}) =>
  Object.entries(headers).map(([name, value]) => ({ name, value }));

/** Listens from now on; the function that is answered yields the archive so far. */
export async function recordSockets(session: CDPSession): Promise<() => Json> {
  const entries = new Map<string, Entry>();
  const of = (id: string) => entries.get(id)!;
  /** Seconds between the clock of the events and that of the world. */
  let offset = 0;
  session.on('Network.webSocketCreated', ({ requestId, url }) => {
    const response = { status: 0, statusText: '', headers: [], content: {}, _error: null };
    entries.set(requestId, {
      request: { method: 'GET', url, httpVersion: 'HTTP/1.1', headers: [] },
      response,
      startedDateTime: '',
      messages: [],
    });
  });
  session.on('Network.webSocketWillSendHandshakeRequest', ({ requestId, request, timestamp, wallTime }) => {
    offset = wallTime - timestamp;
    of(requestId).startedDateTime = new Date(wallTime * 1000).toISOString();
    of(requestId).request.headers = pairs(request.headers);
  });
  session.on('Network.webSocketHandshakeResponseReceived', ({ requestId, response }) => {
    const { status, statusText, headers } = response;
    of(requestId).response = { status, statusText, headers: pairs(headers), content: {}, _error: null };
  });
  const message =
    (type: string) =>
    (event: { requestId: string; timestamp: number; response: { opcode: number; payloadData: string } }) =>
      void of(event.requestId).messages.push({
        type,
        time: event.timestamp + offset,
        opcode: event.response.opcode,
        data: event.response.payloadData,
      });
  session.on('Network.webSocketFrameSent', message('send'));
  session.on('Network.webSocketFrameReceived', message('receive'));
  session.on('Network.webSocketFrameError', ({ requestId, timestamp, errorMessage }) => {
    of(requestId).messages.push({ type: 'error', time: timestamp + offset, opcode: -1, data: errorMessage });
  });
  await session.send('Network.enable');
  return () =>
    har(
      'WebInspector',
      [...entries.values()].map(({ messages, ...rest }) => ({
        ...rest,
        _resourceType: 'websocket',
        _webSocketMessages: messages,
      })),
    );
}
