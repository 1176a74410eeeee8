// Knows: what is said before anything is sent: about the URL, the page, its rules, and the machine.
// Must not know: how a text is searched. Measured with Chromium 156 and ws 8.23.
import { type KnownText, said } from './texts.js';

export const PAGE_TEXTS: readonly KnownText[] = [
  said('Chromium', /URL's scheme must be either|The scheme must be either 'ws' or 'wss'/, 'URL_SCHEME'),
  said('Chromium', /URL contains a fragment identifier/, 'URL_FRAGMENT'),
  said('Chromium', /The subprotocol '[^']{0,500}' is (?:invalid|duplicated)/, 'URL_PROTOCOL_TOKEN'),
  said(
    'Chromium',
    /insecure WebSocket connection may not be initiated from a page loaded over HTTPS|Mixed Content: The page at/,
    'BROWSER_MIXED_CONTENT',
  ),
  said(
    'Chromium, Firefox',
    /violates the following (?:Content Security Policy )?directive|blocked [^\n]{0,200}connect-src/,
    'BROWSER_CSP',
  ),
  said('Chromium', /ERR_UNSAFE_PORT/, 'BROWSER_BAD_PORT'),
  said('Chromium', /ERR_BLOCKED_BY_CLIENT/, 'BROWSER_BLOCKED_BY_EXTENSION'),
  said(
    'Chromium',
    /ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS|ERR_BLOCKED_BY_PRIVATE_NETWORK_ACCESS/,
    'BROWSER_LOCAL_NETWORK',
  ),
  said(
    'Chromium',
    /WebSocket is closed before the connection is established/,
    'CLIENT_CLOSED_EARLY',
    'The page itself called close(). In development, React mounts each effect twice in StrictMode.',
  ),
  said('ws', /WebSocket was closed before the connection was established/, 'CLIENT_CLOSED_EARLY'),
  said('Chromium', /ERR_NETWORK_CHANGED/, 'NETWORK_CHANGED'),
  said('Chromium', /ERR_NETWORK_IO_SUSPENDED/, 'CLIENT_SUSPENDED'),
];
