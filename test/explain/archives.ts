// Writes HTTP archives: the entry of a socket as Chrome's, Firefox's, mitmproxy's and Proxyman's archives have it.
type Json = Record<string, unknown>;

export interface EntryParts {
  readonly url?: string;
  readonly answer?: {
    readonly status: number;
    readonly accept?: string;
    readonly fields?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly messages?: readonly Json[];
  /** What the program says of an entry without an answer (`_error` of its response). */
  readonly failed?: string;
  readonly resourceType?: string | undefined;
}

const pairs = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).map(([name, value]) => ({ name, value }));

const asked = {
  Host: 'chat.example.com',
  Connection: 'Upgrade',
  'User-Agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  Upgrade: 'websocket',
  Origin: 'https://page.example',
  'Sec-WebSocket-Version': '13',
  Cookie: 'session=s3cr3t',
  'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
  'Sec-WebSocket-Protocol': 'chat.v2, chat.v1',
};

export function entry({
  url = 'wss://chat.example.com/ws?room=7',
  answer,
  messages,
  failed,
  ...rest
}: EntryParts): Json {
  const granted =
    answer?.status === 101
      ? { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Protocol': 'chat.v2' }
      : {};
  const accept = answer?.accept === undefined ? {} : { 'Sec-WebSocket-Accept': answer.accept };
  const headers =
    answer === undefined
      ? []
      : pairs({ Date: 'Sun, 22 Nov 2026 12:54:52 GMT', ...granted, ...accept, ...answer.fields });
  const resourceType = 'resourceType' in rest ? rest.resourceType : 'websocket';
  return {
    ...(resourceType !== undefined && { _resourceType: resourceType }),
    ...(messages !== undefined && { _webSocketMessages: messages }),
    startedDateTime: new Date(1_790_000_000_000).toISOString(),
    time: 12,
    request: {
      method: 'GET',
      url,
      httpVersion: 'HTTP/1.1',
      headers: pairs(asked),
      cookies: [],
      queryString: [],
      headersSize: -1,
      bodySize: 0,
    },
    response: {
      status: answer?.status ?? 0,
      statusText: answer?.status === 101 ? 'Switching Protocols' : '',
      httpVersion: 'HTTP/1.1',
      headers,
      cookies: [],
      content: { size: 0, mimeType: 'x-unknown', ...(answer?.body !== undefined && { text: answer.body }) },
      redirectURL: '',
      headersSize: -1,
      bodySize: -1,
      _transferSize: 0,
      _error: failed ?? null,
    },
    cache: {},
    timings: { blocked: -1, dns: -1, ssl: -1, connect: -1, send: 0, wait: 0, receive: 0 },
  };
}

export function har(creator: string, entries: readonly Json[]): Json {
  return { log: { version: '1.2', creator: { name: creator, version: '1' }, pages: [], entries } };
}

/** Chrome writes the error as a message of its own. */
export function chromeHar({ error, ...parts }: EntryParts & { readonly error?: string }): Json {
  const failed =
    error === undefined ? [] : [{ type: 'error', time: 1_790_000_000.2, opcode: -1, data: error }];
  return har('WebInspector', [entry({ ...parts, messages: [...(parts.messages ?? []), ...failed] })]);
}

/** An archive of at least `bytes`: pages with their bodies, and two sockets among them. */
export function bigHar(bytes: number): string {
  const message = (at: number) => ({
    type: at % 2 === 0 ? 'send' : 'receive',
    time: 1_790_000_000 + at / 100,
    opcode: 1,
    data: JSON.stringify({ id: at, text: 'The quick brown fox jumps over the lazy dog. '.repeat(4) }),
  });
  const messages = Array.from({ length: 4000 }, (_, at) => message(at));
  const open = entry({ answer: { status: 101, accept: 'HSmrc0sMlYUkAGmm5OPpG2HaGWk=' }, messages });
  const error = {
    type: 'error',
    time: 1_790_000_000,
    opcode: -1,
    data: 'Error during WebSocket handshake: Unexpected response code: 403',
  };
  const page = {
    request: { method: 'GET', url: 'https://page.example/app.js', headers: [] },
    response: { status: 200, headers: [], content: { text: 'x'.repeat(100_000) } },
  };
  const pages = Array.from({ length: Math.ceil(bytes / 100_000) }, () => page);
  return JSON.stringify(har('WebInspector', [...pages, open, entry({ messages: [error] })]));
}
