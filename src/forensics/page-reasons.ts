// Knows: what fails on the client's own side before or instead of a handshake: rules of browsers for pages, and habits of clients.
// The specifications are those of browsers: WHATWG Fetch and WebSockets, W3C Content Security Policy and Mixed Content.
// Must not know: how it is found.
import { defineReasons } from '../reason.js';

export const pageReasons = defineReasons({
  BROWSER_MIXED_CONTENT: {
    layer: 'browser',
    stage: 'browser',
    title: 'A page that came over TLS may not open ws://',
    meaning:
      'The page has https, so the browser refuses a WebSocket without TLS, and sends nothing. Chromium throws a SecurityError from the constructor. Loopback addresses such as 127.0.0.1 are exempt, so it often shows only after a deploy.',
    actor: 'client',
    sections: ['W3C Mixed Content', 'RFC 6455 §10.6'],
    fix: 'Serve the endpoint over TLS and connect with wss://; on the page take the scheme from location.protocol.',
    retry: 'after a fix',
    example: 'new WebSocket("ws://example.com/ws") on https://example.com/',
  },
  BROWSER_CSP: {
    layer: 'browser',
    stage: 'browser',
    title: 'The Content-Security-Policy of the page forbids the connection',
    meaning:
      'The policy that came with the page lists in connect-src (or default-src) where it may connect to, and this URL is not among them. The browser sends nothing and says so only in its console; Chromium 156 had not fired a close event after four seconds. Scheme, host and port count.',
    actor: 'server',
    sections: ['W3C CSP 3 §6.1.2'],
    fix: 'Add the endpoint to connect-src of the page, with its scheme and a port that is not the usual one: connect-src wss://example.com.',
    retry: 'after a fix',
    example: "Content-Security-Policy: connect-src 'self' on a page that opens wss://other.example/",
  },
  BROWSER_BAD_PORT: {
    layer: 'browser',
    stage: 'browser',
    title: 'Browsers connect to no server on this port',
    meaning:
      'The port belongs to another old protocol (25 is mail, 6000 is X11 ...) and stands on the list of ports that browsers block. They fail at once (Chromium: ERR_UNSAFE_PORT) and send nothing. Programs that are no browsers connect.',
    actor: 'server',
    sections: ['WHATWG Fetch (port blocking)'],
    fix: 'Move the endpoint to another port, best 443.',
    retry: 'never',
    example: 'new WebSocket("ws://example.com:6000/")',
  },
  BROWSER_LOCAL_NETWORK: {
    layer: 'browser',
    stage: 'browser',
    title: 'A public page opens a WebSocket into a local network',
    meaning:
      'The page came from a public address and the endpoint has a private or loopback one. Newer Chrome asks the user for permission, and refuses without a word where the page itself came without TLS.',
    actor: 'client',
    sections: ['WICG Local Network Access'],
    fix: 'Serve the page over TLS and let the user allow it; on managed machines the policy LocalNetworkAccessAllowedForUrls does.',
    retry: 'after a fix',
    example: 'new WebSocket("ws://192.168.1.40/") on a page of the internet.',
  },
  BROWSER_BLOCKED_BY_EXTENSION: {
    layer: 'browser',
    stage: 'browser',
    title: 'Something in this browser blocks the connection',
    meaning:
      'The same handshake, with the fields that this browser sends, is answered with 101 from outside of it. What is left is the profile: an ad blocker, a privacy extension or an antivirus program that filters by URL.',
    actor: 'client',
    sections: ['RFC 6455 §4.1'],
    fix: 'Try a private window without extensions; then allow the host in the one that blocks it.',
    retry: 'after a fix',
    example: 'A page that connects in a private window and not in the usual one.',
  },
  CLIENT_SERIALIZED: {
    layer: 'browser',
    stage: 'timeout',
    title: 'The attempt waits behind another one to the same host',
    meaning:
      'A client has at most one connection to an address in the state CONNECTING, and queues the others. One handshake that is never answered holds up all that follow: Chromium let four sockets wait behind one silent server.',
    actor: 'server',
    sections: ['RFC 6455 §4.1'],
    fix: 'Find the endpoint of this host that does not answer, and give every handshake a deadline on the server.',
    retry: 'after a fix',
    example: 'A second socket to the host of a first one that is not answered.',
  },
  CLIENT_NO_TIMEOUT: {
    layer: 'http',
    stage: 'timeout',
    title: 'The client would wait for the answer for ever',
    meaning:
      'The server does not answer, and many clients set no limit to that by themselves: ws, undici, Bun and Deno wait until TCP fails. What is seen is nothing at all.',
    actor: 'client',
    sections: ['RFC 6455 §4.1'],
    fix: 'Give the client a deadline for the handshake (handshakeTimeout in ws, timeouts.connectMs here), and see HTTP_NO_RESPONSE for the server.',
    retry: 'later',
    example: 'new WebSocket(url) of `ws` to a port that accepts and stays silent.',
  },
});
