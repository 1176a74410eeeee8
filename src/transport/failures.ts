// Knows: how an attempt can fail before there is an answer to judge: the URL, the name, TCP, TLS, and a server that says nothing
// or breaks off. Rows for the client. Must not know: how a failure is recognised (`system-errors.ts`), or what is dialled.
import { defineReasons } from '../reason.js';

/** What is wrong with what the caller wants to reach, found without a network. RFC 6455 §3. */
const urlFailures = defineReasons({
  URL_SYNTAX: {
    layer: 'url',
    stage: 'url',
    title: 'The URL cannot be read',
    meaning:
      'The text is no absolute URL with a host: the scheme or the host is missing, the port is no number up to 65535, or the host has a character that no host has. Nothing was sent.',
    actor: 'client',
    sections: ['RFC 6455 §3', 'RFC 3986 §3'],
    fix: 'Write the URL in full, such as wss://example.com/ws.',
    retry: 'never',
    example: 'connect("example.com/ws")',
  },
  URL_SCHEME: {
    layer: 'url',
    stage: 'url',
    title: 'The scheme of the URL is not one for a WebSocket',
    meaning:
      'A WebSocket has a URL with ws or wss; http and https are taken to mean the same. Any other scheme names another protocol. Nothing was sent.',
    actor: 'client',
    sections: ['RFC 6455 §3', 'RFC 6455 §4.1'],
    fix: 'Use wss:// (or ws:// without TLS).',
    retry: 'never',
    example: 'connect("ftp://example.com/ws")',
  },
  URL_FRAGMENT: {
    layer: 'url',
    stage: 'url',
    title: 'The URL has a fragment',
    meaning:
      'What follows # is never sent to a server, so it means nothing in the URL of a WebSocket, and the standard forbids it there. Usually a # of the path or query was not encoded. Nothing was sent.',
    actor: 'client',
    sections: ['RFC 6455 §3'],
    fix: 'Remove the fragment; write %23 for a # that belongs to the path or query.',
    retry: 'never',
    example: 'connect("wss://example.com/ws#top")',
  },
  URL_USERINFO: {
    layer: 'url',
    stage: 'url',
    title: 'The URL carries a user name or a password',
    meaning:
      'The URL of a WebSocket has no place for them: browsers ignore them, some clients send them, and many programs write URLs into logs. This client sends nothing rather than guess.',
    actor: 'client',
    sections: ['RFC 6455 §3', 'RFC 3986 §3.2.1'],
    fix: 'Take them out of the URL and send them on purpose: headers: { Authorization: "Basic …" }.',
    retry: 'never',
    example: 'connect("wss://user:password@example.com/ws")',
  },
  URL_PROTOCOL_TOKEN: {
    layer: 'url',
    stage: 'url',
    title: 'A subprotocol cannot be offered as it is',
    meaning:
      'A subprotocol is a token: letters, digits and a few signs, no space, comma, slash or equals sign; and each is offered once. Base64 with = or / is the usual mistake. Nothing was sent.',
    actor: 'client',
    sections: ['RFC 6455 §4.1', 'RFC 9110 §5.6.2'],
    fix: 'Offer plain names, each once; if one has to carry data, encode it as base64url without padding.',
    retry: 'never',
    example: 'connect(url, { subprotocols: ["Bearer abc"] })',
  },
  CLIENT_CLOSED_EARLY: {
    layer: 'url',
    stage: 'abort',
    title: 'The attempt was called off before it was over',
    meaning:
      'The signal that was given to connect was aborted while the attempt was under way. Nothing was wrong with the server as far as it was reached. The cause of the error is the reason of the signal.',
    actor: 'nobody',
    sections: ['RFC 6455 §7.1.7'],
    fix: 'If this was not meant, look for who aborts the signal: a timeout of your own, or a component that is mounted twice.',
    retry: 'at once',
    example: 'connect(url, { signal: AbortSignal.timeout(1) })',
  },
});

const dnsFailures = defineReasons({
  DNS_NXDOMAIN: {
    layer: 'dns',
    stage: 'dns',
    title: 'The host name does not exist',
    meaning:
      'The resolver of this machine knows no such name (ENOTFOUND). It is mistyped, its record is missing, or it exists only inside another network.',
    actor: 'client',
    sections: ['RFC 1035 §4.1.1'],
    fix: 'Check the spelling; then add the record, or use the resolver (VPN) that knows the name.',
    retry: 'after a fix',
    example: 'connect("ws://no-such-host.invalid/")',
  },
  DNS_NODATA: {
    layer: 'dns',
    stage: 'dns',
    title: 'The host name has no address',
    meaning:
      'The name exists, but without an A or AAAA record, so there is nothing to connect to. Often only a MX or TXT record was made for it.',
    actor: 'server',
    sections: ['RFC 2308 §2.2'],
    fix: 'Add an A or AAAA record for the name, or use the name that has one.',
    retry: 'after a fix',
    example: 'A name that has only a MX record.',
  },
  DNS_FAILURE: {
    layer: 'dns',
    stage: 'dns',
    title: 'The resolver did not answer',
    meaning:
      'The name could not be looked up: the resolver failed (EAI_AGAIN), refused, or was silent until the time of the attempt was up. Whether the name exists is not known.',
    actor: 'network',
    sections: ['RFC 8914', 'RFC 1035 §7.2'],
    fix: 'Check that this machine is online and that its resolver works; then look at DNSSEC and the delegation of the zone.',
    retry: 'later',
    example: 'EAI_AGAIN from getaddrinfo',
  },
});

const tcpFailures = defineReasons({
  TCP_REFUSED: {
    layer: 'tcp',
    stage: 'tcp',
    title: 'Nothing listens on this port',
    meaning:
      'The host is there and refused the connection (ECONNREFUSED): the server is not started, listens on another port, or on another address (127.0.0.1 is not ::1).',
    actor: 'server',
    sections: ['RFC 9293 §3.10.7'],
    fix: 'Start the server; compare the port and the address that it listens on with the URL; in a container, look at the port map.',
    retry: 'later',
    example: 'connect("ws://127.0.0.1:1/")',
  },
  TCP_TIMEOUT: {
    layer: 'tcp',
    stage: 'tcp',
    title: 'The host did not answer the connection attempt',
    meaning:
      'No answer came to the SYN before the time was up. A firewall or security group drops the packets, the address is wrong, or the host is off.',
    actor: 'network',
    sections: ['RFC 9293 §3.8.3'],
    fix: 'Check the address and the firewalls on the way for this port; behind a CDN, check that it serves this port at all.',
    retry: 'later',
    example: 'connect("ws://192.0.2.1/"): an address that nobody has',
  },
  TCP_UNREACHABLE: {
    layer: 'tcp',
    stage: 'tcp',
    title: 'There is no way to this host',
    meaning:
      'This machine or a router on the way has no route to the address, or a rule forbids it (EHOSTUNREACH, ENETUNREACH). With IPv6 addresses it often means that this network has no IPv6.',
    actor: 'network',
    sections: ['RFC 1122 §3.2.2.1'],
    fix: 'Check the network, the VPN and the routes of this machine.',
    retry: 'later',
    example: 'EHOSTUNREACH from connect',
  },
  TCP_FAILED: {
    layer: 'tcp',
    stage: 'tcp',
    title: 'The connection could not be made',
    meaning:
      'The operating system refused for a reason that has no row of its own here, such as no free file descriptor (EMFILE) or local port. The code of the system is shown.',
    actor: 'client',
    sections: ['RFC 9293 §3.9.1'],
    fix: 'Look up the code that is shown; it is about this machine more often than about the server.',
    retry: 'later',
    example: 'EMFILE from connect',
  },
  TCP_RESET_AFTER_ACCEPT: {
    layer: 'tcp',
    stage: 'tcp',
    title: 'The server took the connection and hung up at once',
    meaning:
      'TCP was connected, and then ended before TLS had begun, without an octet from the other side. The server crashed, its backlog is full, a filter dislikes this address, or it waits for a PROXY protocol header.',
    actor: 'server',
    sections: ['RFC 9293 §3.10.7'],
    fix: 'Look into the log of the server or load balancer at this time; compare send-proxy and accept-proxy on both of them.',
    retry: 'later',
    example: 'A wss URL whose port closes every connection that it accepts.',
  },
});

const tlsFailures = defineReasons({
  TLS_TO_PLAIN_PORT: {
    layer: 'tls',
    stage: 'tls',
    title: 'This port does not speak TLS',
    meaning:
      'The URL says wss, and what answered the TLS greeting is not TLS: a plain HTTP server or another service listens here.',
    actor: 'client',
    sections: ['RFC 8446 §5.1', 'RFC 6455 §3'],
    fix: 'Use ws:// for this port, or give the server a certificate.',
    retry: 'after a fix',
    example: 'connect("wss://127.0.0.1:8101/") to a server on plain HTTP',
  },
  TLS_MISSING: {
    layer: 'tls',
    stage: 'http',
    title: 'This port wants TLS',
    meaning:
      'The URL says ws, and the answer shows that the server expects TLS: a TLS alert, or the page that nginx, Apache and Go send to plain requests.',
    actor: 'client',
    sections: ['RFC 6455 §3', 'RFC 8446 §6'],
    fix: 'Use wss:// in place of ws://.',
    retry: 'after a fix',
    example: 'An answer that starts with 15 03 01, a TLS alert.',
  },
  TLS_CERT_EXPIRED: {
    layer: 'tls',
    stage: 'tls',
    title: 'The certificate of the server has expired',
    meaning:
      'Its last day is over. If it was renewed, the server still shows the old one; if other sites fail too, the clock of this machine is wrong.',
    actor: 'server',
    sections: ['RFC 5280 §4.1.2.5', 'RFC 6455 §10.6'],
    fix: 'Renew the certificate and reload the server.',
    retry: 'after a fix',
    example: 'CERT_HAS_EXPIRED: a certificate whose notAfter is yesterday',
  },
  TLS_CERT_NOT_YET: {
    layer: 'tls',
    stage: 'tls',
    title: 'The certificate of the server is not valid yet',
    meaning:
      'Its first day has not come. Mostly the clock of this machine, or of the one that issued it, is wrong.',
    actor: 'server',
    sections: ['RFC 5280 §4.1.2.5'],
    fix: 'Check the clocks; then issue the certificate again.',
    retry: 'after a fix',
    example: 'CERT_NOT_YET_VALID: a certificate whose notBefore is tomorrow',
  },
  TLS_CERT_NAME: {
    layer: 'tls',
    stage: 'tls',
    title: 'The certificate is for another host',
    meaning:
      'None of the names in the certificate is the host of the URL. The server shows the certificate of its default site, or the name was forgotten when it was issued.',
    actor: 'server',
    sections: ['RFC 9525 §6', 'RFC 6455 §4.1'],
    fix: 'Use a name that the certificate has, or issue it with this name as a subject alternative name.',
    retry: 'after a fix',
    example: 'ERR_TLS_CERT_ALTNAME_INVALID: a certificate for other.example only',
  },
  TLS_CERT_UNTRUSTED: {
    layer: 'tls',
    stage: 'tls',
    title: 'Nobody whom this client trusts has signed the certificate',
    meaning:
      'The certificate is signed by itself, or by an authority of a company or a middlebox that is not in the list of this client.',
    actor: 'server',
    sections: ['RFC 5280 §6', 'RFC 6455 §10.6'],
    fix: 'Give the client the authority: tls: { ca } or NODE_EXTRA_CA_CERTS; for the public, use a public authority.',
    retry: 'after a fix',
    example: 'DEPTH_ZERO_SELF_SIGNED_CERT: a certificate signed by itself',
  },
  TLS_CHAIN_INCOMPLETE: {
    layer: 'tls',
    stage: 'tls',
    title: 'The certificate does not lead to an authority that this client knows',
    meaning:
      'The server showed its own certificate without the intermediate one that signed it, or the authority above is private. Browsers often have or fetch the missing part, so they connect where Node, Python and Go do not.',
    actor: 'server',
    sections: ['RFC 8446 §4.4.2', 'RFC 5280 §6'],
    fix: 'Let the server send the full chain (fullchain.pem); for a private authority give it to the client: tls: { ca }.',
    retry: 'after a fix',
    example: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE: a leaf without its intermediate',
  },
  TLS_CERT_REVOKED: {
    layer: 'tls',
    stage: 'tls',
    title: 'The certificate was revoked',
    meaning: 'It is on a revocation list that was given to this client (tls.crl).',
    actor: 'server',
    sections: ['RFC 5280 §6.3'],
    fix: 'Issue a new certificate and reload the server.',
    retry: 'after a fix',
    example: 'CERT_REVOKED: a certificate that tls.crl lists',
  },
  TLS_SNI: {
    layer: 'tls',
    stage: 'tls',
    title: 'The TLS server does not know this host name',
    meaning:
      'The server answered with the alert unrecognized_name: it has no site of the name that was asked for. With an IP address in the URL no name is asked for at all.',
    actor: 'client',
    sections: ['RFC 6066 §3'],
    fix: 'Use the name that the server is set up for, or add this name there.',
    retry: 'after a fix',
    example: 'Alert 112, unrecognized_name',
  },
  TLS_VERSION: {
    layer: 'tls',
    stage: 'tls',
    title: 'Client and server have no TLS version in common',
    meaning:
      'The server speaks only versions that this client has given up (TLS 1.0 and 1.1), or only newer ones than it may use.',
    actor: 'server',
    sections: ['RFC 8996', 'RFC 8446 §4.2.1'],
    fix: 'Enable TLS 1.2 and 1.3 on the server.',
    retry: 'after a fix',
    example: 'Alert 70, protocol_version',
  },
  TLS_CIPHER: {
    layer: 'tls',
    stage: 'tls',
    title: 'Client and server cannot agree on how to encrypt',
    meaning:
      'The server answered handshake_failure: no cipher, group or signature that both accept, or keys too weak for this client. Before TLS 1.3 a missing client certificate looks the same.',
    actor: 'server',
    sections: ['RFC 8446 §9.1', 'RFC 8446 §6.2'],
    fix: 'Use a modern profile on the server; if it asks for a client certificate, give tls: { cert, key }.',
    retry: 'after a fix',
    example: 'Alert 40, handshake_failure',
  },
  TLS_CLIENT_CERT: {
    layer: 'tls',
    stage: 'tls',
    title: 'The server wants a certificate of the client, or another one',
    meaning:
      'The server asked for a client certificate and got none, or one that it does not accept. In TLS 1.3 it says so only after the handshake.',
    actor: 'client',
    sections: ['RFC 8446 §4.3.2', 'RFC 8446 §6.2'],
    fix: 'Give a certificate that the server knows: tls: { cert, key }.',
    retry: 'after a fix',
    example: 'Alert 116, certificate_required',
  },
  TLS_ALPN_ONLY_H2: {
    layer: 'tls',
    stage: 'tls',
    title: 'The server does not speak HTTP/1.1 over TLS',
    meaning:
      'This client offers http/1.1, on which WebSocket is an upgrade; the server answered no_application_protocol. It takes only h2.',
    actor: 'server',
    sections: ['RFC 7301 §3.2', 'RFC 8441 §5'],
    fix: 'Allow http/1.1 beside h2 on the server or load balancer.',
    retry: 'after a fix',
    example: 'Alert 120, no_application_protocol',
  },
  TLS_TIMEOUT: {
    layer: 'tls',
    stage: 'tls',
    title: 'The TLS handshake did not come to an end',
    meaning:
      'TCP is connected, but TLS was not done before the time was up. A plain HTTP server that waits for the end of a line does this, so does a network that drops large packets, and a server without time.',
    actor: 'server',
    sections: ['RFC 8446 §4'],
    fix: 'Try ws:// on this port; then look at the load of the server and at the MTU on the way.',
    retry: 'later',
    example: 'A wss URL whose port accepts connections and stays silent.',
  },
  TLS_FAILED: {
    layer: 'tls',
    stage: 'tls',
    title: 'The TLS handshake failed',
    meaning: 'It failed for a reason that has no row of its own here. The code of the TLS library is shown.',
    actor: 'server',
    sections: ['RFC 8446 §6.2'],
    fix: 'Look up the code that is shown, and look into the log of the server at this time.',
    retry: 'after a fix',
    example: 'Alert 80, internal_error',
  },
});

const answerFailures = defineReasons({
  HTTP_NO_RESPONSE: {
    layer: 'http',
    stage: 'http',
    title: 'The server did not answer the handshake in time',
    meaning:
      'The request was sent and no whole answer came before the time was up. Usually nobody on the server listens for upgrades, or its handler waits for something; a server that never answers is one that never refuses.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.2'],
    fix: 'Answer or refuse every upgrade on the server; if it is only slow, raise timeouts.connectMs.',
    retry: 'later',
    example: 'A port that accepts connections and stays silent.',
  },
  HTTP_EMPTY_REPLY: {
    layer: 'http',
    stage: 'http',
    title: 'The server hung up without an answer',
    meaning:
      'The request was sent, and the server ended the connection in order, without an octet. Many servers destroy the socket when they refuse an upgrade; one that expects TLS may do the same to a plain request.',
    actor: 'server',
    sections: ['RFC 6455 §4.2.2', 'RFC 9112 §9.6'],
    fix: 'Send a status before closing (socket.end("HTTP/1.1 400 …")); try wss:// if the port may want TLS.',
    retry: 'after a fix',
    example: 'FIN after the request, and 0 octets.',
  },
  HTTP_RESET: {
    layer: 'http',
    stage: 'http',
    title: 'The connection was reset in place of an answer',
    meaning:
      'The request was sent, and TCP was reset (RST) before an octet of the answer. The server crashed in its upgrade handler, or a firewall on the way took offence.',
    actor: 'server',
    sections: ['RFC 9293 §3.10.7'],
    fix: 'Look into the log of the server at this time; if it saw nothing, look at the firewalls on the way.',
    retry: 'later',
    example: 'ECONNRESET after the request, and 0 octets.',
  },
  HTTP_TRUNCATED: {
    layer: 'http',
    stage: 'http',
    title: 'The answer breaks off inside its head',
    meaning:
      'Some octets of the answer came, then the connection ended before the empty line that ends the head.',
    actor: 'server',
    sections: ['RFC 9112 §8', 'RFC 9112 §2.1'],
    fix: 'End the head with an empty line (CR LF CR LF); if the server does, look for a crash or a small buffer of a proxy.',
    retry: 'after a fix',
    example: '`HTTP/1.1 101 Switching Pro`, then FIN.',
  },
});

/** All rows of this room by code, in the order of the path. */
export const FAILURES = Object.freeze({
  ...urlFailures,
  ...dnsFailures,
  ...tcpFailures,
  ...tlsFailures,
  ...answerFailures,
});
