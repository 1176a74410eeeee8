// Knows: how handshakes are written as an archive that browsers and explain read (HAR 1.2), those that were refused with the heads that
// no browser's archive has. Must not know: how they were kept. http://www.softwareishard.com/blog/har-12-spec/
import type { Fields } from '../handshake/head.js';
import { version } from '../version.js';
import type { Kept } from './kept.js';
import type { FrameRow } from './protocol.js';

export function harOf(
  all: readonly Kept[],
  framesOf: (id: number) => readonly FrameRow[] | undefined,
): object {
  return {
    log: {
      version: '1.2',
      creator: { name: 'handfast inspector', version },
      pages: [],
      entries: all.map((kept) => entry(kept, framesOf(kept.id))),
    },
  };
}

function entry(kept: Kept, frames: readonly FrameRow[] | undefined): object {
  const { row, response, responseBody, rejection } = kept;
  const host = kept.request?.fields.get('host') ?? 'localhost';
  const mimeType = response?.fields.get('content-type') ?? '';
  return {
    startedDateTime: new Date(row.at - row.tookMs).toISOString(),
    time: row.tookMs,
    request: requestOf(kept, `${row.secure ? 'wss' : 'ws'}://${host}${row.target}`),
    response: {
      status: row.status,
      statusText: response?.reason ?? '',
      httpVersion: row.carrier === 'h2' ? 'h2' : 'HTTP/1.1',
      cookies: [],
      headers: headersOf(response?.fields),
      content: { size: responseBody.length, mimeType, ...(responseBody !== '' && { text: responseBody }) },
      redirectURL: '',
      headersSize: -1,
      bodySize: responseBody.length,
    },
    cache: {},
    timings: { send: 0, wait: row.tookMs, receive: 0 },
    serverIPAddress: '',
    ...(row.connection !== undefined && { connection: String(row.id) }),
    _resourceType: 'websocket',
    ...(frames !== undefined && { _webSocketMessages: messagesOf(frames) }),
    ...(rejection !== undefined && { _handfast: { code: rejection.reason.code, outcome: row.outcome } }),
  };
}

function requestOf({ request, row }: Kept, url: string): object {
  const query = row.target.split('?')[1] ?? '';
  return {
    method: row.method === '' ? 'GET' : row.method,
    url,
    httpVersion: row.carrier === 'h2' ? 'h2' : `HTTP/${request?.version ?? '1.1'}`,
    cookies: [],
    headers: headersOf(request?.fields),
    queryString: query === '' ? [] : query.split('&').map(pair),
    headersSize: -1,
    bodySize: 0,
  };
}

function headersOf(fields: Fields | undefined): Array<{ readonly name: string; readonly value: string }> {
  return [...(fields ?? [])].map(([name, value]) => ({ name, value }));
}

function pair(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: '' } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** Chrome's dialect: seconds since 1970, text as it is, everything else in base64. */
function messagesOf(frames: readonly FrameRow[]): object[] {
  return frames
    .filter(({ opcode, payload }) => payload !== undefined && (opcode === 1 || opcode === 2))
    .map(({ at, direction, opcode, payload = '' }) => ({
      type: direction === 'in' ? 'send' : 'receive',
      time: at / 1000,
      opcode,
      data: opcode === 1 ? Buffer.from(payload, 'base64').toString('utf8') : payload,
    }));
}
