// Knows: what every command that listens needs: its certificate, why it cannot listen, and when it is asked to stop.
// Must not know: what it serves.
import { readFileSync } from 'node:fs';
import { exits } from './exits.js';

/** @throws Error that says which file cannot be read, and why. */
export function readTls(certFile: string, keyFile: string): { cert: Buffer; key: Buffer } {
  const read = (file: string) => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new Error(`I cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
    }
  };
  return { cert: read(certFile), key: read(keyFile) };
}

/** `spell` says how another port is given to this command. */
export function listenFailure(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
  spell: (port: number) => string,
): string {
  const next = port < 65_535 ? port + 1 : 8101;
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} of ${host} is in use: stop the other program, or take another port with ${spell(next)}.`;
  }
  if (error.code === 'EACCES')
    return `Port ${port} needs privileges: take one above 1023 with ${spell(8101)}.`;
  if (error.code === 'EADDRNOTAVAIL') return `${host} is no address of this machine.`;
  return `I cannot listen on ${host}:${port}: ${error.message}`;
}

/** The first SIGTERM or SIGINT; a second one ends the process at once. */
export function stopSignal(): Promise<'SIGTERM' | 'SIGINT'> {
  return new Promise((resolve) => {
    const stop = (signal: 'SIGTERM' | 'SIGINT') => {
      process.on(signal, () => process.exit(exits.interrupted));
      resolve(signal);
    };
    process.once('SIGTERM', () => stop('SIGTERM'));
    process.once('SIGINT', () => stop('SIGINT'));
  });
}
