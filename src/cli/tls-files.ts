// Knows: the files that a command names for TLS, read. Must not know: which command, or what is checked with them.
import { readFile } from 'node:fs/promises';

export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What they hold, or a sentence that says what is wrong. */
export async function readTlsFiles(
  paths: TlsFiles,
): Promise<Partial<Record<keyof TlsFiles, Buffer>> | string> {
  const files: Partial<Record<keyof TlsFiles, Buffer>> = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = paths[name];
    if (path === undefined) continue;
    const content = await readFile(path).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
    if (typeof content === 'string') return `--${name}: ${path} cannot be read (${content})`;
    files[name] = content;
  }
  if ((files.cert === undefined) !== (files.key === undefined)) return '--cert and --key go together';
  return files;
}
