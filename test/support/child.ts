// Knows: how to run another program for the length of one test: started, waited for by a line it prints, ended.
// Must not know: which program, or what it says beyond its lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const LINE_MS = 20_000;
const KILL_AFTER_MS = 2_000;

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs. Its lines are kept, so that one printed early is not missed. */
export class Child implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  /** Its exit code; -1 after a signal or when it could not be started. */
  readonly exited: Promise<number>;
  readonly #news = new EventEmitter().setMaxListeners(0);
  #ended = false;
  #read = 0;

  constructor(command: string, args: readonly string[], options: StartOptions = {}) {
    this.process = spawn(command, args, {
      stdio: 'pipe',
      ...(options.cwd && { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
    });
    this.process.stdin!.on('error', () => {});
    this.#keep(this.process.stdout!, this.stdout);
    this.#keep(this.process.stderr!, this.stderr);
    this.exited = this.#end();
  }

  #keep(stream: NodeJS.ReadableStream, lines: string[]): void {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      this.#news.emit('news');
    });
  }

  async #end(): Promise<number> {
    const code = await new Promise<number>((resolve) => {
      this.process.once('close', (status) => resolve(status ?? -1));
      this.process.once('error', (error) => {
        this.stderr.push(error.message);
        resolve(-1);
      });
    });
    this.#ended = true;
    this.#news.emit('news');
    return code;
  }

  write(line: string): void {
    this.process.stdin!.write(`${line}\n`);
  }

  /** The next line of stdout that matches; lines before it are passed over. */
  async line(pattern: RegExp = /(?:)/, timeoutMs: number = LINE_MS): Promise<string> {
    const at = await this.#find(this.stdout, pattern, this.#read, timeoutMs);
    this.#read = at + 1;
    return this.stdout[at]!;
  }

  /** The next line of stdout as the JSON it is. */
  async json<Value>(timeoutMs?: number): Promise<Value> {
    return JSON.parse(await this.line(undefined, timeoutMs)) as Value;
  }

  /** A line of stderr that matches, printed before or after this call. */
  async errorLine(pattern: RegExp, timeoutMs: number = LINE_MS): Promise<string> {
    return this.stderr[await this.#find(this.stderr, pattern, 0, timeoutMs)]!;
  }

  async #find(lines: readonly string[], pattern: RegExp, from: number, timeoutMs: number): Promise<number> {
    const patience = AbortSignal.timeout(timeoutMs);
    for (let at = from; ; at++) {
      while (at >= lines.length) {
        if (this.#ended || patience.aborted) throw new Error(this.#complaint(pattern));
        await once(this.#news, 'news', { signal: patience }).catch(() => {});
      }
      if (pattern.test(lines[at]!)) return at;
    }
  }

  #complaint(pattern: RegExp): string {
    const what = `${this.process.spawnargs.join(' ')} ${this.#ended ? 'ended' : 'goes on'} without a line like ${pattern}`;
    return [what, 'stdout:', ...this.stdout, 'stderr:', ...this.stderr].join('\n');
  }

  /** Asks it to end, insists after two seconds, and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    if (!this.#ended) this.process.kill(signal);
    const insist = setTimeout(() => this.process.kill('SIGKILL'), KILL_AFTER_MS);
    const code = await this.exited;
    clearTimeout(insist);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

/** So many of them, no two the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
  return ports;
}
