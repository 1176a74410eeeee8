// Knows: which values of a request are secrets, and takes them out of whatever is told about the attempt: a server or proxy
// that repeats a request in its answer must not bring a password into a log. Must not know: how the text is used.

import { withoutQuery } from '../handshake/target.js';
import type { Evidence } from '../reason.js';
import { isSecretName, isSecretParameter, isTokenLike } from '../reason.js';

type Lines = Iterable<readonly [name: string, value: string]>;

const HIDDEN = '(hidden)';
/** Shorter ones would take half of any text with them. */
const SHORTEST = 4;
const USER_INFORMATION = /\/\/[^\s/?#@]*@/g;

export class Secrets {
  readonly #values = new Set<string>();

  /** What a request says that nobody else should read. */
  learn(url: URL, headers: Lines, subprotocols: readonly string[]): void {
    for (const [name, value] of url.searchParams) {
      if (isSecretParameter(name) || isTokenLike(value)) {
        this.#add(value);
        this.#add(encodeURIComponent(value));
      }
    }
    for (const [name, value] of headers) if (isSecretName(name)) this.#learnField(value);
    for (const name of subprotocols) if (isTokenLike(name)) this.#add(name);
  }

  /** The value, the credentials behind a scheme, the values of cookies, the password of Basic. */
  #learnField(value: string): void {
    this.#add(value);
    for (const part of value.split(/[;,]\s*/)) {
      this.#add(part);
      this.#add(part.slice(part.indexOf('=') + 1));
      const credentials = part.slice(part.indexOf(' ') + 1);
      this.#add(credentials);
      const decoded = Buffer.from(credentials, 'base64').toString('latin1');
      if (/^basic /i.test(part)) this.#add(decoded.slice(decoded.indexOf(':') + 1));
    }
  }

  #add(value: string): void {
    if (value.length >= SHORTEST) this.#values.add(value);
  }

  /** The text without any of them, and without the user information of any URL in it. */
  hide(text: string): string {
    let hidden = text.replace(USER_INFORMATION, '//…@');
    // The longest go first: one may be a part of another.
    for (const value of [...this.#values].sort((one, other) => other.length - one.length)) {
      hidden = hidden.replaceAll(value, HIDDEN);
    }
    return hidden;
  }

  hideIn(evidence: Evidence): Evidence {
    return Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, this.hide(value)]));
  }

  /** Header fields of an answer as they may be shown. */
  fields(lines: Lines): [string, string][] {
    return Array.from(lines, ([name, value]) => {
      if (isSecretName(name)) return [name, HIDDEN];
      return [name, this.hide(name.toLowerCase() === 'location' ? withoutQuery(value) : value)];
    });
  }
}
