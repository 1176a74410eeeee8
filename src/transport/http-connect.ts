// Knows: how an HTTP proxy is asked for a tunnel, and what its answer means. RFC 9110 §9.3.6, §11.7; RFC 7617. Pure: octets in, a step out.
// Must not know: sockets. The head of the answer is bounded like any other.
import { Fields, HEAD_LIMITS, type ResponseHead, serializeRequest } from '../handshake/head.js';
import { HeadParser } from '../handshake/parser.js';
import { statusReasons } from '../handshake/rejections.js';
import { withoutQuery } from '../handshake/target.js';
import { type Evidence, type Reason, rejected } from '../reason.js';
import { FORWARD_FAILURES } from './forward-failures.js';
import { basicOf, type ProxyCredentials } from './forward-proxy.js';
import type { Negotiation, Step } from './negotiation.js';
import type { Port } from './tcp.js';

/** Nobody needs more of them before the answer; each is bounded like any other head. */
const MOST_INTERIM = 8;

const MORE: Step = { state: 'more' };

export class HttpConnect implements Negotiation {
  readonly greeting: Uint8Array;
  readonly #hasCredentials: boolean;
  readonly #interim: string[] = [];
  #parser = new HeadParser('response', HEAD_LIMITS);

  constructor(target: Port, credentials: ProxyCredentials | undefined) {
    this.#hasCredentials = credentials !== undefined;
    this.greeting = Buffer.from(requestFor(target, credentials), 'latin1');
  }

  get answer(): string {
    return this.#interim.join('') + this.#parser.text;
  }

  push(chunk: Uint8Array): Step {
    for (let octets = chunk; ; ) {
      const progress = this.#parser.push(octets);
      if (progress.state === 'more') return MORE;
      if (progress.state === 'rejected') return notHttp(progress.rejection.evidence);
      const { head, rest } = progress;
      if (!isInterim(head)) return this.#judge(head, rest);
      // RFC 9110 §15.2: the final answer is still to come.
      this.#interim.push(this.#parser.text);
      if (this.#interim.length > MOST_INTERIM) return notHttp({ field: 'interim answers', seen: 'no end' });
      this.#parser = new HeadParser('response', HEAD_LIMITS);
      if (rest.length === 0) return MORE;
      octets = rest;
    }
  }

  #judge(head: ResponseHead, rest: Uint8Array): Step {
    const { status } = head;
    // RFC 9110 §9.3.6: any 2xx; what stands behind the head comes from the other end, whatever a Content-Length says.
    if (status >= 200 && status < 300) return { state: 'open', rest };
    if (status === 407) return refused(statusReasons.FWD_AUTH, this.#asked(head));
    return refused(reasonOf(head), answered(head));
  }

  #asked({ fields }: ResponseHead): Evidence {
    const schemes = schemesOf(fields);
    const seen = schemes.length === 0 ? 'no scheme' : schemes.join(', ');
    const wanted = this.#hasCredentials ? 'other credentials than those given' : 'credentials';
    return { field: 'Proxy-Authenticate', seen, wanted };
  }
}

/** RFC 9112 §3.2.3: the authority form, with the port always. */
function requestFor({ host, port }: Port, credentials: ProxyCredentials | undefined): string {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const fields = new Fields([['Host', target]]);
  if (credentials !== undefined) fields.append('Proxy-Authorization', `Basic ${basicOf(credentials)}`);
  return serializeRequest({ carrier: 'h1', method: 'CONNECT', target, version: '1.1', fields });
}

/** RFC 9110 §15.2.2: 101 is final for us; nobody was asked to change the protocol. */
function isInterim({ status }: ResponseHead): boolean {
  return status < 200 && status !== 101;
}

/** RFC 9110 §15.6 for what a gateway says of its way on; 429 and 408 are its own state. */
function reasonOf({ status, fields }: ResponseHead): Reason {
  if (status === 403 || status === 451 || (status >= 300 && status < 400))
    return FORWARD_FAILURES.FWD_CONNECT_DENIED;
  const knowsConnect = status !== 501 && status !== 505;
  const isOwnState = status === 408 || status === 429 || (status >= 500 && knowsConnect);
  // Squid names its reason in a field of its own, whatever the status.
  if (isOwnState || fields.has('x-squid-error')) return FORWARD_FAILURES.FWD_CONNECT_FAILED;
  return FORWARD_FAILURES.FWD_NOT_A_PROXY;
}

function answered({ status, fields }: ResponseHead): Evidence {
  const squid = fields.get('x-squid-error');
  const location = status >= 300 && status < 400 ? fields.get('location') : undefined;
  const more =
    squid !== undefined
      ? `, X-Squid-Error: ${squid}`
      : location !== undefined
        ? `, Location: ${withoutQuery(location)}`
        : '';
  return { field: 'status of CONNECT', seen: `${status}${more}`, wanted: '200' };
}

function notHttp({ field, seen }: Evidence): Step {
  const evidence = { ...(field !== undefined && { field }), ...(seen !== undefined && { seen }) };
  return refused(FORWARD_FAILURES.FWD_NOT_A_PROXY, { ...evidence, wanted: 'an answer to CONNECT' });
}

function refused(reason: Reason, evidence: Evidence): Step {
  return { state: 'refused', rejection: rejected(reason, evidence).rejection };
}

/** RFC 9110 §11.6.1: the names of the schemes alone, since a challenge may hold anything. */
function schemesOf(fields: Fields): string[] {
  const text = (fields.combined('proxy-authenticate') ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const names = text.split(',').flatMap((part) => /^\s*([A-Za-z][\w-]*)(?:\s+\S|\s*$)/.exec(part)?.[1] ?? []);
  return [...new Set(names)];
}
