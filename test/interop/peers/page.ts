// Knows: a page of Chromium as a peer: the client modes of scenario.ts as functions of the page, and with which status
// the browser's own developer tools say that each WebSocket opened. Must not know: what should come out.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BrowserContext, Page } from 'playwright-core';
import type { Report } from '../scenario.js';
import type { Mode } from '../suite.js';
import { compressed } from './standard.js';

export interface PagePeer {
  readonly page: Page;
  /** 101 for each WebSocket that opened over HTTP/1.1, 200 over HTTP/2. */
  readonly statuses: number[];
  run(mode: Exclude<Mode, 'refused'>, url: string): Promise<Report>;
  /** Opens so many; once all are open, each sends its number. Resolves with what came back, when all are closed. */
  several(url: string, count: number): Promise<string[]>;
  /** Opens one and leaves it open, as long as the page is there. */
  keep(url: string): Promise<void>;
}

/** Answers a plain request with an empty page. */
export function givePage(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<!doctype html><title>ours</title>');
}

/** Opens a page. It may then connect to its own origin, and to whoever lets it. */
export async function openPage(context: BrowserContext, url: string): Promise<PagePeer> {
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  const statuses: number[] = [];
  tools.on('Network.webSocketHandshakeResponseReceived', ({ response }) => statuses.push(response.status));
  await tools.send('Network.enable');
  await page.goto(url);
  await page.addScriptTag({ content: SCRIPT });
  const call = <Result>(name: string, ...values: unknown[]) =>
    page.evaluate(`peer.${name}(${values.map((value) => JSON.stringify(value)).join()})`) as Promise<Result>;
  return {
    page,
    statuses,
    run: (mode, target) => call<Report>(mode, target),
    several: (target, count) => call<string[]>('several', target, count),
    keep: (target) => call<void>('keep', target),
  };
}

const SCRIPT = `
  const events = (ws) => {
    const queue = [], waiting = [];
    const give = (event) => (waiting.length ? waiting.shift()(event) : queue.push(event));
    for (const name of ['open', 'message', 'close']) ws.addEventListener(name, give);
    return () => (queue.length ? Promise.resolve(queue.shift()) : new Promise((resolve) => waiting.push(resolve)));
  };
  const payload = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 31 + 7) & 255);
  window.peer = {};
  peer.talk = async (url) => {
    const ws = new WebSocket(url, ['chat.v1', 'echo.v2']);
    ws.binaryType = 'arraybuffer';
    const next = events(ws);
    const first = await next();
    if (first.type !== 'open') return { close: [first.code, first.reason] };
    ws.send('grüße, 世界 👋');
    const text = (await next()).data;
    ws.send(payload);
    const bytes = new Uint8Array((await next()).data);
    const binary = bytes.length === payload.length && bytes.every((byte, index) => byte === payload[index]);
    ws.send('please: ping');
    const answered = (await next()).data;
    ws.close(4001, 'done ✓');
    const { code, reason } = await next();
    const { protocol: subprotocol, extensions } = ws;
    return { subprotocol, extensions, text, binary, answered, close: [code, reason] };
  };
  peer.closed = async (url) => {
    const next = events(new WebSocket(url));
    const first = await next();
    const { code, reason } = first.type === 'open' ? await next() : first;
    return { close: [code, reason] };
  };
  peer.compressed = (url) => (${compressed})(WebSocket, url);
  peer.keep = async (url) => {
    const ws = new WebSocket(url, ['echo.v2']);
    await events(ws)();
    peer.kept = ws;
  };
  peer.several = async (url, count) => {
    const sockets = Array.from({ length: count }, () => new WebSocket(url, ['echo.v2']));
    const nexts = sockets.map(events);
    for (const next of nexts) await next();
    sockets.forEach((ws, index) => ws.send(String(index)));
    const answers = await Promise.all(nexts.map(async (next) => (await next()).data));
    for (const ws of sockets) ws.close();
    for (const next of nexts) await next();
    return answers;
  };
`;
