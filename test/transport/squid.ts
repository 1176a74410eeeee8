// Knows: how a real Squid is had for one test: on a port of its own, to this machine alone, with or without credentials. Must not know: what
// goes through it.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProxy, startProxy } from '../interop/peers/proxy.js';
import { Child } from '../support/child.js';
import { need } from '../support/needs.js';

export interface SquidOptions {
  /** `user:password` that must be given. */
  readonly credentials?: string;
  /** The only ports that a tunnel may lead to, as Squid has it by default with 443. Default: any. */
  readonly safePorts?: readonly number[];
}

/** Debian's helper reads files of htpasswd; a line a question is all that Squid wants. */
const HELPER = (credentials: string) => `#!/bin/sh
while read -r user password; do
  if [ "$user:$password" = '${credentials}' ]; then echo OK; else echo ERR; fi
done
`;

export function squid(options: SquidOptions = {}): Promise<RunningProxy> {
  const { credentials } = options;
  return startProxy((folder, port) => {
    const file = join(folder, 'squid.conf');
    const helper = join(folder, 'helper');
    if (credentials !== undefined) writeFileSync(helper, HELPER(credentials), { mode: 0o755 });
    // Started by root it gives up its rights.
    chmodSync(folder, 0o777);
    writeFileSync(file, [...settings(folder, port), ...rules(options, helper)].join('\n'));
    return new Child(need('squid').path, ['-N', '-f', file], { cwd: folder });
  });
}

function settings(folder: string, port: number): string[] {
  return [
    `http_port 127.0.0.1:${port}`,
    'pid_filename none',
    'pinger_enable off',
    'cache deny all',
    'cache_log stdio:/dev/null',
    'access_log none',
    `coredump_dir ${folder}`,
    'visible_hostname squid.test',
    'shutdown_lifetime 0 seconds',
  ];
}

function rules({ credentials, safePorts }: SquidOptions, helper: string): string[] {
  return [
    // Nothing that a test does may leave the machine.
    'acl here dstdomain 127.0.0.1 localhost .invalid',
    'http_access deny !here',
    ...(safePorts === undefined
      ? []
      : [`acl safe port ${safePorts.join(' ')}`, 'http_access deny CONNECT !safe']),
    ...(credentials === undefined
      ? ['http_access allow all']
      : [
          `auth_param basic program ${helper}`,
          'auth_param basic realm test',
          'acl known proxy_auth REQUIRED',
          'http_access allow known',
          'http_access deny all',
        ]),
    '',
  ];
}
