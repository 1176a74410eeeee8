// Every row of the way to an answer is made by a real listener, and is exactly that row.
import assert from 'node:assert/strict';
import type { LookupFunction, Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import type { SecureContextOptions } from 'node:tls';
import type { ConnectOptions } from '../../src/client/connect.js';
import { dial } from '../../src/transport/dial.js';
import { FAILURES } from '../../src/transport/failures.js';
import { Patience } from '../../src/transport/patience.js';
import { connectFailure } from '../../src/transport/system-errors.js';
import { freePort } from '../support/child.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { Authority } from '../transport/authority.js';
import { answering, deaf, type ListenOptions, listening, reading } from '../transport/listener.js';
import { failing } from './attempt.js';

type Code = keyof typeof FAILURES;
/** What was found, as `error.code` without `WS_`. */
type Make = () => Promise<string>;

const code = async (url: string, options?: ConnectOptions) => (await failing(url, options)).code.slice(3);

const named = async (lookup: LookupFunction, limitMs = 1000) => {
  const patience = new Patience(limitMs);
  const outcome = await dial({ host: 'name.test', port: 1, secure: false }, { lookup }, patience, {
    totalMs: 0,
  });
  patience.release();
  return outcome.ok ? 'connected' : outcome.rejection.reason.code;
};

const noOpenssl = need('openssl').skip;
const root = noOpenssl ? undefined : new Authority('handfast test root');
after(() => root?.[Symbol.dispose]());

/** A TLS server with this certificate, tried by a client that trusts the root. */
async function shown(
  tls: NonNullable<ListenOptions['tls']>,
  client: ConnectOptions['tls'] = {},
): Promise<string> {
  await using host = await listening((socket) => void socket.resume(), { tls });
  return await code(host.url, { tls: { ca: root!.cert, ...client }, timeouts: { connectMs: 2000 } });
}

/** A port that answers the first octets with these. */
async function answered(
  bytes: string | readonly number[] | ((socket: Socket) => void),
  scheme = 'ws',
): Promise<string> {
  const answer =
    typeof bytes === 'function'
      ? bytes
      : (socket: Socket) => void socket.end(Buffer.from(bytes as string, 'latin1'));
  await using host = await listening((socket) => void socket.once('data', () => answer(socket)));
  const found = await code(host.url.replace('ws:', `${scheme}:`), { timeouts: { connectMs: 300 } });
  await host.gone();
  return found;
}

const alert = (number: number) =>
  answered((socket) => void socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, number])), 'wss');

const url = 'ws://127.0.0.1:1/';
const rows: Record<Code, Make> = {
  URL_SYNTAX: () => code('example.com/ws'),
  URL_SCHEME: () => code('ftp://example.com/ws'),
  URL_FRAGMENT: () => code('wss://example.com/ws#top'),
  URL_USERINFO: () => code('wss://user:password@example.com/ws'),
  URL_PROTOCOL_TOKEN: () => code(url, { subprotocols: ['Bearer abc'] }),
  CLIENT_CLOSED_EARLY: () => code(url, { signal: AbortSignal.abort() }),
  DNS_NXDOMAIN: () => code('ws://no-such-host.invalid/'),
  DNS_NODATA: () => named((_name, _options, found) => void process.nextTick(() => found(null, []))),
  DNS_FAILURE: () => named(() => {}, 50),
  TCP_REFUSED: async () => code(`ws://127.0.0.1:${await freePort()}/`),
  TCP_TIMEOUT: async () => {
    await using host = await deaf();
    return await code(`ws://127.0.0.1:${host.port}/`, { timeouts: { connectMs: 300 } });
  },
  TCP_UNREACHABLE: () => code('ws://255.255.255.255/'),
  TCP_FAILED: async () => {
    const error = Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' });
    return connectFailure(error, '127.0.0.1:1').rejection.reason.code;
  },
  TCP_RESET_AFTER_ACCEPT: () => answered((socket) => void socket.resetAndDestroy(), 'wss'),
  TLS_TO_PLAIN_PORT: () => answered('HTTP/1.1 400 Bad Request\r\n\r\n', 'wss'),
  TLS_MISSING: () => answered((socket) => void socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 22]))),
  TLS_CERT_EXPIRED: () => shown(root!.issue('localhost', undefined, { fromDay: -9, untilDay: -1 })),
  TLS_CERT_NOT_YET: () => shown(root!.issue('localhost', undefined, { fromDay: 1 })),
  TLS_CERT_NAME: () => shown(root!.issue('other', 'DNS:other.test')),
  TLS_CERT_UNTRUSTED: () => shown(certificate(), {}),
  TLS_CHAIN_INCOMPLETE: () => {
    using middle = new Authority('middle', root);
    return shown(middle.issue('localhost'));
  },
  TLS_CERT_REVOKED: () => {
    const leaf = root!.issue('localhost');
    return shown(leaf, { crl: root!.revoke(leaf) });
  },
  TLS_SNI: () => alert(112),
  TLS_VERSION: () => shown({ ...root!.issue('localhost'), maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }),
  TLS_CIPHER: () => alert(40),
  TLS_CLIENT_CERT: () => wantsClient({ ca: root!.cert }),
  TLS_ALPN_ONLY_H2: () => shown({ ...root!.issue('localhost'), ALPNProtocols: ['h2'] }),
  TLS_TIMEOUT: () => answered(() => {}, 'wss'),
  TLS_FAILED: () => alert(80),
  HTTP_NO_RESPONSE: () => answered(() => {}),
  HTTP_EMPTY_REPLY: () => answered((socket) => void socket.end()),
  HTTP_RESET: () => answered((socket) => void socket.resetAndDestroy()),
  HTTP_TRUNCATED: () => answered('HTTP/1.1 101 Switching Pro'),
};

/** In TLS 1.3 the refusal comes after the client has finished, in place of an answer. */
async function wantsClient(client: SecureContextOptions): Promise<string> {
  const tls = {
    ...root!.issue('localhost'),
    ca: root!.cert,
    requestCert: true,
    minVersion: 'TLSv1.3' as const,
  };
  await using host = await reading(() => {}, { tls });
  return await code(host.url, { tls: client });
}

describe('every row of FAILURES', () => {
  test('has a maker here', () => {
    assert.deepEqual(Object.keys(rows).sort(), Object.keys(FAILURES).sort());
  });
  for (const [wanted, make] of Object.entries(rows)) {
    test(wanted, { skip: wanted.startsWith('TLS_') && noOpenssl }, async () => {
      assert.equal(await make(), wanted);
    });
  }
});

test('a server on TLS that gets a plain request', { skip: noOpenssl }, async () => {
  await using host = await listening(() => {}, { tls: certificate() });
  const error = await failing(`ws://127.0.0.1:${host.port}/`);
  // Node closes without an octet; others send an alert.
  assert.ok(['WS_HTTP_EMPTY_REPLY', 'WS_TLS_MISSING', 'WS_HTTP_RESET'].includes(error.code), error.code);
  assert.match(error.fix, /wss:\/\/|log/);
});

for (const page of [
  '<center>The plain HTTP request was sent to HTTPS port</center>',
  "You're speaking plain HTTP to an SSL-enabled server port.",
  'Client sent an HTTP request to an HTTPS server.\n',
]) {
  test(`TLS_MISSING by the page of a server: ${page.trim()}`, async () => {
    await using host = await answering(
      `HTTP/1.0 400 Bad Request\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
    );
    assert.equal(await code(host.url), 'TLS_MISSING');
  });
}

test('TLS_CLIENT_CERT by the page of nginx', async () => {
  const page = '<center>No required SSL certificate was sent</center>';
  await using host = await answering(`HTTP/1.1 400 Bad Request\r\n\r\n${page}`);
  assert.equal(await code(host.url), 'TLS_CLIENT_CERT');
});
