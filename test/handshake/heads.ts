// One valid request and one valid response as lines of text, and ways to change one thing and read the outcome.
import assert from 'node:assert/strict';
import type { RequestHead, ResponseHead } from '../../src/handshake/head.js';
import { headFromHttp2 } from '../../src/handshake/http2-head.js';
import { HeadParser, type Progress } from '../../src/handshake/parser.js';
import { auditRequest, judgeRequest } from '../../src/handshake/request.js';
import { type Asked, auditResponse, judgeResponse } from '../../src/handshake/response.js';

export const KEY = 'x3JJHMbDL1EzLkh9GBhXDw==';
export const ACCEPT = 'HSmrc0sMlYUkAGmm5OPpG2HaGWk=';

export const REQUEST = [
  'GET /chat?room=42 HTTP/1.1',
  'Host: example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${KEY}`,
  'Sec-WebSocket-Version: 13',
];

/** RFC 8441 §5.1, as HTTP/2 carries it. */
export const CONNECT = [
  ':method: CONNECT',
  ':protocol: websocket',
  ':scheme: https',
  ':authority: example.com',
  ':path: /chat?room=42',
  'sec-websocket-version: 13',
];

export const RESPONSE = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Accept: ${ACCEPT}`,
];

/** Lines as they go over the wire, with the empty line behind them. */
export function wire(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** `lines` with those that start with `prefix` replaced, or with more lines at the end for `''`. */
export function change(lines: readonly string[], prefix: string, ...by: string[]): string[] {
  if (prefix === '') return [...lines, ...by];
  const at = lines.findIndex((line) => line.startsWith(prefix));
  assert.ok(at >= 0, `no line starts with ${prefix}`);
  return lines.toSpliced(at, 1, ...by);
}

/** What HTTP/2 makes of these lines. */
export function connectHead(lines: readonly string[] = CONNECT, ended = false): RequestHead {
  const raw = lines.flatMap((line) => {
    const colon = line.indexOf(':', 1);
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  return headFromHttp2(raw, ended);
}

export function parseRequest(bytes: Uint8Array): Progress<RequestHead> {
  return new HeadParser('request').push(bytes);
}

export function parseResponse(bytes: Uint8Array): Progress<ResponseHead> {
  return new HeadParser('response').push(bytes);
}

/** The code of the first reason to refuse a request made of these lines; `''` when it is accepted. */
export function requestCode(lines: readonly string[]): string {
  const progress = parseRequest(wire(lines));
  if (progress.state !== 'head') return codeOf(progress);
  const verdict = judgeRequest(progress.head);
  return verdict.ok ? '' : verdict.rejection.reason.code;
}

export function requestCodes(lines: readonly string[]): string[] {
  const progress = parseRequest(wire(lines));
  if (progress.state !== 'head') return [codeOf(progress)];
  return auditRequest(progress.head).map((rejection) => rejection.reason.code);
}

export function responseCode(lines: readonly string[], asked: Asked = { key: KEY }): string {
  const progress = parseResponse(wire(lines));
  if (progress.state !== 'head') return codeOf(progress);
  const verdict = judgeResponse(progress.head, asked);
  return verdict.ok ? '' : verdict.rejection.reason.code;
}

export function responseCodes(lines: readonly string[], asked: Asked = { key: KEY }): string[] {
  const progress = parseResponse(wire(lines));
  if (progress.state !== 'head') return [codeOf(progress)];
  return auditResponse(progress.head, asked).map((rejection) => rejection.reason.code);
}

export function codeOf(progress: Progress<unknown>): string {
  assert.ok(progress.state === 'rejected', `the parser says ${progress.state}`);
  return progress.rejection.reason.code;
}

export function requestHead(lines: readonly string[] = REQUEST): RequestHead {
  const progress = parseRequest(wire(lines));
  assert.ok(progress.state === 'head');
  return progress.head;
}

export function responseHead(lines: readonly string[] = RESPONSE): ResponseHead {
  const progress = parseResponse(wire(lines));
  assert.ok(progress.state === 'head');
  return progress.head;
}
