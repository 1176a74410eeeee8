// Knows: the command `reflect`: it takes the backend's place, tells each request back to who sent it, and prints a line about it.
// Must not know: how requests are reflected (`reflect/`). Nobody but this machine reaches it unless its address says so.
import type { Reflection } from '../forensics/reflection.js';
import { refusalStatus } from '../handshake/refusal.js';
import { OPENING_STATUS } from '../handshake/rejections.js';
import { printable, type Rejection } from '../reason.js';
import { Reflector } from '../reflect/reflector.js';
import { remarksOn } from '../reflect/remarks.js';
import { createServer, type Server } from '../server/server.js';
import { type HandshakeTrace, handshakes } from '../trace.js';
import { exits } from './exits.js';
import { listenFailure, readTls, stopSignal } from './listening.js';
import { clock, handshakeLine } from './log.js';
import { type Terminal, terminalFor } from './terminal.js';

export interface ReflectCommandOptions {
  readonly host?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly json: boolean;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

export async function reflectCommand(
  where: string,
  options: ReflectCommandOptions,
  { ascii }: { ascii: boolean },
): Promise<number> {
  const terminal = terminalFor(process.stdout, process.env, ascii);
  const complain = (text: string, code: number) => {
    process.stderr.write(`${terminal.sign('bad')} ${terminal.text(text)}\n`);
    return code;
  };
  const place = placeOf(where, options.host);
  if (typeof place === 'string') return complain(place, exits.usage);
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
    return complain('TLS needs both: --tls-cert FILE and --tls-key FILE.', exits.usage);
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  let server: Server;
  try {
    server = start(place, options, (reflection, rejection) =>
      print(
        options.json ? record(reflection, rejection) : seenText(terminal, reflection, rejection, new Date()),
      ),
    );
  } catch (error) {
    return complain((error as Error).message, exits.failed);
  }
  try {
    await server.ready;
  } catch (error) {
    const spell = (port: number) => `handfast reflect :${port}`;
    return complain(listenFailure(error as NodeJS.ErrnoException, place, spell), exits.failed);
  }
  print(`listening on ${server.url}`);
  for (const line of hints(place)) process.stderr.write(`${terminal.text(line)}\n`);
  const stopTelling = tellUnread(terminal, options.json, print);
  await stopSignal();
  await server.close();
  stopTelling();
  return exits.good;
}

/** `:3000`, `3000`, `0.0.0.0:3000`, `[::]:3000`; or why it is none of them. */
export function placeOf(where: string, host: string | undefined): Place | string {
  const match = /^(?:(\[[\da-f:.]+\]|[^:[\]]+)?:)?(\d{1,5})$/i.exec(where);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    return `"${printable(where)}" is no place to listen on: write :3000 or 0.0.0.0:3000.`;
  const named = match[1]?.replace(/^\[|\]$/g, '');
  if (named !== undefined && host !== undefined)
    return 'Give the host once: in front of the port, or with --host.';
  return { host: named ?? host ?? '127.0.0.1', port };
}

function hints({ host }: Place): string[] {
  const isLoopback = /^(?:127\.|::1$|localhost$)/.test(host);
  return [
    'In the place of the application behind your proxy; then, from outside: handfast doctor --reflect URL',
    ...(isLoopback
      ? []
      : [`Whoever reaches ${host} is told what arrived of its own request, secrets taken out.`]),
  ];
}

function start(
  { host, port }: Place,
  { tlsCert, tlsKey }: ReflectCommandOptions,
  onreflection: (reflection: Reflection, rejection: Rejection | undefined) => void,
): Server {
  const tls = tlsCert && tlsKey ? { tls: readTls(tlsCert, tlsKey) } : {};
  return createServer({
    host,
    port,
    ...tls,
    http2: true,
    reflect: new Reflector(undefined, { onreflection }),
  });
}

/**
 * Such as `15:04:06 ✗ 426 GET /ws HTTP/1.0 from 127.0.0.1:41236 PROXY_UPGRADE_STRIPPED`, and below what the request shows of
 * its way.
 */
export function seenText(
  terminal: Terminal,
  reflection: Reflection,
  rejection: Rejection | undefined,
  time: Date,
): string {
  const { method, target, version, peer, tls } = reflection;
  const sign = terminal.sign(rejection === undefined ? 'good' : 'bad');
  const from = `from ${peer}${tls ? ' over TLS' : ''}`;
  const request = `${printable(method, 16)} ${printable(target, 400)} HTTP/${version}`;
  const line = [clock(time), sign, statusOf(reflection, rejection), request, from, rejection?.reason.code];
  const indent = clock(time).length + 1 + terminal.signWidth + 1;
  return `${terminal.text(line.filter(Boolean).join(' '))}\n${terminal.block(remarksOn(reflection).join(' · '), indent)}`;
}

function statusOf({ carrier }: Reflection, rejection: Rejection | undefined): number {
  return rejection === undefined ? OPENING_STATUS[carrier] : refusalStatus(rejection.reason, carrier);
}

function record(reflection: Reflection, rejection: Rejection | undefined): string {
  return JSON.stringify({
    status: statusOf(reflection, rejection),
    code: rejection?.reason.code,
    ...reflection,
  });
}

/** What came and is no request, such as a ClientHello or the line of the PROXY protocol, cannot be told back as one. */
function tellUnread(terminal: Terminal, isJson: boolean, print: (line: string) => void): () => void {
  const tell = (message: unknown) => {
    const trace = message as HandshakeTrace;
    if (trace.method !== '') return;
    const { code } = trace.rejection?.reason ?? {};
    const seen = printable(trace.rejection?.evidence.seen ?? '');
    if (isJson) print(JSON.stringify({ status: trace.status, code, seen, peer: trace.address }));
    else print(`${handshakeLine(terminal, trace, new Date())}${terminal.text(seen && ` · ${seen}`)}`);
  };
  handshakes.subscribe(tell);
  return () => handshakes.unsubscribe(tell);
}
