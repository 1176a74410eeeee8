// Knows: how a person uses the chat's page: opens it, joins, says something, reads.
// Must not know: what should be read.
import type { BrowserContext, Page } from 'playwright-core';
import type { Served } from './harness.js';

export function pageUrl(served: Served, room = '42'): string {
  const scheme = served.url.protocol === 'wss:' ? 'https' : 'http';
  return `${scheme}://${served.url.host}/?room=${encodeURIComponent(room)}`;
}

export interface ChatPage extends Page {
  /** What its console says of errors. */
  readonly errors: string[];
  /** With which status each WebSocket opened, by the browser's own tools: 101, or over HTTP/2 200. */
  readonly statuses: number[];
}

/** A page that is connected, or in another state. */
export async function open(context: BrowserContext, url: string, state = 'open'): Promise<ChatPage> {
  const page = Object.assign(await context.newPage(), { errors: [] as string[], statuses: [] as number[] });
  page.on('console', (message) => message.type() === 'error' && page.errors.push(message.text()));
  page.on('pageerror', (error) => page.errors.push(error.message));
  const tools = await context.newCDPSession(page);
  tools.on('Network.webSocketHandshakeResponseReceived', ({ response }) =>
    page.statuses.push(response.status),
  );
  await tools.send('Network.enable');
  await page.goto(url);
  await page.locator(`#status[data-state=${state}]`).waitFor();
  // What the server saw comes with its first message.
  if (state === 'open') await page.locator('#request dt').first().waitFor({ state: 'attached' });
  return page;
}

export async function join(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.locator('#say-form').waitFor();
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel(/^Message to room/).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

export async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? '';
}

export const heard = (page: Page, text: string) => page.locator('#log .text', { hasText: text }).waitFor();
export const people = (page: Page) => page.locator('#people .name').allTextContents();

export async function untilPeople(page: Page, count: number): Promise<string[]> {
  await page.locator('#people-count', { hasText: new RegExp(`^${count}$`) }).waitFor();
  return people(page);
}
