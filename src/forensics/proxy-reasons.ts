// Knows: what a proxy, load balancer, cache or firewall in front of a server does to a handshake, beyond what one status tells.
// RFC 9110 §7.6 and §7.8: Upgrade and Connection end at each hop, and each hop has to say them again.
// Must not know: how it is found. The rows of a stripped Upgrade are in handshake/request-reasons.ts.
import { request, response, status } from '../handshake/examples.js';
import { defineReasons } from '../reason.js';

const configured = defineReasons({
  PROXY_HTTP10_UPSTREAM: {
    layer: 'proxy',
    stage: 'upgrade',
    title: 'The proxy speaks HTTP/1.0 to the server behind it',
    meaning:
      'An upgrade needs HTTP/1.1. Some servers overlook the version and open (ws, Bun, Deno), others refuse with 400, 426 or 505. nginx before 1.29.7 uses HTTP/1.0 unless told otherwise.',
    actor: 'proxy',
    sections: ['RFC 6455 §4.2.1', 'RFC 9110 §7.8'],
    fix: 'In nginx add `proxy_http_version 1.1;` to the location of the socket.',
    retry: 'after a fix',
    example: request('GET', 'GET /ws HTTP/1.0'),
  },
  PROXY_WS_DISABLED: {
    layer: 'proxy',
    stage: 'http',
    title: 'The proxy or platform has WebSockets switched off',
    meaning:
      'The product in front knows WebSockets but does not allow them here, and refuses the handshake or treats it as a plain request. It is a switch of a configuration, a zone or an application.',
    actor: 'proxy',
    sections: ['RFC 9110 §7.8'],
    fix: 'Switch it on: upgrade_configs in Envoy, Network > WebSockets in Cloudflare, Web sockets in Azure App Service, the feature WebSocket Protocol in IIS.',
    retry: 'after a fix',
    example: status('403 Forbidden', 'server: envoy'),
  },
  PROXY_SECOND_HOP: {
    layer: 'proxy',
    stage: 'http',
    title: 'One proxy of several removes Upgrade',
    meaning:
      'The first proxy is configured, and the handshake still arrives without Upgrade: behind or before it stands another one. Via names it, or the same handshake sent to each hop shows where it changes.',
    actor: 'proxy',
    sections: ['RFC 9110 §7.6.3', 'RFC 9110 §7.6.1'],
    fix: 'Send the handshake past each hop in turn (--direct HOST:PORT), and configure the one behind which it fails.',
    retry: 'after a fix',
    example: status('426 Upgrade Required', 'Via: 1.1 varnish (Varnish/7.1), 1.1 nghttpx'),
  },
  PROXY_BAD_101: {
    layer: 'proxy',
    stage: 'upgrade',
    title: 'The proxy does not accept the 101 of the server behind it',
    meaning:
      'The server answers 101 with a field missing or wrong, and the proxy makes another answer of it: HAProxy a 502, Caddy 2.6 a 200 without content. nginx and Apache pass it on as it is.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.2', 'RFC 9110 §7.8'],
    fix: 'Ask the server directly and repair its 101: Upgrade, Connection and Sec-WebSocket-Accept, each once.',
    retry: 'after a fix',
    example: response('Upgrade:'),
  },
  PROXY_UPSTREAM_TLS: {
    layer: 'proxy',
    stage: 'http',
    title: 'The proxy and the server behind it disagree about TLS',
    meaning:
      'The proxy speaks TLS to a server that does not, or plain HTTP to one that wants TLS, or it does not trust the certificate there. The client sees 502 (525 or 526 of Cloudflare); the log of nginx says "wrong version number".',
    actor: 'proxy',
    sections: ['RFC 9110 §15.6.3'],
    fix: 'Make the scheme of the upstream that of the server: in nginx proxy_pass http:// or https://.',
    retry: 'after a fix',
    example: status('502 Bad Gateway', 'Server: nginx/1.22.1'),
  },
  PROXY_NO_HEALTHY_TARGET: {
    layer: 'proxy',
    stage: 'http',
    title: 'The load balancer believes that no server is healthy',
    meaning:
      'It answers 503 at once, without trying. The health check often asks the path of the socket with a plain GET, gets 426 or 400, and takes that for illness.',
    actor: 'proxy',
    sections: ['RFC 9110 §15.6.4'],
    fix: 'Give the health check a path of its own that answers 200, such as /healthz.',
    retry: 'later',
    example: status('503 Service Unavailable', 'Cache-Control: no-cache'),
  },
  PROXY_LB_LISTENER: {
    layer: 'proxy',
    stage: 'http',
    title: 'The listener of the load balancer is of a kind that has no upgrade',
    meaning:
      'Load balancers have listeners and groups of targets for HTTP/1.1, HTTP/2, gRPC or TCP, and not each of them passes an upgrade on. The handshake then looks stripped, although nothing is configured to strip it.',
    actor: 'proxy',
    sections: ['RFC 9110 §7.8'],
    fix: 'Use a listener and targets of HTTP/1.1 that know WebSockets, or one of TCP or TLS.',
    retry: 'after a fix',
    example: status('400 Bad Request', 'Server: awselb/2.0'),
  },
  PROXY_HOST_REWRITTEN: {
    layer: 'proxy',
    stage: 'http',
    title: 'The proxy replaces Host by the address of the server behind it',
    meaning:
      'The server sees an internal name. A check of Origin against Host fails then, redirects lead to the internal name, and the wrong virtual host may answer. nginx and Apache do this unless told otherwise.',
    actor: 'proxy',
    sections: ['RFC 9112 §3.2', 'RFC 9110 §7.2'],
    fix: 'nginx: `proxy_set_header Host $http_host;` Apache: `ProxyPreserveHost On`.',
    retry: 'after a fix',
    example: request('Host:', 'Host: 127.0.0.1:3000', 'Origin: https://example.com'),
  },
  PROXY_QUERY_LOST: {
    layer: 'proxy',
    stage: 'http',
    title: 'The query of the URL does not reach the server',
    meaning:
      'The client sends a query, and the server sees the path alone. A proxy_pass with a variable or a rewritten path drops it; a token in it is then missing, and the server answers 401 or 400.',
    actor: 'proxy',
    sections: ['RFC 9110 §4.1', 'RFC 9110 §7.7'],
    fix: 'In nginx append $is_args$args to a proxy_pass that names the path with a variable.',
    retry: 'after a fix',
    example: 'The client asks for /ws?room=7, and the server is asked for /ws.',
  },
});

const meddling = defineReasons({
  PROXY_WAF_BLOCK: {
    layer: 'proxy',
    stage: 'http',
    title: 'A firewall for web applications refuses the handshake',
    meaning:
      'The answer is the block page or the challenge of a firewall in front of the server. Pages solve a challenge by running script; a WebSocket cannot.',
    actor: 'proxy',
    sections: ['RFC 9110 §15.5.4'],
    fix: 'Add an exception for the path of the socket to the rules of the firewall; its log names the rule.',
    retry: 'after a fix',
    example: status('403 Forbidden', 'Server: cloudflare', 'cf-mitigated: challenge'),
  },
  PROXY_BOT_FILTER: {
    layer: 'proxy',
    stage: 'http',
    title: 'A filter refuses this kind of client',
    meaning:
      'The same handshake with the fields of a browser is answered otherwise than with those of a program. Something in front judges by User-Agent, Origin, the order of the fields or the fingerprint of TLS.',
    actor: 'proxy',
    sections: ['RFC 9110 §15.5.4'],
    fix: 'Allow the client in the filter, by address or by a token.',
    retry: 'after a fix',
    example: 'With the User-Agent of Chrome 101, with that of a program 403.',
  },
  PROXY_CACHED: {
    layer: 'proxy',
    stage: 'accept',
    title: 'The answer to the handshake came from a cache',
    meaning:
      'Two handshakes with two keys got the same Sec-WebSocket-Accept, or the answer has an Age. A cache stored an answer that belongs to one request only.',
    actor: 'proxy',
    sections: ['RFC 6455 §1.3', 'RFC 9111 §3'],
    fix: 'Let the cache pass requests with Upgrade by; in Varnish return (pipe) for them.',
    retry: 'after a fix',
    example: response(
      'Sec-WebSocket-Accept:',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'Age: 12',
    ),
  },
  PROXY_HEADER_DROPPED: {
    layer: 'proxy',
    stage: 'upgrade',
    title: 'A field of the handshake is lost on its way through a proxy',
    meaning:
      'Sec-WebSocket-Protocol or Sec-WebSocket-Extensions is there directly and missing through the proxy, in the request or in the answer. The two sides then believe different things about the connection.',
    actor: 'proxy',
    sections: ['RFC 6455 §4.2.2', 'RFC 9110 §7.6'],
    fix: 'Remove the rule of the proxy that filters Sec-WebSocket-* fields, both ways.',
    retry: 'after a fix',
    example: 'The client offers chat.v2, and the server sees no Sec-WebSocket-Protocol.',
  },
  PROXY_HEADER_CASE: {
    layer: 'proxy',
    stage: 'upgrade',
    title: 'A proxy changes the case of field names, and a peer minds',
    meaning:
      'Names of fields have no case. HAProxy writes all of them in lower case and programs in Go write Sec-Websocket-Key; a client or server that compares them letter by letter finds nothing.',
    actor: 'client',
    sections: ['RFC 9110 §5.1'],
    fix: 'Make the peer compare names without case; until then HAProxy has h1-case-adjust.',
    retry: 'after a fix',
    example: response('Sec-WebSocket-Accept:', 'sec-websocket-accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk='),
  },
  PROXY_BUFFERING: {
    layer: 'proxy',
    stage: 'upgrade',
    title: 'The proxy holds back what the server sends',
    meaning:
      'The server wrote its 101, or its first message, long before the client got it. The proxy collects the answer to scan or buffer it, which no answer without an end survives.',
    actor: 'proxy',
    sections: ['RFC 9110 §7.8'],
    fix: 'Switch buffering and scanning off on this route (the buffer filter in Envoy, response scanning in a security gateway).',
    retry: 'after a fix',
    example: 'The server writes 101 at 0.02 s, and the client reads it at 30 s.',
  },
  PROXY_FRAMES_MODIFIED: {
    layer: 'proxy',
    stage: 'frame',
    title: 'The frames are changed on their way through a proxy',
    meaning:
      'Frames that are right directly are broken through the proxy. It takes part in the WebSocket itself, and mixes what the two sides agreed on, mostly compression.',
    actor: 'proxy',
    sections: ['RFC 6455 §5.8', 'RFC 7692 §6'],
    fix: 'Let the proxy pass the octets on as they are, or switch compression off on both sides.',
    retry: 'after a fix',
    example: 'Directly 81 02 68 69, through the proxy c1 02 68 69.',
  },
  PROXY_SMUGGLE_TUNNEL: {
    layer: 'proxy',
    stage: 'http',
    title: 'The proxy keeps a tunnel open although the upgrade was refused',
    meaning:
      'The server refused with a status, and the proxy passes the next octets on to it unread. Whoever sends them reaches paths of the server that the proxy is there to protect.',
    actor: 'proxy',
    sections: ['RFC 9110 §7.8', 'RFC 9112 §11.2'],
    fix: 'Update the proxy: it may open a tunnel only after a 101.',
    retry: 'after a fix',
    example: 'Version 99, the refusal, and then a GET /admin on the same connection that the server answers.',
  },
  PROXY_LIMIT: {
    layer: 'proxy',
    stage: 'http',
    title: 'The proxy has no room for more connections',
    meaning:
      'It answers 502 or 503, or ends connections without a word, once many are open. Each WebSocket takes two of its connections, and a file descriptor and a port of its own for the one to the server.',
    actor: 'proxy',
    sections: ['RFC 9110 §15.6.4'],
    fix: 'Raise the limits: worker_connections and worker_rlimit_nofile in nginx, maxconn in HAProxy; add source addresses where ports run out.',
    retry: 'later',
    example: 'The error log of nginx says: 1024 worker_connections are not enough.',
  },
  PROXY_LOOP: {
    layer: 'proxy',
    stage: 'http',
    title: 'The proxy forwards to itself',
    meaning:
      'The server behind the proxy is the proxy again, often because the name of the upstream is the public name. The request goes round until somebody gives up (508, or a Via that grows).',
    actor: 'proxy',
    sections: ['RFC 9110 §7.6.3', 'RFC 5842 §7.2'],
    fix: 'Set the address of the server itself as the upstream.',
    retry: 'after a fix',
    example: status('508 Loop Detected'),
  },
});

/** All rows of this file by code: what is configured wrong or not at all, and what meddles. */
export const proxyReasons = Object.freeze({ ...configured, ...meddling });
