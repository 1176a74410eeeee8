// One HAProxy with a frontend and a backend for each deployment.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { certificate } from '../../../support/tls.js';
import { haproxyHandshake } from './haproxy-handshake.js';
import type { HaproxyRow } from './haproxy-lines.js';
import { haproxyRules } from './haproxy-rules.js';
import { haproxyUpstream } from './haproxy-upstream.js';
import { type Part, type ProxySetup, proxied } from './row.js';

const section = ({ row, port, lines }: Part<HaproxyRow>) => `
frontend front-${port}
  bind 127.0.0.1:${port} ${row.bind ?? ''}
  ${row.front ?? ''}
  ${row.routed === false ? '' : `default_backend back-${port}`}
backend back-${port}
  ${lines}
`;

const config = (parts: ReadonlyArray<Part<HaproxyRow>>) => `
userlist staff
  user ada insecure-password secret
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
${parts.map(section).join('')}`;

export const haproxy: ProxySetup = proxied(
  'HAProxy',
  'haproxy',
  [...haproxyHandshake, ...haproxyUpstream, ...haproxyRules],
  (folder, parts) => {
    const { key, cert } = certificate();
    writeFileSync(join(folder, 'both.pem'), cert + key);
    writeFileSync(join(folder, 'haproxy.cfg'), config(parts));
    return new Child(need('haproxy').path, ['-db', '-f', 'haproxy.cfg'], { cwd: folder });
  },
);
