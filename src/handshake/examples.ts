// Knows: one valid request for each carrier and one valid response as text, and how to show one change to them. The rows of the
// catalogue take their raw examples from here, so that a test can feed each example back.
// Must not know: any reason.

const REQUEST = [
  'GET /ws HTTP/1.1',
  'Host: example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==',
  'Sec-WebSocket-Version: 13',
];

const RESPONSE = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=',
];

/** RFC 8441 §5.1. */
const CONNECT = [
  ':method: CONNECT',
  ':protocol: websocket',
  ':scheme: https',
  ':authority: example.com',
  ':path: /ws',
  'sec-websocket-version: 13',
];

/** The valid request with the line that starts with `change` replaced; `''` adds lines at the end. Lines end with LF. */
export function request(change: string, ...lines: string[]): string {
  return changed(REQUEST, change, lines);
}

/** The same for the response; it answers the key of the request above. */
export function response(change: string, ...lines: string[]): string {
  return changed(RESPONSE, change, lines);
}

/** The same for the request over HTTP/2, with its pseudo-header fields. */
export function connectRequest(change: string, ...lines: string[]): string {
  return changed(CONNECT, change, lines);
}

/** The request as it is answered with another status. */
export function status(line: string, ...fields: string[]): string {
  return [`HTTP/1.1 ${line}`, ...fields].join('\n');
}

function changed(valid: readonly string[], change: string, lines: readonly string[]): string {
  if (change === '') return [...valid, ...lines].join('\n');
  return valid.flatMap((line) => (line.startsWith(change) ? lines : [line])).join('\n');
}
