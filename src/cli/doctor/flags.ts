// Knows: the flags that say how one target is examined, and what they mean to the engine. Files are read here.
// Must not know: the outputs, or how a target is examined. Values that may be secrets are never repeated in a complaint.
import { type Command, Option } from 'commander';
import type { DiagnoseOptions, Profile } from '../../doctor/options.js';
import type { Grade, Severity } from '../../doctor/report.js';
import { headerLines } from '../header-lines.js';
import { readTlsFiles } from '../tls-files.js';
import { collect, names, seconds, whole } from '../values.js';

export interface Flags {
  readonly header: readonly string[];
  readonly cookie?: string;
  /** False: none. */
  readonly origin?: string | false;
  readonly protocol: readonly string[];
  readonly deflate: boolean;
  readonly profile?: Profile;
  /** False: none, whatever the environment says. */
  readonly proxy?: string | false;
  readonly direct?: string;
  readonly resolve?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure: boolean;
  readonly page?: string;
  /** Seconds. */
  readonly idle?: number;
  readonly expectOpen?: number;
  readonly timeout?: number;
  readonly maxConnections?: number;
  readonly reflect?: boolean | string;
  readonly own: boolean;
  readonly guess: boolean;
  readonly public: boolean;
  readonly showSecrets: boolean;
  readonly minGrade?: Grade;
  readonly failOn: Severity | 'never';
}

const grades: readonly Grade[] = ['A+', 'A', 'A-', 'B', 'C', 'D', 'F'];

/** The flags that each line of `--file` may have as well. */
export function addFlags(command: Command): Command {
  return addLimits(addConduct(addWay(addRequest(command))));
}

function addRequest(command: Command): Command {
  return command
    .optionsGroup('What is asked:')
    .option('--header <line>', "a field to add to every request, 'Name: value'; repeatable", collect, [])
    .option('--cookie <pairs>', 'the field Cookie')
    .option('--origin <origin>', 'send this Origin (default: the origin of the URL)')
    .option('--no-origin', 'send no Origin, as programs that are no browsers do')
    .option('--protocol <names>', 'subprotocols to offer, preferred first: a,b', names, [])
    .option('--no-deflate', 'do not offer permessage-deflate')
    .addOption(
      new Option(
        '--profile <client>',
        "send this client's fields in its order; handfast unless given",
      ).choices(['handfast', 'chrome', 'firefox', 'node', 'curl']),
    );
}

function addWay(command: Command): Command {
  return command
    .optionsGroup('By which way:')
    .option('--proxy <url>', 'a forward proxy: http://user:password@host:port or socks5://host:port')
    .option('--no-proxy', 'no forward proxy, whatever the environment says')
    .option('--direct <host:port>', 'ask this server too, past the proxies in front of it')
    .option('--resolve <address>', 'connect to this address; also HOST:PORT:ADDRESS, as curl has it')
    .option('--ca <file>', 'certificates to trust, in PEM, in place of those of the system')
    .option('--cert <file>', 'a certificate to show, in PEM')
    .option('--key <file>', 'its private key, in PEM')
    .option('--insecure', 'take any certificate without a word', false);
}

function addConduct(command: Command): Command {
  return command
    .optionsGroup('What is tried besides:')
    .option('--page <url>', 'the page that opens the WebSocket; its scheme and its CSP are checked')
    .option('--reflect [token]', 'the backend is handfast reflect: show what arrives there')
    .option(
      '--idle <seconds>',
      'keep two connections open so long, one silent, one with pings',
      seconds(1, 86_400),
    )
    .option('--own', 'the endpoint is mine: send frames that break rules, and half a head', false)
    .option('--guess', 'try up to six well-known paths', false)
    .option('--timeout <seconds>', 'for all but --idle and --expect-open (default: 30)', seconds(1, 600))
    .option('--max-connections <count>', 'the most connections of a run (default: 16)', whole(1, 64))
    .option('--show-secrets', 'leave credentials in what is printed', false);
}

function addLimits(command: Command): Command {
  return command
    .optionsGroup('What is good enough:')
    .option('--expect-open <seconds>', 'fail if the connection ends earlier', seconds(1, 86_400))
    .option('--public', 'any page may read: an unchecked Origin costs no grade', false)
    .addOption(new Option('--min-grade <grade>', 'exit with 1 for a grade below this').choices(grades))
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 for a finding so bad, or worse')
        .choices(['error', 'warn', 'note', 'never'])
        .default('error'),
    );
}

/** What the flags mean to the engine; a sentence where one is of no use. */
export async function diagnoseOptions(flags: Flags): Promise<DiagnoseOptions | string> {
  const headers = headerLines(flags.header);
  if (typeof headers === 'string') return headers;
  const tls = await readTlsFiles(flags);
  if (typeof tls === 'string') return tls;
  const { cookie, origin, profile, proxy, direct, resolve, page, reflect, maxConnections } = flags;
  const { idle, expectOpen, timeout } = flags;
  return {
    headers,
    subprotocols: flags.protocol,
    deflate: flags.deflate,
    insecure: flags.insecure,
    own: flags.own,
    guess: flags.guess,
    public: flags.public,
    showSecrets: flags.showSecrets,
    tls,
    ...(cookie !== undefined && { cookie }),
    ...(origin !== undefined && { origin: origin === false ? null : origin }),
    ...(profile !== undefined && { profile }),
    ...(proxy !== undefined && { proxy: proxy === false ? null : proxy }),
    ...(direct !== undefined && { direct }),
    ...(resolve !== undefined && { resolve: addressIn(resolve) }),
    ...(page !== undefined && { page }),
    ...(reflect !== undefined && { reflect: reflect === '' ? true : reflect }),
    ...(idle !== undefined && { idleMs: idle * 1000 }),
    ...(expectOpen !== undefined && { expectOpenMs: expectOpen * 1000 }),
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(maxConnections !== undefined && { maxConnections }),
  };
}

/** `HOST:PORT:ADDRESS` of curl, or the address alone. */
function addressIn(text: string): string {
  const match = /^[^:[\]]+:\d{1,5}:(.+)$/.exec(text);
  return (match?.[1] ?? text).replace(/^\[(.*)\]$/, '$1');
}
