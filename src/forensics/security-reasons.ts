// Knows: weaknesses of an endpoint whose handshake succeeds: what a stranger's page, a listener on the way or a slow client may do.
// RFC 6455 §10, and what OWASP's ASVS asks of WebSockets.
// Must not know: how it is found, or what it costs in a grade.
import { request, status } from '../handshake/examples.js';
import { defineReasons } from '../reason.js';

const origins = defineReasons({
  SEC_CSWSH: {
    layer: 'security',
    stage: 'http',
    title: "Any web page can open this socket in a user's name",
    meaning:
      'A handshake from a foreign origin is accepted, and the cookie that came with it decides who the user is. A page of an attacker, open in the browser of the user, reads and writes with the rights of that user (cross-site WebSocket hijacking).',
    actor: 'server',
    sections: ['RFC 6455 §10.2', 'OWASP ASVS 5.0 4.4.2', 'CWE-1385'],
    fix: 'Compare Origin with a list of your own origins and refuse all others with 403; do not let a cookie alone decide.',
    retry: 'after a fix',
    example: request('', 'Origin: https://evil.example', 'Cookie: sid=1'),
  },
  SEC_ORIGIN_UNCHECKED: {
    layer: 'security',
    stage: 'http',
    title: 'Handshakes of foreign origins are accepted',
    meaning:
      'The server does not look at Origin: a page of any site may connect. No cookie was seen to matter, so nobody is impersonated by that alone, but the day a session cookie is added it is SEC_CSWSH.',
    actor: 'server',
    sections: ['RFC 6455 §10.2', 'OWASP ASVS 5.0 4.4.2'],
    fix: 'Give the server the list of origins that may connect; if it is meant for everybody, say so with --public.',
    retry: 'after a fix',
    example: request('', 'Origin: https://evil.example'),
  },
  SEC_ORIGIN_BYPASS: {
    layer: 'security',
    stage: 'http',
    title: 'The check of Origin can be got around',
    meaning:
      'A foreign origin is refused, but one that only looks like an allowed one is not: a longer name that begins or ends like it, the scheme http, or null. The server compares pieces of text.',
    actor: 'server',
    sections: ['RFC 6455 §10.2', 'RFC 6454 §5'],
    fix: 'Compare the whole origin (scheme, host and port) with the entries of a list; no startsWith, no endsWith, no pattern without ends.',
    retry: 'after a fix',
    example: request('', 'Origin: https://example.com.evil.example'),
  },
});

const secrets = defineReasons({
  SEC_PLAINTEXT: {
    layer: 'security',
    stage: 'tls',
    title: 'The endpoint is reached without TLS',
    meaning:
      'Everybody on the way can read and change what is sent, the credentials of the handshake included. Networks that look into plain HTTP also break WebSockets more often.',
    actor: 'server',
    sections: ['RFC 6455 §10.6', 'OWASP ASVS 5.0 4.4.1'],
    fix: 'Serve wss:// and redirect or refuse ws://.',
    retry: 'after a fix',
    example: 'ws://chat.example.com/ on a public address.',
  },
  SEC_TLS_OLD: {
    layer: 'security',
    stage: 'tls',
    title: 'The server still accepts TLS 1.0 or 1.1',
    meaning: 'Both versions are deprecated; browsers do not use them any more, so nobody needs them kept.',
    actor: 'server',
    sections: ['RFC 8996'],
    fix: 'Allow TLS 1.2 and 1.3 only (`ssl_protocols TLSv1.2 TLSv1.3;` in nginx).',
    retry: 'after a fix',
    example: 'A hello that offers at most TLS 1.1 is answered with ServerHello.',
  },
  SEC_TOKEN_IN_URL: {
    layer: 'security',
    stage: 'url',
    title: 'The URL carries what looks like a long-lived token',
    meaning:
      'URLs are written into logs of servers and proxies, and stay there. Whoever reads them can use the token until it expires.',
    actor: 'client',
    sections: ['RFC 6455 §10.5', 'OWASP ASVS 5.0 4.4.3', 'CWE-598'],
    fix: 'Fetch a ticket that works once and for seconds, and put that into the URL; or send the token in the first message.',
    retry: 'after a fix',
    example: 'wss://example.com/ws?access_token=eyJhbGciOiJIUzI1NiJ9.e30.c2ln',
  },
  SEC_COMPRESSION_SECRETS: {
    layer: 'security',
    stage: 'extension',
    title: 'Secrets are compressed together with text that others choose',
    meaning:
      'The length of a compressed message tells how much of it repeats what came before. Where an attacker can put text beside a secret and see lengths, the secret can be guessed piece by piece.',
    actor: 'server',
    sections: ['RFC 7692 §8', 'RFC 7457 §2.6'],
    fix: 'Send messages with secrets uncompressed, or agree on no compression for this endpoint.',
    retry: 'after a fix',
    example: 'One compressed message with a token of the user and a name that somebody else chose.',
  },
  SEC_VERBOSE_ERROR: {
    layer: 'security',
    stage: 'http',
    title: 'The refusal tells the insides of the server',
    meaning:
      'The body of the answer has a stack trace, or paths of files. That helps whoever looks for weak versions, and nobody else.',
    actor: 'server',
    sections: ['CWE-209'],
    fix: 'Answer with a code or a sentence, and keep the trace in the log (NODE_ENV=production for Express).',
    retry: 'after a fix',
    example: status('500 Internal Server Error', '', 'Error: x', '    at /srv/app/ws.js:12:9'),
  },
  SEC_SLOW_HANDSHAKE: {
    layer: 'security',
    stage: 'timeout',
    title: 'Half a request is kept for more than a minute',
    meaning:
      'A connection that began a request and did not go on was still open after 60 s. A few hundred of them cost an attacker nothing and keep others out.',
    actor: 'server',
    sections: ['CWE-400', 'RFC 9110 §15.5.9'],
    fix: 'Set a deadline for the head of a request: headersTimeout in Node, client_header_timeout in nginx, timeout http-request in HAProxy.',
    retry: 'after a fix',
    example: '`GET /ws HTTP/1.1`, the end of that line, and nothing more.',
  },
});

/** All rows of this file by code. */
export const securityReasons = Object.freeze({ ...origins, ...secrets });
