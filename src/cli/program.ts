// Knows: the command line: which commands there are, with their arguments, options and help.
// Must not know: how a command does its work; there is one file a command, loaded when it is asked for.
import { Command, Help, Option } from 'commander';
import { version } from '../version.js';
import { addDoctor } from './doctor/command-line.js';
import { collect, names, whole } from './values.js';

/** Told the exit code once the command is through. */
export type Done = (code: number) => void;

export function program(done: Done): Command {
  const root = new Command('handfast')
    .description('The WebSocket stack that tells you why a handshake failed.')
    .version(version)
    .option('--ascii', 'plain ASCII in place of ✓ and ✗ (the default outside UTF-8)', false)
    .exitOverride()
    .showHelpAfterError('(handfast --help lists the commands, handfast COMMAND --help the options of one)')
    .configureHelp({ showGlobalOptions: true, optionDescription: described })
    .addHelpText('after', hints);
  for (const add of [addServe, addConnect, addTheDoctor, addExplain, addReflect, addInspect, addProxyConfig])
    add(root, done);
  return root;
}

const hints = `
Where to begin:
  handfast doctor wss://example.com/ws   why it does not open, or what grade it has
  handfast explain 'socket hang up'      what an error, a log line or a HAR means
  handfast COMMAND --help                the options of one command`;

/** That an option is off, or a list empty, unless it is given, goes without saying. */
function described(option: Option): string {
  return new Help().optionDescription(option).replace(/ ?\(default: (?:false|\[\])\)$/, '');
}

function addServe(root: Command, done: Done): void {
  root
    .command('serve')
    .description('Serve an echo, or a chat with its page.')
    .option('--port <port>', 'port to listen on; 0 takes a free one', whole(0, 65_535), 8101)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--echo', 'send every message back; without --chat this is what it does')
    .option('--chat', 'serve the demo chat, with its page at http://HOST:PORT/')
    .option('--path <path>', 'serve only this path (default: every path)')
    .option('--subprotocol <names>', 'subprotocols, preferred first: a,b', names, [])
    .option(
      '--origin <origin>',
      "pages of this origin may connect, in place of the server's own; repeatable; any-insecure lets in all",
      collect,
      [],
    )
    .option('--max-message <bytes>', 'largest message (default: 1048576)', whole(1, 2 ** 31 - 1))
    .option('--max-fragments <count>', 'most fragments of one message (default: 1024)', whole(1, 2 ** 31 - 1))
    .option('--compress', 'compress messages with clients that offer it', false)
    .option('--h2', 'speak HTTP/2 too; without TLS only to clients that know it beforehand', false)
    .option('--tls-cert <file>', 'certificate chain in PEM; serves wss:')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--no-limits', 'lift the limits on connections and rate, for load tests on loopback')
    .option('--inspect', 'show its handshakes, at http://HOST:PORT/.handfast/inspector/', false)
    .addOption(
      new Option('--inspect-token <token>', 'the same, for whoever has this secret, wherever they are').env(
        'HANDFAST_INSPECT_TOKEN',
      ),
    )
    .option('--inspect-actions', 'the same, and who watches may send, close and pause reading', false)
    .option('--json', 'write the log as JSON, one object a line', false)
    .action(async (options, command: Command) => {
      const { serveCommand } = await import('./serve.js');
      // A token in the environment alone asks for none.
      const inspect =
        options.inspect || options.inspectActions || command.getOptionValueSource('inspectToken') === 'cli';
      done(await serveCommand({ ...options, inspect }, command.optsWithGlobals()));
    });
}

function addConnect(root: Command, done: Done): void {
  root
    .command('connect')
    .description('Connect, send each line of stdin as a message, print each message.')
    .argument('<url...>', "a ws: or wss: URL, or a pasted command: curl 'https://…' -H …")
    .option('--header <line>', "a field to add to the request, 'Name: value'; repeatable", collect, [])
    .option('--subprotocol <names>', 'subprotocols to offer, preferred first: a,b', names, [])
    .option('--origin <origin>', 'send this Origin, as a page of it would (default: none)')
    .option('--compress', 'offer to compress messages, and tell what was agreed on', false)
    .addOption(
      new Option('--http <version>', 'over which HTTP; 2 insists, auto falls back; tells what came of it')
        .choices(['1', '2', 'auto'])
        .default('1'),
    )
    .option(
      '--proxy <url>',
      'a forward proxy: http://HOST:PORT, https:, socks5: or socks5h: (default: what the environment says)',
    )
    .option('--no-proxy', 'no forward proxy, whatever the environment says')
    .option('-v, --verbose', 'show both heads of the handshake, with what each line is for', false)
    .action(async (operands, options, command: Command) => {
      const { connectCommand } = await import('./connect.js');
      done(await connectCommand(operands, options, command.optsWithGlobals()));
    });
}

function addTheDoctor(root: Command, done: Done): void {
  addDoctor(root.command('doctor')).action(async (operands, _options, command: Command) => {
    const [{ doctorCommand }, { examine }] = await Promise.all([
      import('./doctor.js'),
      import('./doctor/engine.js'),
    ]);
    done(await doctorCommand(operands, command, examine));
  });
}

function addExplain(root: Command, done: Done): void {
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
    .addHelpText('after', explainExamples)
    .action(async (what, _options, command: Command) => {
      const { explainCommand } = await import('./explain.js');
      done(await explainCommand(what, command.optsWithGlobals()));
    });
}

const explainExamples = `
Examples:
  handfast explain 1006
  handfast explain 'Error: Unexpected server response: 502'
  handfast explain network.har
  handfast explain PROXY_UPGRADE_STRIPPED --fix nginx
  tail -n 1 /var/log/haproxy.log | handfast explain

Exit codes: 0 nothing is wrong, 2 a fault was found, 64 wrong usage.`;

function addReflect(root: Command, done: Done): void {
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
}

function addInspect(root: Command, done: Done): void {
  root
    .command('inspect')
    .description('Follow the handshakes of a server that has an inspector, failures by their kind first.')
    .argument('<url>', 'the server: http://HOST:PORT, HOST:PORT, or a port of this machine')
    .addOption(new Option('--token <token>', 'the secret of its inspector').env('HANDFAST_INSPECT_TOKEN'))
    .option('--failed', 'tell only what failed', false)
    .option('--once', 'tell what there is, and end', false)
    .option('--json', 'print what is told as JSON, one object a line', false)
    .action(async (url, options, command: Command) => {
      const { inspectCommand } = await import('./inspect.js');
      done(await inspectCommand(url, options, command.optsWithGlobals()));
    });
}

function addProxyConfig(root: Command, done: Done): void {
  root
    .command('proxy-config')
    .description('Print a configuration with which a proxy passes WebSockets.')
    .argument('<program>', 'nginx, haproxy, caddy, apache, varnish or envoy')
    .option('--path <path>', 'pass on what begins with this path', '/')
    .option('--backend <host:port>', 'where the WebSocket server listens', '127.0.0.1:8080')
    .option('--listen <[address:]port>', 'where the proxy is to listen', '80')
    .action(async (name, options, command: Command) => {
      const { proxyConfigCommand } = await import('./proxy-config.js');
      done(proxyConfigCommand(name, options, command.optsWithGlobals()));
    });
}
