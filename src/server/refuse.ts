// Knows: how an application refuses a handshake with a status and a reason of its own. Must not know: how it is written.
import { isFieldValue, isToken } from '../handshake/fields.js';
import { refusalReasons } from '../handshake/rejections.js';
import type { Reason, Rejection } from '../reason.js';

export interface RefuseOptions {
  /** An HTTP status from 400 to 599 instead of the row's own. */
  readonly status?: number;
  /** More header fields, such as `WWW-Authenticate` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the client is told in the body while `detail` is on. Do not put secrets here. */
  readonly detail?: string;
}

/** What `authorize` returns to refuse. Made by `refuse`. */
export class Refusal {
  readonly rejection: Rejection;

  /** @internal */
  constructor(rejection: Rejection) {
    this.rejection = rejection;
  }
}

export type RefusalCode = keyof typeof refusalReasons;

/**
 * A refusal for `authorize` to return: `return refuse('AUTH_REQUIRED')`.
 * @throws TypeError for a code that is none of the server's, a status outside 400-599, or a header that may not be sent.
 */
export function refuse(code: RefusalCode = 'AUTH_FORBIDDEN', options: RefuseOptions = {}): Refusal {
  const row: Reason | undefined = Object.hasOwn(refusalReasons, code) ? refusalReasons[code] : undefined;
  if (row === undefined) throw new TypeError(`"${code}" is no code that a server refuses with`);
  const { status = row.status ?? 403, headers, detail } = options;
  if (!Number.isInteger(status) || status < 400 || status > 599)
    throw new TypeError('a refusal has a status from 400 to 599');
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!isToken(name) || !isFieldValue(value))
      throw new TypeError(`the header ${JSON.stringify(name)} may not be sent`);
  }
  const reason = status === row.status ? row : Object.freeze({ ...row, status });
  const evidence = detail === undefined ? {} : { seen: detail };
  return new Refusal(headers === undefined ? { reason, evidence } : { reason, evidence, headers });
}
