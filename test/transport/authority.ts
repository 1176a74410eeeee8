// Knows: how to have a certificate authority for the length of a test process: chains, other lifetimes, clients' certificates.
// Must not know: who shows or checks them. `support/tls.ts` has the plain self-signed ones.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { need } from '../support/needs.js';

export interface Issued {
  readonly key: string;
  readonly cert: string;
}

export interface IssueOptions {
  /** Days from now; the first may be in the future, the second in the past. */
  readonly fromDay?: number;
  readonly untilDay?: number;
  /** May sign others itself. */
  readonly isAuthority?: boolean;
}

const CONFIG = `[ca]
default_ca = here
[here]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
`;
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
export const LOCAL = 'DNS:localhost,IP:127.0.0.1,IP:::1';

/** One that signs itself, or, given a signer, one below it. */
export class Authority implements Disposable {
  readonly cert: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'handfast-ca-'));
  #issued = 0;

  constructor(name: string, signer?: Authority) {
    this.#write('ca.cnf', CONFIG);
    this.#write('index.txt', '');
    this.#write('serial', '01\n');
    if (signer === undefined) {
      const extension = ['-addext', 'basicConstraints=critical,CA:TRUE'];
      this.#openssl(
        'req',
        '-x509',
        ...EC_KEY,
        '-subj',
        `/CN=${name}`,
        ...extension,
        '-days',
        '30',
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
      );
      this.cert = this.#read('ca.pem');
    } else {
      const { key, cert } = signer.issue(name, '', { isAuthority: true });
      this.#write('ca.key', key);
      this.#write('ca.pem', cert);
      this.cert = cert;
    }
  }

  issue(name: string, altNames: string = LOCAL, options: IssueOptions = {}): Issued {
    const { fromDay = -1, untilDay = 7, isAuthority = false } = options;
    this.#issued += 1;
    const at = this.#issued;
    const extension = isAuthority ? 'basicConstraints=critical,CA:TRUE' : `subjectAltName=${altNames}`;
    const [key, csr, cert] = [`${at}.key`, `${at}.csr`, `${at}.out`];
    this.#openssl(
      'req',
      ...EC_KEY,
      '-subj',
      `/CN=${name}`,
      '-addext',
      extension,
      '-keyout',
      key,
      '-out',
      csr,
    );
    const life = ['-startdate', stamp(fromDay), '-enddate', stamp(untilDay)];
    this.#openssl(
      'ca',
      '-batch',
      '-config',
      'ca.cnf',
      '-cert',
      'ca.pem',
      '-keyfile',
      'ca.key',
      ...life,
      '-notext',
      '-in',
      csr,
      '-out',
      cert,
    );
    return { key: this.#read(key), cert: this.#read(cert) };
  }

  /** A revocation list with this certificate on it. */
  revoke({ cert }: Issued): string {
    this.#write('revoked.pem', cert);
    const self = ['-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
    this.#openssl('ca', ...self, '-revoke', 'revoked.pem');
    this.#openssl('ca', ...self, '-gencrl', '-crldays', '1', '-out', 'list.crl');
    return this.#read('list.crl');
  }

  #openssl(...args: string[]): void {
    execFileSync(need('openssl').path, args, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), 'utf8');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As `openssl ca` wants it: 20260801120000Z. */
function stamp(day: number): string {
  return `${new Date(Date.now() + day * 86_400_000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}
