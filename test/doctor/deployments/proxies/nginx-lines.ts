// Knows: the lines that deployments of nginx are made of, and what one of them is. Must not know: the deployments.
import type { Row } from './row.js';

export interface NginxRow extends Row {
  /** Behind the port in `listen`. */
  readonly listen?: 'ssl' | 'ssl http2' | 'http2' | 'proxy_protocol';
  /** Where the file's own lines have to stand outside of the server. */
  readonly http?: string;
}

export const UPGRADE = `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;`;
export const HOST = 'proxy_set_header Host $http_host;';

/** Everything goes to one server, as these lines say. */
export const passing = (to: string, ...lines: string[]) =>
  `location / { proxy_pass http://${to}; ${lines.join('\n  ')} }`;

/** The same, with all that a right configuration has. */
export const right = (to: string, ...lines: string[]) => passing(to, UPGRADE, HOST, ...lines);

/** The answer, and that it is a page of nginx itself. */
export const page = (status: number) =>
  new RegExp(`^HTTP/1\\.1 ${status} .*\\nServer: nginx/[\\s\\S]*<center>nginx/`);
