// Knows: which values of a diagnosis are secrets, in which forms a peer may repeat them, and how they are taken out of a text.
// Must not know: which texts there are. RFC 7617 (Basic), RFC 3986 (percent), RFC 4648 (base64).
import { redacted } from '../forensics/redact.js';
import { isSecretName, isSecretParameter, isTokenLike } from '../reason.js';
import { requestHead } from './requests.js';
import type { Target } from './target.js';

/** Shorter ones would take half of any text with them; where they stand themselves they are hidden nevertheless. */
const SHORTEST = 5;

/**
 * Values that must appear nowhere, not even where a peer repeats them. `more`: what no target has, such as the password of a proxy.
 * What every handshake says anyway is no secret: a cookie with the value `websocket` must not blind the diagnosis.
 */
export function secretsOf(target: Target, more: readonly (string | undefined)[]): readonly string[] {
  const { headers, cookie, url, page, subprotocols } = target;
  const all = [
    ...headers.flatMap(([name, value]) => inField(name.toLowerCase(), value)),
    ...(cookie === undefined ? [] : inField('cookie', cookie)),
    ...inUrl(url),
    ...(page === undefined ? [] : inUrl(page)),
    ...subprotocols.filter(isTokenLike),
    ...more.filter((text) => text !== undefined),
  ];
  const said = publicWords(target);
  return [...new Set(all)].filter((text) => text.length >= SHORTEST && !said.includes(text.toLowerCase()));
}

function publicWords(target: Target): string {
  const { cookie: _, ...rest } = target;
  const path = target.path.split('?')[0]!;
  return requestHead({ ...rest, path, headers: [], subprotocols: [] }, { key: null }).toLowerCase();
}

/** What of a field's value is secret: of cookies the values, of credentials what stands behind the scheme. */
function inField(name: string, value: string): readonly string[] {
  if (name === 'cookie') return value.split(';').map((pair) => unquoted(pair.slice(pair.indexOf('=') + 1)));
  if (!isSecretName(name)) return isTokenLike(value) ? [value] : [];
  const [, scheme = '', credentials = ''] = /^([\w-]+) +(.+)$/s.exec(value) ?? [];
  if (credentials === '') return [value];
  return [
    value,
    credentials,
    ...(/^basic$/i.test(scheme) ? inBasic(credentials) : inParameters(credentials)),
  ];
}

function inBasic(credentials: string): readonly string[] {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text, text.slice(0, colon), text.slice(colon + 1)];
}

/** RFC 9110 §11.4: `response="6629fae4"`. */
function inParameters(credentials: string): readonly string[] {
  return [...credentials.matchAll(/([\w-]+)="?([^",]+)"?/g)].flatMap(([, name = '', value = '']) =>
    name === 'response' || isSecretParameter(name) || isTokenLike(value) ? value : [],
  );
}

function unquoted(value: string): string {
  return value.trim().replace(/^"(.*)"$/s, '$1');
}

/** Parameters as they stand there and as they are meant, user and password. */
function inUrl(text: string): readonly string[] {
  const url = new URL(text);
  const pairs = url.search.slice(1).split('&');
  const raw = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  const parameters = [...raw, ...url.searchParams]
    .filter(([name, value]) => isSecretParameter(decoded(name)) || isTokenLike(value))
    .map(([, value]) => value);
  const bare = pairs.filter(isTokenLike);
  const { username, password } = url;
  return [...parameters, ...bare, username, password, decoded(username), decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Takes secrets out of texts, whichever of the usual ways a peer wrote them. */
export class Hiding {
  /** Each way of writing one, and the secret that it writes; the longest first, since one may be a part of another. */
  readonly #forms: ReadonlyMap<string, string>;

  constructor(secrets: readonly string[]) {
    const forms = secrets.flatMap((secret) => formsOf(secret).map((form) => [form, secret] as const));
    this.#forms = new Map(forms.sort(([one], [other]) => other.length - one.length));
  }

  hide(text: string): string {
    let hidden = text;
    for (const [form, secret] of this.#forms) hidden = hidden.replaceAll(form, () => redacted(secret));
    return hidden;
  }

  /** Of a text that may have been cut, at its end or on both sides: a part of a secret that is left there goes too. */
  hideCut(text: string, isCutBefore = false): string {
    let hidden = this.hide(text);
    for (const [form, secret] of this.#forms) {
      const ending = endingWith(hidden, form);
      if (ending > 0) hidden = `${hidden.slice(0, -ending)}${redacted(secret)}`;
      const beginning = isCutBefore ? beginningWith(hidden, form) : 0;
      if (beginning > 0) hidden = `${redacted(secret)}${hidden.slice(beginning)}`;
    }
    return hidden;
  }
}

function formsOf(secret: string): readonly string[] {
  const octets = Buffer.from(secret, 'utf8');
  const base64 = octets.toString('base64').replace(/=+$/, '');
  const percent = encodeURIComponent(octets.toString('utf8'));
  const lower = percent.replace(/%[\dA-F]{2}/g, (octet) => octet.toLowerCase());
  const forms = [
    secret,
    octets.toString('latin1'),
    percent,
    lower,
    percent.replaceAll('%20', '+'),
    base64,
    octets.toString('base64url'),
    JSON.stringify(secret).slice(1, -1),
    ...markup(secret),
  ];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

/** As pages write it, with either way to write quotes. */
function markup(text: string): readonly string[] {
  const basic = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const double = basic.replaceAll('"', '&quot;');
  return [basic, double, double.replaceAll("'", '&#39;'), double.replaceAll("'", '&#x27;')];
}

/** How many characters at the end of the text are the beginning of the form. 0 for fewer than matter. */
function endingWith(text: string, form: string): number {
  const head = form.slice(0, SHORTEST);
  const first = Math.max(0, text.length - form.length + 1);
  for (let at = text.indexOf(head, first); at >= 0; at = text.indexOf(head, at + 1)) {
    if (form.startsWith(text.slice(at))) return text.length - at;
  }
  return 0;
}

/** How many characters at the beginning of the text are the end of the form. */
function beginningWith(text: string, form: string): number {
  const tail = form.slice(-SHORTEST);
  const last = form.length - 1 - SHORTEST;
  for (let at = text.lastIndexOf(tail, last); last >= 0 && at >= 0; at = text.lastIndexOf(tail, at - 1)) {
    if (form.endsWith(text.slice(0, at + SHORTEST))) return at + SHORTEST;
    if (at === 0) return 0;
  }
  return 0;
}
