// Knows: the version of the installed package.
// Must not know: anything else.
import { createRequire } from 'node:module';

// The package by its own name: the nearest package.json upwards, from wherever this file runs.
const manifest = createRequire(import.meta.url)('handfast/package.json') as { version: string };

export const version: string = manifest.version;
