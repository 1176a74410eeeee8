#!/usr/bin/env node
// Knows: the command line: which commands there are, their options, and the exit code that each result gets.
// Must not know: how a command does its work; there is one file a command, loaded when it is asked for.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../version.js';
import { addDoctor } from './doctor/command-line.js';
import { doctorArguments } from './doctor/targets.js';
import { exits } from './exits.js';

/** Whole numbers from `least` to `most`. */
function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function names(text: string): string[] {
  return text.split(',').flatMap((name) => name.trim() || []);
}

function program(done: (code: number) => void): Command {
  const root = new Command('handfast')
    .description('The WebSocket stack that tells you why a handshake failed.')
    .version(version)
    .option('--ascii', 'plain ASCII instead of ✓ and ✗ (the default outside UTF-8)', false)
    .exitOverride()
    .showHelpAfterError('(handfast --help lists the commands and their options)')
    .configureHelp({ showGlobalOptions: true });

  root
    .command('serve')
    .description('Serve an echo, or a chat with its page.')
    .option('--port <port>', 'port to listen on; 0 takes a free one', integer(0, 65_535), 8101)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--echo', 'send every message back (the default)')
    .option('--chat', 'serve the demo chat at http://HOST:PORT/')
    .option('--path <path>', 'serve only this path')
    .option('--subprotocol <names>', 'subprotocols, preferred first: a,b', names, [])
    .option('--origin <origin>', 'an origin that may connect besides none at all; repeatable', collect, [])
    .option('--max-message <bytes>', 'largest message in bytes', integer(1, 2 ** 31 - 1))
    .option('--max-fragments <count>', 'most fragments of one message', integer(1, 2 ** 31 - 1))
    .option('--compress', 'compress messages with clients that offer it', false)
    .option('--h2', 'speak HTTP/2 too; without TLS to clients that know beforehand', false)
    .option('--tls-cert <file>', 'certificate chain in PEM; serves wss:')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--no-limits', 'lift the limits on connections and rate, for load tests on loopback')
    .option('--json', 'write the log as JSON, one object a line', false)
    .action(async (options, command: Command) => {
      const { serveCommand } = await import('./serve.js');
      done(await serveCommand(options, command.optsWithGlobals()));
    });

  root
    .command('connect')
    .description('Connect, send each line of stdin as a message, print each message.')
    .argument('<url>', 'a ws: or wss: URL')
    .option('--header <line>', "a field to add to the request, 'Name: value'; repeatable", collect, [])
    .option('--subprotocol <names>', 'subprotocols to offer, preferred first: a,b', names, [])
    .option('--origin <origin>', 'send this Origin, as a page of it would')
    .option('--compress', 'offer to compress messages, and tell what was agreed on', false)
    .addOption(
      new Option(
        '--http <version>',
        'over HTTP/2 or not, and tell what came of it; 2 insists, auto falls back',
      )
        .choices(['1', '2', 'auto'])
        .default('1'),
    )
    .option(
      '--proxy <url>',
      'go through this http:, https:, socks5: or socks5h: proxy, not what HTTPS_PROXY says',
    )
    .option('--no-proxy', 'go straight, whatever the environment says')
    .option('-v, --verbose', 'show both heads of the handshake, line by line', false)
    .action(async (url, options, command: Command) => {
      const { connectCommand } = await import('./connect.js');
      done(await connectCommand(url, options, command.optsWithGlobals()));
    });

  addDoctor(root.command('doctor')).action(async (operands, _options, command: Command) => {
    const [{ doctorCommand }, { examine }] = await Promise.all([
      import('./doctor.js'),
      import('./doctor/engine.js'),
    ]);
    done(await doctorCommand(operands, command, examine));
  });

  root
    .command('explain')
    .description(
      'Explain what you have: heads, frames, a HAR, a capture, an error, a log, a code. Sends nothing.',
    )
    .argument(
      '[what]',
      'a file, - for stdin (the default), the text itself, a close code, or one of our codes',
    )
    .option('--fix <program>', 'print the lines of configuration for this program, or for all')
    .action(async (what, _options, command: Command) => {
      const { explainCommand } = await import('./explain.js');
      done(await explainCommand(what, command.optsWithGlobals()));
    });

  root
    .command('proxy-config')
    .description('Print a configuration in which a proxy passes WebSockets; the tests run the same.')
    .argument('<program>', 'nginx, haproxy, caddy, apache, varnish or envoy')
    .option('--path <path>', 'pass on what begins with this path', '/')
    .option('--backend <host:port>', 'where the WebSocket server listens', '127.0.0.1:8080')
    .option('--listen <[address:]port>', 'where the proxy is to listen', '80')
    .action(async (name, options, command: Command) => {
      const { proxyConfigCommand } = await import('./proxy-config.js');
      done(proxyConfigCommand(name, options, command.optsWithGlobals()));
    });

  root
    .command('reflect')
    .description("Take a backend's place and tell each request back to who sent it, for doctor --reflect.")
    .argument('[where]', ':PORT, or HOST:PORT to be reached from elsewhere too', ':3000')
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)')
    .option('--tls-cert <file>', 'certificate chain in PEM, for a proxy that speaks TLS to its backend')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--json', 'print each request as JSON, one object a line', false)
    .action(async (where, options, command: Command) => {
      const { reflectCommand } = await import('./reflect.js');
      done(await reflectCommand(where, options, command.optsWithGlobals()));
    });

  return root;
}

async function run(): Promise<number> {
  let code: number = exits.good;
  try {
    await program((result) => {
      code = result;
    }).parseAsync(doctorArguments(process.argv));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exits.good : exits.usage;
  }
  return code;
}

// A reader that has gone away, as in `handfast explain … | head -1`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exits.good : exits.bug),
);

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(
    `handfast: this is a bug of handfast, please report it\n${(error as Error).stack ?? error}\n`,
  );
  process.exitCode = exits.bug;
}
