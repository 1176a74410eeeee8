// Refused by a filter in front that judges the client: by its name, or with the page of a firewall.
// The pages of Cloudflare, Akamai and F5 are from their documentation: only the words are real, and that these are the answers of today
// must be checked against them.
import { FORBIDDEN, type Test, unless } from './identity.js';
import { type Row, servers } from './row.js';
import { sound, status } from './sound.js';

const fromBrowser: Test = ({ headers }) => headers['user-agent']?.startsWith('Mozilla/5.0') === true;

const rows: readonly Row[] = [
  {
    name: 'filter: by User-Agent',
    expect: ['PROXY_BOT_FILTER'],
    serve: unless(fromBrowser, FORBIDDEN),
    shows: /^HTTP\/1\.1 403 /,
    flips: [[{ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0' }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'filter: a challenge of Cloudflare',
    expect: ['PROXY_WAF_BLOCK'],
    serve: () =>
      sound({
        refuses: () =>
          status(
            403,
            { Server: 'cloudflare', 'CF-RAY': '8f3a1c2d4e5f6a7b-FRA', 'cf-mitigated': 'challenge' },
            '<!DOCTYPE html><title>Just a moment...</title>',
          ),
      }),
    shows: /\ncf-mitigated: challenge\n/,
  },
  {
    name: 'filter: a page of Akamai',
    expect: ['PROXY_WAF_BLOCK'],
    serve: () =>
      sound({
        refuses: () =>
          status(
            403,
            { Server: 'AkamaiGHost', 'Content-Type': 'text/html' },
            '<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>Reference&#32;&#35;18&#46;2d4e5f6a&#46;1700000000&#46;1a2b3c4d</BODY></HTML>',
          ),
      }),
    shows: /AkamaiGHost[\s\S]*Access Denied/,
  },
  {
    name: 'filter: a page of F5',
    expect: ['PROXY_WAF_BLOCK'],
    serve: () =>
      sound({
        refuses: () =>
          status(
            403,
            { 'Content-Type': 'text/html' },
            '<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 1234567890123456789</body></html>',
          ),
      }),
    shows: /Your support ID is/,
  },
];

export const filters = servers('refused by a filter', rows);
