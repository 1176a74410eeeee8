// What browsers, libraries and servers really said, with the version that said it, and the code that each must be explained by.
// From runs against servers that are broken in one known way.
export interface Said {
  readonly by: string;
  readonly text: string;
  readonly code: string;
}

const of = (by: string, rows: readonly (readonly [text: string, code: string])[]): Said[] =>
  rows.map(([text, code]) => ({ by, text, code }));

const failed = "WebSocket connection to 'wss://chat.example.com/ws' failed: ";

export const SAID: readonly Said[] = [
  ...of('Chromium 156', [
    [`${failed}Error during WebSocket handshake: Unexpected response code: 200`, 'ROUTE_HTTP_200'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 301`, 'ROUTE_REDIRECT'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 400`, 'HTTP_STATUS'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 403`, 'ORIGIN_REJECTED'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 404`, 'ROUTE_NOT_FOUND'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 426`, 'PROXY_UPGRADE_STRIPPED'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 502`, 'PROXY_UPSTREAM_DOWN'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 504`, 'PROXY_UPSTREAM_TIMEOUT'],
    [`${failed}Error during WebSocket handshake: Unexpected response code: 103`, 'HTTP_INTERIM'],
    [`${failed}HTTP Authentication failed; no valid credentials available`, 'AUTH_REQUIRED'],
    [`${failed}Connection closed before receiving a handshake response`, 'HTTP_EMPTY_REPLY'],
    [`${failed}Error during WebSocket handshake: net::ERR_INVALID_HTTP_RESPONSE`, 'HTTP_NOT_HTTP'],
    [`${failed}Error during WebSocket handshake: net::ERR_RESPONSE_HEADERS_TOO_BIG`, 'HTTP_HEAD_TOO_LARGE'],
    [
      `${failed}Error during WebSocket handshake: Incorrect 'Sec-WebSocket-Accept' header value`,
      'RESP_ACCEPT_WRONG',
    ],
    [
      `${failed}Error during WebSocket handshake: 'Sec-WebSocket-Accept' header is missing`,
      'RESP_ACCEPT_MISSING',
    ],
    [`${failed}Error during WebSocket handshake: 'Upgrade' header is missing`, 'RESP_UPGRADE_MISSING'],
    [
      `${failed}Error during WebSocket handshake: 'Upgrade' header value is not 'WebSocket': h2c`,
      'RESP_UPGRADE_WRONG',
    ],
    [`${failed}Error during WebSocket handshake: 'Connection' header is missing`, 'RESP_CONNECTION_MISSING'],
    [
      `${failed}Error during WebSocket handshake: 'Connection' header value must contain 'Upgrade'`,
      'RESP_CONNECTION_WRONG',
    ],
    [
      `${failed}Error during WebSocket handshake: Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received`,
      'PROTO_NOT_SELECTED',
    ],
    [
      `${failed}Error during WebSocket handshake: Response must not include 'Sec-WebSocket-Protocol' header if not present in request: chat`,
      'PROTO_UNSOLICITED',
    ],
    [
      `${failed}Error during WebSocket handshake: 'Sec-WebSocket-Protocol' header value 'x' in response does not match any of sent values`,
      'PROTO_NOT_OFFERED',
    ],
    [
      `${failed}Error during WebSocket handshake: 'Sec-WebSocket-Protocol' header must not appear more than once in a response`,
      'PROTO_MULTIPLE',
    ],
    [
      `${failed}Error during WebSocket handshake: Found an unsupported extension 'x-foo' in 'Sec-WebSocket-Extensions' header`,
      'EXT_UNSOLICITED',
    ],
    [
      `${failed}Error during WebSocket handshake: Error in permessage-deflate: Received invalid server_max_window_bits parameter`,
      'EXT_PARAM_INVALID',
    ],
    [
      `${failed}Error during WebSocket handshake: Error in permessage-deflate: Received an unexpected permessage-deflate extension parameter`,
      'EXT_PARAM_UNKNOWN',
    ],
    [`${failed}Error in connection establishment: net::ERR_CONNECTION_REFUSED`, 'TCP_REFUSED'],
    [`${failed}Error in connection establishment: net::ERR_NAME_NOT_RESOLVED`, 'DNS_NXDOMAIN'],
    [`${failed}Error in connection establishment: net::ERR_CERT_AUTHORITY_INVALID`, 'TLS_CERT_UNTRUSTED'],
    [`${failed}Error in connection establishment: net::ERR_SSL_PROTOCOL_ERROR`, 'TLS_TO_PLAIN_PORT'],
    [`${failed}Error in connection establishment: net::ERR_UNSAFE_PORT`, 'BROWSER_BAD_PORT'],
    [`${failed}Establishing a tunnel via proxy server failed.`, 'FWD_CONNECT_DENIED'],
    [`${failed}Proxy authentication failed`, 'FWD_AUTH'],
    [`${failed}Stream closed with error: net::ERR_HTTP2_SERVER_REFUSED_STREAM`, 'H2_STREAM_RESET'],
    [
      `${failed}One or more reserved bits are on: reserved1 = 1, reserved2 = 0, reserved3 = 0`,
      'EXT_STRIPPED_ONE_WAY',
    ],
    [`${failed}A server must not mask any frames that it sends to the client.`, 'FRAME_MASKED_BY_SERVER'],
    [`${failed}Could not decode a text frame as UTF-8.`, 'MSG_UTF8'],
    [`${failed}Received a broken close frame containing a reserved status code.`, 'CLOSE_PAYLOAD'],
    [`${failed}Unrecognized frame opcode: 3`, 'FRAME_OPCODE'],
    [`${failed}Received unexpected continuation frame.`, 'FRAME_CONTINUATION'],
    [`${failed}Invalid frame header`, 'FRAME_HTTP_IN_STREAM'],
    [`${failed}WebSocket is closed before the connection is established.`, 'CLIENT_CLOSED_EARLY'],
    [
      "SyntaxError: Failed to construct 'WebSocket': The URL contains a fragment identifier ('x'). Fragment identifiers are not allowed in WebSocket URLs.",
      'URL_FRAGMENT',
    ],
    [
      "SyntaxError: Failed to construct 'WebSocket': The URL's scheme must be either 'http', 'https', 'ws', or 'wss'. 'ftp' is not allowed.",
      'URL_SCHEME',
    ],
    [
      "SyntaxError: Failed to construct 'WebSocket': The subprotocol 'Bearer abc' is invalid.",
      'URL_PROTOCOL_TOKEN',
    ],
    [
      "SecurityError: Failed to construct 'WebSocket': An insecure WebSocket connection may not be initiated from a page loaded over HTTPS.",
      'BROWSER_MIXED_CONTENT',
    ],
    [
      `Refused to connect to 'wss://chat.example.com/ws' because it violates the following Content Security Policy directive: "connect-src 'self'".`,
      'BROWSER_CSP',
    ],
  ]),
  ...of('ws 8.23', [
    ['Error: Unexpected server response: 101', 'RESP_UPGRADE_MISSING'],
    ['Error: Unexpected server response: 401', 'AUTH_REQUIRED'],
    ['Error: Unexpected server response: 403', 'AUTH_FORBIDDEN'],
    ['Error: Unexpected server response: 503', 'PROXY_UPSTREAM_DOWN'],
    ['Error: Invalid Sec-WebSocket-Accept header', 'RESP_ACCEPT_WRONG'],
    ['Error: Server sent no subprotocol', 'PROTO_NOT_SELECTED'],
    ['Error: Server sent a subprotocol but none was requested', 'PROTO_UNSOLICITED'],
    ['Error: Server sent an invalid subprotocol', 'PROTO_NOT_OFFERED'],
    ['Error: Server indicated an extension that was not requested', 'EXT_UNSOLICITED'],
    ['Error: Invalid Sec-WebSocket-Extensions header', 'EXT_PARAM_INVALID'],
    ['Error: Opening handshake has timed out', 'HTTP_NO_RESPONSE'],
    ['Error: socket hang up\n    code: ECONNRESET', 'HTTP_EMPTY_REPLY'],
    ['Error: read ECONNRESET', 'HTTP_RESET'],
    ['Error: Parse Error: Expected HTTP/, RTSP/ or ICE/\n  code: HPE_INVALID_CONSTANT', 'HTTP_NOT_HTTP'],
    ['Error: Parse Error: Header overflow, code HPE_HEADER_OVERFLOW', 'HTTP_HEAD_TOO_LARGE'],
    ['Error: connect ECONNREFUSED 127.0.0.1:9', 'TCP_REFUSED'],
    ['Error: connect ECONNREFUSED ::1:3000', 'DNS_LOCALHOST_FAMILY'],
    ['Error: getaddrinfo ENOTFOUND no-such-host.invalid', 'DNS_NXDOMAIN'],
    [
      'Error: self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      'TLS_CERT_UNTRUSTED',
    ],
    ['RangeError: Invalid WebSocket frame: MASK must be clear', 'FRAME_MASKED_BY_SERVER'],
    ['RangeError: Invalid WebSocket frame: MASK must be set', 'FRAME_UNMASKED_BY_CLIENT'],
    ['RangeError: Invalid WebSocket frame: RSV1 must be clear', 'EXT_STRIPPED_ONE_WAY'],
    ['RangeError: Invalid WebSocket frame: RSV2 and RSV3 must be clear', 'FRAME_HTTP_IN_STREAM'],
    ['Error: Invalid WebSocket frame: invalid UTF-8 sequence', 'MSG_UTF8'],
    ['RangeError: Max payload size exceeded', 'MSG_TOO_BIG'],
    ['Error: invalid block type\n  code: Z_DATA_ERROR', 'EXT_INFLATE'],
    ['400 Missing or invalid Sec-WebSocket-Key header', 'REQ_KEY_MISSING'],
    ['400 Missing or invalid Sec-WebSocket-Version header', 'REQ_VERSION'],
  ]),
  ...of('undici 6.29', [
    ['Server did not set Connection header to "upgrade".', 'RESP_CONNECTION_LIST'],
    ['Incorrect hash received in Sec-WebSocket-Accept header.', 'RESP_ACCEPT_WRONG'],
    ['Received network error or non-101 status code.', 'HTTP_STATUS'],
  ]),
  ...of('Bun 1.4.5', [
    [`${failed}Expected 101 status code: 404`, 'ROUTE_NOT_FOUND'],
    [`${failed}Missing websocket accept header`, 'RESP_ACCEPT_MISSING'],
    [`${failed}Mismatch websocket accept header`, 'RESP_ACCEPT_WRONG'],
    [`${failed}Missing upgrade header`, 'RESP_UPGRADE_MISSING'],
    [`${failed}Missing connection header`, 'RESP_CONNECTION_MISSING'],
    [`${failed}Mismatch client protocol`, 'PROTO_NOT_OFFERED'],
    [`${failed}Missing client protocol`, 'PROTO_NOT_SELECTED'],
    [`${failed}Unsupported websocket extension`, 'EXT_UNSOLICITED'],
    [`${failed}Connection ended`, 'HTTP_EMPTY_REPLY'],
    [`${failed}Connection ended: read ECONNRESET`, 'HTTP_RESET'],
    [`${failed}Invalid response`, 'HTTP_NOT_HTTP'],
    [`${failed}Protocol error - unexpected mask from server`, 'FRAME_MASKED_BY_SERVER'],
    [`${failed}TLS handshake failed: self signed certificate`, 'TLS_CERT_UNTRUSTED'],
    [`${failed}Failed to connect`, 'TCP_REFUSED'],
    [`${failed}Timeout`, 'HTTP_NO_RESPONSE'],
  ]),
  ...of('Deno 2.9.6', [
    ['NetworkError: failed to connect to WebSocket: Invalid status code: 426', 'PROXY_UPGRADE_STRIPPED'],
    ['NetworkError: failed to connect to WebSocket: Invalid upgrade header', 'RESP_UPGRADE_WRONG'],
    ['NetworkError: failed to connect to WebSocket: Invalid connection header', 'RESP_CONNECTION_LIST'],
    [
      'NetworkError: failed to connect to WebSocket: connection closed before message completed',
      'HTTP_EMPTY_REPLY',
    ],
    ['NetworkError: failed to connect to WebSocket: invalid HTTP version parsed', 'HTTP_NOT_HTTP'],
    ['NetworkError: failed to connect to WebSocket: tcp connect error', 'TCP_REFUSED'],
    ['NetworkError: failed to connect to WebSocket: dns error', 'DNS_NXDOMAIN'],
    [
      'NetworkError: failed to connect to WebSocket: invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))',
      'TLS_CERT_UNTRUSTED',
    ],
  ]),
  ...of('websockets 17.1 of Python 3.11', [
    ['websockets.exceptions.InvalidStatus: server rejected WebSocket connection: HTTP 403', 'AUTH_FORBIDDEN'],
    ['websockets.exceptions.InvalidStatus: server rejected WebSocket connection: HTTP 103', 'HTTP_INTERIM'],
    ['websockets.exceptions.InvalidUpgrade: missing Upgrade header', 'RESP_UPGRADE_MISSING'],
    ['websockets.exceptions.InvalidUpgrade: missing Connection header', 'RESP_CONNECTION_MISSING'],
    ['websockets.exceptions.InvalidHeader: missing Sec-WebSocket-Accept header', 'RESP_ACCEPT_MISSING'],
    [
      'websockets.exceptions.InvalidHeader: invalid Sec-WebSocket-Accept header: multiple values',
      'RESP_ACCEPT_REPEATED',
    ],
    [
      'websockets.exceptions.InvalidHeaderValue: invalid Sec-WebSocket-Accept header: AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      'RESP_ACCEPT_WRONG',
    ],
    ['websockets.exceptions.NegotiationError: no subprotocols supported', 'PROTO_UNSOLICITED'],
    [
      'websockets.exceptions.NegotiationError: Unsupported extension: name = x-foo, params = []',
      'EXT_UNSOLICITED',
    ],
    [
      "websockets.exceptions.NegotiationError: Unsupported extension: name = permessage-deflate, params = [('server_max_window_bits', '16')]",
      'EXT_PARAM_INVALID',
    ],
    ['EOFError: connection closed while reading HTTP status line', 'HTTP_EMPTY_REPLY'],
    ['ValueError: invalid HTTP status line: SSH-2.0-OpenSSH_9.2p1', 'HTTP_NOT_HTTP'],
    [
      'ValueError: unsupported protocol; expected HTTP/1.1: HTTP/1.0 101 Switching Protocols',
      'HTTP_VERSION_10',
    ],
    ['TimeoutError: timed out during opening handshake', 'HTTP_NO_RESPONSE'],
    [
      'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)',
      'TLS_CERT_UNTRUSTED',
    ],
    ["ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 9)", 'TCP_REFUSED'],
    ['socket.gaierror: [Errno -2] Name or service not known', 'DNS_NXDOMAIN'],
  ]),
  ...of('gorilla 1.5 and coder 1.8 with Go 1.19', [
    ['websocket: bad handshake | status=502', 'PROXY_UPSTREAM_DOWN'],
    ['failed to WebSocket dial: expected handshake response status code 101 but got 401', 'AUTH_REQUIRED'],
    [
      'failed to WebSocket dial: WebSocket protocol violation: Upgrade header "" does not contain websocket',
      'RESP_UPGRADE_MISSING',
    ],
    [
      'failed to WebSocket dial: WebSocket protocol violation: Connection header "" does not contain Upgrade',
      'RESP_CONNECTION_MISSING',
    ],
    [
      'failed to WebSocket dial: WebSocket protocol violation: invalid Sec-WebSocket-Accept "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", key "61R77l7aNgSxofTcK2IJ6g=="',
      'RESP_ACCEPT_WRONG',
    ],
    [
      'failed to WebSocket dial: WebSocket protocol violation: unexpected Sec-WebSocket-Protocol from server: "chat"',
      'PROTO_UNSOLICITED',
    ],
    ['failed to WebSocket dial: unsupported permessage-deflate parameter: "foo=1"', 'EXT_PARAM_UNKNOWN'],
    ['websocket: invalid compression negotiation', 'EXT_PARAM_INVALID'],
    ['malformed HTTP response "SSH-2.0-OpenSSH_9.2p1"', 'HTTP_NOT_HTTP'],
    ['unexpected EOF', 'HTTP_EMPTY_REPLY'],
    ['read tcp 127.0.0.1:59680->127.0.0.1:9201: read: connection reset by peer', 'HTTP_RESET'],
    ['dial tcp 127.0.0.1:9: connect: connection refused', 'TCP_REFUSED'],
    ['dial tcp: lookup no-such-host.invalid on 192.0.2.53:53: no such host', 'DNS_NXDOMAIN'],
    ['x509: certificate signed by unknown authority', 'TLS_CERT_UNTRUSTED'],
  ]),
  ...of('WebSocket-Node 1.0.35 and faye-websocket 0.11.4', [
    ['Error: Server responded with a non-101 status: 404 Not Found', 'ROUTE_NOT_FOUND'],
    ['Error: Expected a Connection: Upgrade header from the server', 'RESP_CONNECTION_LIST'],
    [
      "Error: Sec-WebSocket-Accept header from server didn't match expected value of xRvSXgwTmGX/+s/b9HV1/7UQYnA=",
      'RESP_ACCEPT_WRONG',
    ],
    ['Error: Expected Sec-WebSocket-Accept header from server', 'RESP_ACCEPT_MISSING'],
    ['Error during WebSocket handshake: Sec-WebSocket-Protocol mismatch', 'PROTO_NOT_OFFERED'],
    [
      'Error during WebSocket handshake: Server sent an extension response for unknown extension "x-foo"',
      'EXT_UNSOLICITED',
    ],
  ]),
  ...of(
    'servers: aiohttp 3.8, tornado 6.2, gorilla 1.5, coder 1.8, Deno 2.9, uvicorn 0.17, websockets 10.4, Socket.IO 4.8',
    [
      ['400 No WebSocket UPGRADE hdr: None', 'PROXY_UPGRADE_STRIPPED'],
      ['400 No CONNECTION upgrade hdr: keep-alive', 'PROXY_CONNECTION_LOST'],
      ['400 Can "Upgrade" only to "WebSocket".', 'PROXY_UPGRADE_STRIPPED'],
      ['403 Cross origin websockets not allowed', 'ORIGIN_REJECTED'],
      ['websocket: request origin not allowed by Upgrader.CheckOrigin', 'ORIGIN_REJECTED'],
      [
        'request Origin "https://evil.example" is not authorized for Host "chat.example.com"',
        'ORIGIN_REJECTED',
      ],
      ["Invalid Header: 'upgrade' header must contain 'websocket'", 'PROXY_UPGRADE_STRIPPED'],
      ['WARNING:  Unsupported upgrade request.', 'PROXY_UPGRADE_STRIPPED'],
      ['did not receive a valid HTTP request', 'PROXY_HTTP10_UPSTREAM'],
      ['Failed to open a WebSocket connection: empty Connection header.', 'PROXY_UPGRADE_STRIPPED'],
      ['{"code":0,"message":"Transport unknown"}', 'ROUTE_SOCKETIO'],
      ['{"code":1,"message":"Session ID unknown"}', 'ROUTE_STICKY'],
    ],
  ),
];
