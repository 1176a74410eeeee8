// Knows: how to have a certificate for localhost, 127.0.0.1 and ::1 that lives as long as the test process.
// Must not know: who uses it. Nothing secret is kept in the repository.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { need } from './needs.js';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** What a client that is to trust it takes as `ca`: the certificate itself. */
  readonly ca: string;
}

let made: Certificate | undefined;

/** A self-signed certificate, made once for each process. */
export function certificate(): Certificate {
  made ??= make('localhost', 'DNS:localhost,IP:127.0.0.1,IP:::1', 7);
  return made;
}

/** For what must fail: another name, other addresses, another lifetime (negative: expired). */
export function make(name: string, altNames: string, days: number): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'handfast-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${altNames}`];
  try {
    execFileSync(
      need('openssl').path,
      [...options, ...names, '-days', `${days}`, '-keyout', keyFile, '-out', certFile],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const cert = readFileSync(certFile, 'utf8');
    return { key: readFileSync(keyFile, 'utf8'), cert, ca: cert };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
