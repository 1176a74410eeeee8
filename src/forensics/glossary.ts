// Knows: what each header field of a handshake is for, in one short sentence, and where it is defined.
// Must not know: whether a given value is right; the rules of handshake/ judge that.

export interface Entry {
  readonly what: string;
  readonly section: string;
}

const entry = (what: string, section = ''): Entry => ({ what, section });

const both: Readonly<Record<string, Entry>> = {
  connection: entry('names the fields meant for the next hop only', 'RFC 9110 §7.6.1'),
  upgrade: entry('the protocol to switch to', 'RFC 9110 §7.8'),
  'cache-control': entry('for caches on the way', 'RFC 9111 §5.2'),
  via: entry('a proxy that the message passed', 'RFC 9110 §7.6.3'),
  date: entry('when the message was made', 'RFC 9110 §6.6.1'),
  'content-length': entry('the length of a body', 'RFC 9110 §8.6'),
  'content-type': entry('the kind of the body', 'RFC 9110 §8.3'),
  'transfer-encoding': entry('a body of unknown length', 'RFC 9112 §6.1'),
};

const request: Readonly<Record<string, Entry>> = {
  host: entry('the server that the client asks for', 'RFC 9110 §7.2'),
  origin: entry('the page that opened the socket; browsers always send it', 'RFC 6455 §10.2'),
  'sec-websocket-key': entry('16 random bytes; the answer must prove that it read them', 'RFC 6455 §11.3.1'),
  'sec-websocket-version': entry('the version of the protocol; there is one, 13', 'RFC 6455 §11.3.5'),
  'sec-websocket-protocol': entry('subprotocols offered, in the order of preference', 'RFC 6455 §11.3.4'),
  'sec-websocket-extensions': entry('extensions offered', 'RFC 6455 §11.3.2'),
  'sec-websocket-accept': entry('belongs in an answer', 'RFC 6455 §11.3.3'),
  'user-agent': entry('the software of the client', 'RFC 9110 §10.1.5'),
  cookie: entry('cookies for this host; browsers send them by themselves', 'RFC 6265 §5.4'),
  authorization: entry('credentials; browsers cannot set this for a WebSocket', 'RFC 9110 §11.6.2'),
  pragma: entry('for caches of HTTP/1.0', 'RFC 9111 §5.4'),
  accept: entry('the kinds of answer that the client reads', 'RFC 9110 §12.5.1'),
  'accept-encoding': entry('for bodies; says nothing about messages', 'RFC 9110 §12.5.3'),
  'accept-language': entry("the reader's languages", 'RFC 9110 §12.5.4'),
  'sec-fetch-dest': entry('what the browser wants it for', 'Fetch Metadata'),
  'sec-fetch-mode': entry('websocket: made by a WebSocket of a page', 'Fetch Metadata'),
  'sec-fetch-site': entry('how the page and the server are related', 'Fetch Metadata'),
  'x-forwarded-for': entry("a proxy's note of the client's address; anybody can write it"),
  'x-forwarded-proto': entry("a proxy's note of the scheme"),
  'x-forwarded-host': entry("a proxy's note of the Host it received"),
  'x-real-ip': entry("a proxy's note of the client's address"),
  forwarded: entry("a proxy's note of client, host and scheme", 'RFC 7239 §4'),
  referer: entry('the page that led here', 'RFC 9110 §10.1.3'),
};

const response: Readonly<Record<string, Entry>> = {
  'sec-websocket-accept': entry('base64(SHA-1(key + the GUID of RFC 6455))', 'RFC 6455 §4.2.2'),
  'sec-websocket-protocol': entry('the one subprotocol that the server chose', 'RFC 6455 §4.2.2'),
  'sec-websocket-extensions': entry('the extensions in use, in this order', 'RFC 6455 §9.1'),
  'sec-websocket-version': entry('the versions that the server speaks', 'RFC 6455 §4.4'),
  'sec-websocket-key': entry('belongs in a request', 'RFC 6455 §11.3.1'),
  server: entry('the software of the server', 'RFC 9110 §10.2.4'),
  location: entry('where it is instead', 'RFC 9110 §10.2.2'),
  'set-cookie': entry('a cookie to keep', 'RFC 6265 §4.1'),
  'www-authenticate': entry('how to prove who you are', 'RFC 9110 §11.6.1'),
  'retry-after': entry('how long to wait', 'RFC 9110 §10.2.3'),
  allow: entry('the methods that are possible', 'RFC 9110 §10.2.1'),
};

/** What the field is, or undefined for one that has no part in a handshake. */
export function lookUp(name: string, side: 'request' | 'response'): Entry | undefined {
  const key = name.toLowerCase();
  const own = side === 'request' ? request : response;
  return Object.hasOwn(own, key) ? own[key] : Object.hasOwn(both, key) ? both[key] : undefined;
}
