// What platforms answer that cannot be started here, from their documentation: the fields that name them, and a page.
// Only the words are real; that these are the answers of today must be checked against the platform.
import { type Row, servers } from './row.js';
import { sound, status } from './sound.js';

/** Handshakes get this; a plain GET gets a page through the same platform. */
function platform(
  name: string,
  expect: string,
  code: number,
  fields: Readonly<Record<string, string>>,
  body = '',
): Row {
  const [field, value] = Object.entries(fields)[0]!;
  return {
    name: `platform: ${name}`,
    expect: [expect],
    serve: () =>
      sound({
        refuses: ({ headers }) => (headers.upgrade === undefined ? undefined : status(code, fields, body)),
        plain: (_request, response) => void response.writeHead(200, { [field]: value }).end('hello\n'),
      }),
    shows: new RegExp(`^HTTP/1\\.1 ${code} [\\s\\S]*\\n${field}: `),
    flips: [[{ upgrade: null }, new RegExp(`^HTTP/1\\.1 200 [\\s\\S]*\\n${field}: `)]],
  };
}

/** Handshakes and pages alike get it. */
function down(
  name: string,
  expect: string,
  code: number,
  fields: Readonly<Record<string, string>>,
  body = '',
): Row {
  const [field] = Object.keys(fields);
  return {
    name: `platform: ${name}`,
    expect: [expect],
    serve: () => sound({ refuses: () => status(code, fields, body) }),
    shows: new RegExp(`^HTTP/1\\.1 ${code} [\\s\\S]*\\n${field}: `),
    flips: [[{ upgrade: null }, new RegExp(`^HTTP/1\\.1 ${code} `)]],
  };
}

const CLOUDFLARE = { Server: 'cloudflare', 'CF-RAY': '8f3a1c2d4e5f6a7b-FRA' };

const rows: readonly Row[] = [
  platform('functions of Vercel', 'ROUTE_SERVERLESS', 426, {
    'X-Vercel-Id': 'fra1::abcde-1700000000000-0123456789ab',
    Server: 'Vercel',
  }),
  platform('functions of Netlify', 'ROUTE_SERVERLESS', 501, {
    'X-Nf-Request-Id': '01HF0000000000000000000000',
    Server: 'Netlify',
  }),
  platform('Envoy without upgrade_configs', 'PROXY_WS_DISABLED', 403, { server: 'envoy' }),
  down('Cloudflare, server down', 'PROXY_UPSTREAM_DOWN', 521, CLOUDFLARE, 'error code: 521'),
  down('Cloudflare, connect timeout', 'PROXY_UPSTREAM_TIMEOUT', 522, CLOUDFLARE, 'error code: 522'),
  down('Cloudflare, answer timeout', 'PROXY_UPSTREAM_TIMEOUT', 524, CLOUDFLARE, 'error code: 524'),
  down('Cloudflare, TLS to the server', 'PROXY_UPSTREAM_TLS', 525, CLOUDFLARE, 'error code: 525'),
  platform('Cloudflare, the server hung up', 'PROXY_UPSTREAM_RESET', 520, CLOUDFLARE, 'error code: 520'),
  down(
    'AWS ALB without targets',
    'PROXY_NO_HEALTHY_TARGET',
    503,
    { Server: 'awselb/2.0', 'Content-Type': 'text/html' },
    '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n',
  ),
  down('a proxy that forwards to itself', 'PROXY_LOOP', 508, {
    Via: '1.1 edge, 1.1 edge, 1.1 edge, 1.1 edge',
  }),
];

export const platforms = servers('answers of platforms', rows);
