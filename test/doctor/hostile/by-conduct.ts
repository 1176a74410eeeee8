// Servers that want doctor to do one more thing.
import { answering } from '../deployments/servers/listen.js';
import { sound, status } from '../deployments/servers/sound.js';
import type { Hostile } from './row.js';

export const byConduct: readonly Hostile[] = [
  {
    name: 'redirects without an end',
    limit: 'conduct',
    expect: ['ROUTE_REDIRECT'],
    serve: () =>
      sound({
        refuses: ({ url = '' }) => status(302, { Location: `${url.replace(/\?.*/, '')}?n=${url.length}` }),
      }),
    shows: /^HTTP\/1\.1 302 [\s\S]*Location: \/ws\?n=3\n/,
  },
  {
    name: 'a redirect to a port of the machine itself',
    limit: 'conduct',
    expect: ['ROUTE_REDIRECT'],
    serve: () => sound({ refuses: () => status(307, { Location: 'http://127.0.0.1:22/latest/meta-data/' }) }),
    shows: /^HTTP\/1\.1 307 [\s\S]*Location: http:\/\/127\.0\.0\.1:22\//,
  },
  {
    name: '429 with a year of patience',
    limit: 'conduct',
    expect: ['ROUTE_RATE_LIMIT'],
    serve: () => sound({ refuses: () => status(429, { 'Retry-After': '31536000' }) }),
    shows: /^HTTP\/1\.1 429 [\s\S]*Retry-After: 31536000\n/,
  },
  {
    name: 'a cookie that it wants to have back, with a line end in it',
    limit: 'conduct',
    expect: ['HTTP_HEADER_SYNTAX', 'AUTH_REQUIRED'],
    serve: () => answering(status(401, { 'Set-Cookie': 'a=b\rInjected: 1' })),
    shows: /\nSet-Cookie: a=b\\x0dInjected: 1\n/,
  },
];
