// Knows: the target of a request: which characters and forms it may have, and how it is shown (RFC 9112 §3.2).
// Must not know: routes, or how a path is decoded.
import { CLASSES, TARGET } from './fields.js';

/** True for one or more visible ASCII characters without `#`. */
export function isTarget(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f || (CLASSES[code]! & TARGET) === 0) return false;
  }
  return text.length > 0;
}

export interface SplitTarget {
  /** Of an absolute URL; undefined for a path. */
  readonly authority: string | undefined;
  /** With the query; it starts with a slash. */
  readonly path: string;
}

const SCHEMES = ['http://', 'https://', 'ws://', 'wss://'];

/** The two forms that a GET to a server may have, a path or an absolute URL; undefined for the other two and for nonsense. */
export function splitTarget(target: string): SplitTarget | undefined {
  if (target.startsWith('/')) return { authority: undefined, path: target };
  const scheme = SCHEMES.find((prefix) => target.slice(0, prefix.length).toLowerCase() === prefix);
  if (!scheme) return undefined;
  let end = scheme.length;
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++;
  const path = target.slice(end);
  return { authority: target.slice(scheme.length, end), path: path.startsWith('/') ? path : `/${path}` };
}

/** The path without the query; undefined for a target that has none. */
export function pathOf(target: string): string | undefined {
  return splitTarget(target)?.path.split('?', 1)[0];
}

/** True for a path, and for an absolute URL of `host`. RFC 9112 §3.2.2: a server must accept the latter. */
export function isTargetHere(target: string, host: string | undefined): boolean {
  const split = isTarget(target) ? splitTarget(target) : undefined;
  if (!split) return false;
  return split.authority === undefined || split.authority.toLowerCase() === host?.toLowerCase();
}

/** A target or URL as it may be shown: the query can hold tickets and tokens. */
export function withoutQuery(target: string): string {
  const at = target.indexOf('?');
  return at < 0 ? target : `${target.slice(0, at)}?…`;
}
