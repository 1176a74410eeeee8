// Knows: what a deployment of HAProxy is, and the lines and answers that several have. Must not know: the deployments.
import type { Row } from './row.js';

export interface HaproxyRow extends Row {
  /** Behind the port in `bind`. */
  readonly bind?: string;
  /** Lines of the frontend; those of the backend are `lines`. */
  readonly front?: string;
  /** False: nothing leads to the backend. */
  readonly routed?: false;
}

export const OPEN = /^HTTP\/1\.1 101 [\s\S]*\nsec-websocket-accept: /;
export const to = (server: string, more = '') => `server app ${server} ${more}`;

/** The answer, and that it is a page of HAProxy itself: it has no Date. */
export const page = (status: number, words: string) =>
  new RegExp(`^HTTP/1\\.[01] ${status} (?![\\s\\S]*\\ndate:)[\\s\\S]*${words}`, 'i');
