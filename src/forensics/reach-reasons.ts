// Knows: what is wrong on the way to a server although a single attempt may well succeed: names with several addresses, ports
// that belong to something else, TLS that somebody opened on the way. Only a comparison of several attempts finds these.
// Must not know: how it is found. Rows that one attempt meets are in transport/failures.ts.
import { defineReasons } from '../reason.js';

const dnsReasons = defineReasons({
  DNS_LOCALHOST_FAMILY: {
    layer: 'dns',
    stage: 'tcp',
    title: 'The server listens on the other loopback address',
    meaning:
      'The name localhost means both ::1 and 127.0.0.1, and the server listens on one of them only. A client that tries the other one first, and no second one, is refused (ECONNREFUSED).',
    actor: 'server',
    sections: ['RFC 6761 §6.3', 'RFC 8305 §4'],
    fix: 'Listen on both (in Node leave the host out), or write the address that is listened on into the URL.',
    retry: 'after a fix',
    example: 'ws://localhost:3000/ where the server listens on 127.0.0.1 and the client tries ::1.',
  },
  DNS_PRIVATE_FROM_PUBLIC: {
    layer: 'dns',
    stage: 'dns',
    title: 'A public name leads to a private address',
    meaning:
      'The record holds an address that exists only inside one network (RFC 1918, fc00::/7, link-local). Everywhere else the connection times out, or reaches a stranger with the same address.',
    actor: 'server',
    sections: ['RFC 1918 §3', 'RFC 4193 §4.1'],
    fix: 'Publish the public address, or keep the name inside: split DNS, or a VPN for those who need it.',
    retry: 'after a fix',
    example: 'chat.example.com with the A record 10.0.0.7.',
  },
  DNS_AAAA_DEAD: {
    layer: 'dns',
    stage: 'tcp',
    title: 'The IPv6 addresses of the name do not answer, the IPv4 ones do',
    meaning:
      'Browsers try both families at once and lose little time. Clients that try one after the other wait for a timeout first, and those that take only the first address fail.',
    actor: 'server',
    sections: ['RFC 8305 §4'],
    fix: 'Make the server reachable over IPv6 (listen address, firewall), or remove the AAAA record.',
    retry: 'later',
    example: 'A name with one A and one AAAA record, of which only the A record answers SYN.',
  },
  DNS_POOL_UNEVEN: {
    layer: 'dns',
    stage: 'http',
    title: 'The addresses of the name answer the same handshake differently',
    meaning:
      'The name has several addresses, and one of them refuses what another accepts: an old release, a forgotten node, a proxy that was not reloaded. Clients meet it as a fault that comes and goes.',
    actor: 'server',
    sections: ['RFC 1794'],
    fix: 'Repair the node that answers otherwise, or take its address out of DNS.',
    retry: 'at once',
    example: '203.0.113.10 answers 101 and 203.0.113.11 answers 404.',
  },
  DNS_STALE: {
    layer: 'dns',
    stage: 'dns',
    title: 'The name still leads to the old server',
    meaning:
      'A record was changed, and caches on the way keep the old one until its time to live is over. The certificate or the answer belongs to another server than the one meant.',
    actor: 'network',
    sections: ['RFC 2181 §8', 'RFC 1035 §3.2.1'],
    fix: 'Ask the authoritative name server; wait for the time to live or flush the cache, and lower it before the next move.',
    retry: 'later',
    example: 'Two resolvers that give two different addresses for one name.',
  },
});

const portReasons = defineReasons({
  TCP_CDN_PORT: {
    layer: 'tcp',
    stage: 'tcp',
    title: 'The CDN in front does not serve this port',
    meaning:
      'The address belongs to a CDN, which takes connections on a short list of ports and drops all others. The server behind it may listen on this port, but nobody comes that far.',
    actor: 'server',
    sections: ['RFC 9293 §3.8.3'],
    fix: 'Use 443, or a port that the CDN lists; or publish the address of the server itself under another name.',
    retry: 'after a fix',
    example: 'wss://app.example.com:3000/ where the name leads to a CDN.',
  },
  TCP_PROXY_PROTOCOL: {
    layer: 'tcp',
    stage: 'tcp',
    title: 'One side sends the PROXY protocol and the other does not expect it',
    meaning:
      'A load balancer can put a line with the address of the client in front of the octets of the connection. A server that expects it ends every connection without; one that does not reads it as a broken request and answers 400.',
    actor: 'proxy',
    sections: ['HAProxy PROXY protocol'],
    fix: 'Set it on both sides or on none: send-proxy of HAProxy with `listen ... proxy_protocol` of nginx, or neither.',
    retry: 'after a fix',
    example: 'PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\nGET /ws HTTP/1.1',
  },
  TCP_WRONG_SERVICE: {
    layer: 'tcp',
    stage: 'http',
    title: 'Another service listens on this port',
    meaning:
      'What came back is the greeting of another protocol, such as SSH, mail, MySQL or Redis. The port in the URL is wrong, or a proxy forwards to the wrong one: nginx 1.22 passes such octets on as they are.',
    actor: 'client',
    sections: ['RFC 9112 §2.1'],
    fix: 'Correct the port in the URL; if it is right, correct the upstream address in the proxy.',
    retry: 'after a fix',
    example: 'The answer begins with SSH-2.0-OpenSSH.',
  },
});

const tlsReasons = defineReasons({
  TLS_ALPN_H2_SPOKEN_H1: {
    layer: 'tls',
    stage: 'http',
    title: 'HTTP/2 was agreed on, and HTTP/1.1 was spoken',
    meaning:
      'The client offered h2 in ALPN, the server chose it, and then a request of HTTP/1.1 came. nginx answers with SETTINGS and GOAWAY and closes; its error log says "invalid connection preface".',
    actor: 'client',
    sections: ['RFC 7301 §3.2', 'RFC 9113 §3.4'],
    fix: 'Offer only http/1.1 in ALPN for an upgrade, or speak RFC 8441 where h2 was chosen.',
    retry: 'after a fix',
    example: 'ALPN h2, then `GET /ws HTTP/1.1`.',
  },
  TLS_INTERCEPTED: {
    layer: 'tls',
    stage: 'tls',
    title: 'Somebody on the way opens TLS',
    meaning:
      'The certificate comes from a security product or a private authority, and not from the one that others see for this name. The connection works where that authority is trusted, but whoever opened it reads and may change what is sent.',
    actor: 'network',
    sections: ['RFC 8446 §9.3'],
    fix: 'Exempt the host from the inspection of TLS, or give the client the authority of the product.',
    retry: 'after a fix',
    example: 'The issuer of the certificate is the antivirus program of this machine.',
  },
  CLIENT_CLOCK_SKEW: {
    layer: 'tls',
    stage: 'tls',
    title: 'The clock of this machine is wrong',
    meaning:
      'The field Date of the answer is more than five minutes away from the clock here. A certificate then looks expired, or not yet valid, on this machine alone, and tokens with a time in them are refused.',
    actor: 'client',
    sections: ['RFC 5280 §4.1.2.5', 'RFC 9110 §6.6.1'],
    fix: 'Set the clock, and let it be kept by NTP.',
    retry: 'after a fix',
    example: 'Date says 2026 and the clock of the client says 2019.',
  },
});

const otherVersions = defineReasons({
  H2_ONLY: {
    layer: 'h2',
    stage: 'http',
    title: 'The port without TLS speaks HTTP/2 only',
    meaning:
      'The answer to a request of HTTP/1.1 was a frame of HTTP/2. A server that wants h2 with prior knowledge has no upgrade of HTTP/1.1, and browsers speak h2 over TLS only.',
    actor: 'server',
    sections: ['RFC 9113 §3.3', 'RFC 8441 §3'],
    fix: 'Let the server take HTTP/1.1 on this port too, or put TLS with ALPN in front.',
    retry: 'after a fix',
    example: 'The answer begins with 00 00 12 04 00: a SETTINGS frame.',
  },
  H3_CONNECT_REJECTED: {
    layer: 'h2',
    stage: 'upgrade',
    title: 'HTTP/3 is offered for WebSocket and then refused',
    meaning:
      'The server announces extended CONNECT over HTTP/3 (RFC 9220), and refuses it, while the upgrade over HTTP/1.1 works. A client that chose HTTP/3 may not fall back.',
    actor: 'server',
    sections: ['RFC 9220 §3'],
    fix: 'Route extended CONNECT to the application, or stop announcing it.',
    retry: 'after a fix',
    example: 'SETTINGS_ENABLE_CONNECT_PROTOCOL is 1 over HTTP/3, and a CONNECT gets 404.',
  },
});

/** All rows of this file by code, in the order of the path. */
export const reachReasons = Object.freeze({ ...dnsReasons, ...portReasons, ...tlsReasons, ...otherVersions });
