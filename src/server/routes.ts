// Knows: which endpoint a path belongs to. Segments are literal or one parameter (`/room/:id`); there are no other patterns.
// Must not know: what an endpoint does. A decoder that meets nonsense answers "no such route", it never throws.
import type { Parameters } from './request.js';

export interface Match<Endpoint> {
  readonly endpoint: Endpoint;
  readonly params: Parameters;
  /** As it was added; `*` for the one that takes every path. */
  readonly pattern: string;
}

interface Route<Endpoint> {
  readonly segments: readonly string[];
  readonly endpoint: Endpoint;
  readonly pattern: string;
}

const NO_PARAMETERS: Parameters = Object.freeze({});
/** More segments than any route of people has; a path of thousands costs nothing. */
const MAX_SEGMENTS = 64;

export class Routes<Endpoint> {
  readonly #exact = new Map<string, Match<Endpoint>>();
  readonly #patterns: Route<Endpoint>[] = [];
  #everything: Match<Endpoint> | undefined;

  /** Adds an endpoint; `undefined` takes every path. @throws TypeError for a path that cannot match anything. */
  add(path: string | undefined, endpoint: Endpoint): void {
    if (path === undefined) {
      this.#everything = { endpoint, params: NO_PARAMETERS, pattern: '*' };
      return;
    }
    checkPath(path);
    if (!path.includes('/:')) this.#exact.set(path, { endpoint, params: NO_PARAMETERS, pattern: path });
    else this.#patterns.push({ segments: path.slice(1).split('/'), endpoint, pattern: path });
  }

  /** Literal paths first, then patterns in the order in which they were added. */
  match(path: string): Match<Endpoint> | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    if (this.#patterns.length > 0) {
      const segments = path.slice(1).split('/', MAX_SEGMENTS + 1);
      for (const { segments: wanted, endpoint, pattern } of this.#patterns) {
        const params = bind(wanted, segments);
        if (params !== undefined) return { endpoint, params, pattern };
      }
    }
    return this.#everything;
  }
}

function checkPath(path: string): void {
  if (!path.startsWith('/')) throw new TypeError(`a route begins with a slash, not ${JSON.stringify(path)}`);
  if (/[?#\s*]/.test(path))
    throw new TypeError(`a route is a path without query or pattern: ${JSON.stringify(path)}`);
  if (/\/:(?![A-Za-z_]\w*(?:\/|$))/.test(path))
    throw new TypeError(`a parameter is :name in ${JSON.stringify(path)}`);
}

function bind(wanted: readonly string[], segments: readonly string[]): Parameters | undefined {
  if (wanted.length !== segments.length) return undefined;
  const params: Record<string, string> = Object.create(null);
  for (const [index, want] of wanted.entries()) {
    const segment = segments[index]!;
    if (!want.startsWith(':')) {
      if (want !== segment) return undefined;
      continue;
    }
    const value = decoded(segment);
    if (value === undefined) return undefined;
    params[want.slice(1)] = value;
  }
  return params;
}

/** A parameter's value; undefined for nothing, bad escapes, control characters, and slashes or dots in disguise. */
function decoded(segment: string): string | undefined {
  if (segment === '') return undefined;
  try {
    const value = segment.includes('%') ? decodeURIComponent(segment) : segment;
    return /[/\\\p{Cc}]/u.test(value) || value === '.' || value === '..' ? undefined : value;
  } catch {
    return undefined;
  }
}
