// Knows: what can go wrong with the forward proxy of a client, the one that the client itself was told to use; some of it only a diagnosis
// can find, since it compares two ways. `FWD_AUTH` stands with the other statuses. Must not know: how any of it is found.
import { defineReasons } from '../reason.js';

/** What keeps a tunnel from being opened. RFC 9110 §9.3.6, RFC 1928. */
const tunnelFailures = defineReasons({
  FWD_UNREACHABLE: {
    layer: 'forward',
    stage: 'proxy',
    title: 'The forward proxy cannot be reached',
    meaning:
      'This client is set to go through a proxy, and there is no way to the proxy itself: its name, its port, or TLS with it. What is shown is the reason of that. The server was never tried.',
    actor: 'client',
    sections: ['RFC 9110 §3.7', 'RFC 9110 §9.3.6'],
    fix: 'Compare host and port of the proxy with what your network says (HTTPS_PROXY, the option proxy); where no proxy is needed, remove it or list the host in NO_PROXY.',
    retry: 'after a fix',
    example: 'HTTPS_PROXY=http://127.0.0.1:1, where nothing listens',
  },
  FWD_NOT_A_PROXY: {
    layer: 'forward',
    stage: 'proxy',
    title: 'What answers at the address of the forward proxy is no such proxy',
    meaning:
      'It was asked for a tunnel and answered with octets of another protocol, with a status that a web server gives, with a head without an end, or hung up. It is another service, or a proxy of another kind: SOCKS where HTTP was expected, or TLS where plain text was.',
    actor: 'client',
    sections: ['RFC 9110 §9.3.6', 'RFC 1928 §3'],
    fix: 'Check the scheme and the port of the proxy: http, https, socks5 and socks5h are different protocols.',
    retry: 'after a fix',
    example: '`405 Not Allowed` to CONNECT, from a web server.',
  },
  FWD_TIMEOUT: {
    layer: 'forward',
    stage: 'proxy',
    title: 'The forward proxy did not say in time whether there is a way to the server',
    meaning:
      'The proxy took the connection, and no whole answer to the wish for a tunnel came before the time was up. Either the proxy hangs, or it waits for a server that does not answer it: from here both look the same.',
    actor: 'network',
    sections: ['RFC 9110 §9.3.6', 'RFC 1928 §6'],
    fix: 'Try another host through the same proxy: if that works, the server or a firewall behind the proxy drops what it sends.',
    retry: 'later',
    example: 'CONNECT to an address that drops every SYN.',
  },
  FWD_CONNECT_DENIED: {
    layer: 'forward',
    stage: 'proxy',
    title: 'The forward proxy does not allow a tunnel to this host and port',
    meaning:
      'The proxy understood and refused by its own rules (403, or a redirect to a page that says so). Many allow CONNECT to port 443 only; others have lists of hosts. The server was never reached.',
    actor: 'proxy',
    sections: ['RFC 9110 §9.3.6', 'RFC 9110 §15.5.4'],
    fix: 'Serve the WebSocket as wss:// on port 443, or have host and port added to the rules of the proxy (Squid: SSL_ports, http_access).',
    retry: 'after a fix',
    example: '`403 Forbidden` with `X-Squid-Error: ERR_ACCESS_DENIED 0` to `CONNECT example.com:8080`.',
  },
  FWD_CONNECT_FAILED: {
    layer: 'forward',
    stage: 'proxy',
    title: 'The forward proxy found no way to the server',
    meaning:
      'The proxy agreed and could not connect (500, 502, 503, 504): it does not know the name, or the server refuses it or is silent. The name may mean something else where the proxy stands.',
    actor: 'network',
    sections: ['RFC 9110 §9.3.6', 'RFC 9110 §15.6.3'],
    fix: 'Check that the host can be reached from where the proxy stands; if it is one of your own network, list it in NO_PROXY.',
    retry: 'later',
    example: '`503 Service Unavailable` with `X-Squid-Error: ERR_CONNECT_FAIL 111` to CONNECT.',
  },
  FWD_SOCKS: {
    layer: 'forward',
    stage: 'proxy',
    title: 'The SOCKS proxy refused the tunnel',
    meaning:
      'The proxy answered with one of the replies of SOCKS 5, whose number and words are shown: its rules forbid the way, or it found none to the server.',
    actor: 'proxy',
    sections: ['RFC 1928 §6'],
    fix: 'For reply 2 ask who runs the proxy; for 3 to 6 look at the server from where the proxy stands; for 4 and 8 let the proxy look the name up (socks5h://).',
    retry: 'after a fix',
    example: 'Reply 2: 05 02 00 01 00 00 00 00 00 00',
  },
});

/** What shows when the way through the proxy is compared with another way. */
const comparedFailures = defineReasons({
  FWD_IGNORED: {
    layer: 'forward',
    stage: 'tcp',
    title: 'A forward proxy is configured and a client that ignores it gets nowhere',
    meaning:
      'The environment names a proxy, and through it the server answers; straight it does not. Many WebSocket libraries, `ws` for Node among them, do not read the environment, so a program fails where a browser and curl work.',
    actor: 'client',
    sections: ['RFC 9110 §3.7'],
    fix: "Give the library the proxy: here connect(url, { proxy: 'environment' }); with ws an agent such as https-proxy-agent.",
    retry: 'after a fix',
    example: 'HTTPS_PROXY is set, TCP to the server times out, CONNECT through the proxy works.',
  },
  FWD_PLAIN_STRIPS_UPGRADE: {
    layer: 'forward',
    stage: 'upgrade',
    title: 'The forward proxy drops Upgrade from a plain request',
    meaning:
      'A ws:// request that was sent to the proxy as an ordinary one, with the whole URL in its first line, lost Upgrade there, as that field is about one hop only. The same request in a tunnel arrives whole.',
    actor: 'client',
    sections: ['RFC 9110 §7.6.1', 'RFC 9110 §7.8', 'RFC 6455 §4.1'],
    fix: 'Use wss://, which always goes through a tunnel; or a client that asks for one (CONNECT) for ws:// too, as browsers and this one do.',
    retry: 'after a fix',
    example: '`GET http://example.com/ws HTTP/1.1` through Squid: 426, and `Via: 1.1 proxy (squid/5.7)`.',
  },
  FWD_REWRITES_HANDSHAKE: {
    layer: 'forward',
    stage: 'accept',
    title: 'The forward proxy changes the handshake',
    meaning:
      'Straight and through the proxy the same request gets answers that differ in what makes a handshake: the accept value, the subprotocol, the extensions, or a 101 that came before the server gave one. A proxy that opens TLS and takes part in HTTP does this.',
    actor: 'proxy',
    sections: ['RFC 9110 §7.7', 'RFC 6455 §4.1'],
    fix: 'Exempt the host from inspection by the proxy, or update it.',
    retry: 'after a fix',
    example: 'Sec-WebSocket-Protocol: chat straight, and chat, chat through the proxy.',
  },
  FWD_BUFFERS: {
    layer: 'forward',
    stage: 'frame',
    title: 'The forward proxy keeps frames back',
    meaning:
      'The handshake passes, and then what the server sends comes late or never, while it comes at once on the way without the proxy. A proxy that scans content waits for an end that a WebSocket does not have.',
    actor: 'proxy',
    sections: ['RFC 9110 §7.6', 'RFC 9110 §9.3.6'],
    fix: 'Switch scanning off for the host, or have it passed through without being opened.',
    retry: 'after a fix',
    example: 'A pong takes 20 ms straight, and does not come in 5 s through the proxy.',
  },
  FWD_IDLE: {
    layer: 'forward',
    stage: 'close',
    title: 'The forward proxy cuts tunnels on which nothing moves',
    meaning:
      'A silent connection through the proxy was cut after the time that is shown; one with pings lived on, and so did a silent one on the way without the proxy.',
    actor: 'proxy',
    sections: ['RFC 9110 §9.3.6', 'RFC 6455 §5.5.2'],
    fix: 'Send a ping more often than that; 25 s passes nearly everywhere. In Squid the limit is read_timeout, 15 minutes unless set.',
    retry: 'at once',
    example: 'Cut after 60 s through the proxy, twice; open after 120 s without it.',
  },
  FWD_PAC: {
    layer: 'forward',
    stage: 'proxy',
    title: 'Browser and program take different ways',
    meaning:
      'Browsers ask a script (PAC) for the way to each URL, and some ask it for http or https where the URL says ws or wss. Programs read the environment. Here the two lead to different proxies, so that one works where the other fails.',
    actor: 'client',
    sections: ['RFC 9110 §3.7'],
    fix: 'Give both the same way: let the script treat ws as http and wss as https, and set HTTPS_PROXY and NO_PROXY to what it returns.',
    retry: 'after a fix',
    example: 'FindProxyForURL returns PROXY for https: and DIRECT for wss:.',
  },
});

/** All rows about forward proxies but `FWD_AUTH`, by code. */
export const FORWARD_FAILURES = Object.freeze({ ...tunnelFailures, ...comparedFailures });
