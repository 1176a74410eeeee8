// Knows: what to say about a request and the answer to it: every line, then one cause, then what to do.
// Must not know: where the text came from or where it goes. A request and its answer are judged together.

import { annotateRequest, annotateResponse, isAdvice } from '../forensics/annotate.js';
import { auditCompression, extensionsOf } from '../forensics/extensions.js';
import type { Exchange, Pasted } from '../forensics/paste.js';
import { scrub, showValue } from '../forensics/redact.js';
import { parseTokenList, SyntaxFault } from '../handshake/fields.js';
import type { Fields, RequestHead, ResponseHead } from '../handshake/head.js';
import { HeadParser } from '../handshake/parser.js';
import { reasonOfRefusal } from '../handshake/rejections.js';
import { auditRequest } from '../handshake/request.js';
import { type Asked, auditResponse, isOpening } from '../handshake/response.js';
import type { Evidence, Rejection } from '../reason.js';
import { printable } from '../reason.js';
import { annotated, causeBlock, sawText } from './report.js';
import type { Terminal } from './terminal.js';

export interface Explained {
  readonly text: string;
  readonly isGood: boolean;
}

export function explainExchanges(terminal: Terminal, exchanges: readonly Exchange[]): Explained {
  const explained = exchanges.map((exchange) => explainExchange(terminal, exchange));
  return {
    text: `\n${explained.map(({ text }) => text).join('\n')}`,
    isGood: explained.every(({ isGood }) => isGood),
  };
}

function explainExchange(terminal: Terminal, exchange: Exchange): Explained {
  const { text, findings } = readAloud(terminal, exchange);
  const faults = findings.filter((finding) => !isAdvice(finding));
  const isGood = faults.length === 0;
  const verdict = isGood ? goodText(terminal, exchange) : faultText(terminal, faults, exchange);
  return { text: `${text}\n${verdict}`, isGood };
}

/** Both heads with a note on every line, and all that was found in them. */
export function readAloud(
  terminal: Terminal,
  { request, interim, response }: Exchange,
): { readonly text: string; readonly findings: readonly Rejection[] } {
  const parts: string[] = [];
  const findings: Rejection[] = [];
  if (request !== undefined) {
    findings.push(...auditPastedRequest(request));
    parts.push(annotated(terminal, annotateRequest(request.head, findings)));
  }
  for (const { head } of interim) parts.push(annotated(terminal, annotateResponse(head, [])));
  if (response !== undefined) {
    const found = auditPastedResponse(response, request?.head);
    findings.push(...found);
    parts.push(annotated(terminal, annotateResponse(response.head, found, request === undefined)));
  }
  return { text: `${parts.join('\n\n')}\n`, findings };
}

/** The strict parser's objection first, then every rule over the head as it could be read. */
function auditPastedRequest({ head, raw }: Pasted<RequestHead>): Rejection[] {
  const strict = raw === undefined || isAbsolute(raw) ? undefined : strictly('request', raw);
  return strict === undefined ? auditRequest(head) : [strict, ...auditRequest(head)];
}

/** DevTools writes the whole URL into the request line; on the wire it was not there. */
function isAbsolute(raw: string): boolean {
  return /^\S+ +wss?:\/\//i.test(raw);
}

function auditPastedResponse({ head, raw, body }: Pasted<ResponseHead>, request?: RequestHead): Rejection[] {
  const strict = raw === undefined ? undefined : strictly('response', raw);
  const { status, fields, carrier } = head;
  const found = isOpening(head)
    ? auditAnswer(head, request)
    : [reasonOfRefusal(status, fields, body, undefined, carrier)];
  return strict === undefined ? found : [strict, ...found];
}

function strictly(kind: 'request' | 'response', raw: string): Rejection | undefined {
  const progress = new HeadParser(kind).push(Buffer.from(raw, 'latin1'));
  return progress.state === 'rejected' ? progress.rejection : undefined;
}

/** What can only be judged beside the request that was answered. */
const needRequest: ReadonlySet<string> = new Set([
  'RESP_ACCEPT_WRONG',
  'PROTO_UNSOLICITED',
  'PROTO_NOT_OFFERED',
  'PROTO_CASE',
  'EXT_UNSOLICITED',
]);

function auditAnswer(head: ResponseHead, request: RequestHead | undefined): Rejection[] {
  const compression = auditCompression(extensionsIn(head.fields), request && extensionsIn(request.fields));
  if (request !== undefined) return [...auditResponse(head, askedBy(request.fields)), ...compression];
  const found = auditResponse(head, { key: '' }).filter(({ reason }) => !needRequest.has(reason.code));
  return [...found, ...compression];
}

function extensionsIn(fields: Fields): string | undefined {
  return fields.combined('sec-websocket-extensions');
}

function askedBy(fields: Fields): Asked {
  const names = parseTokenList(fields.combined('sec-websocket-protocol') ?? '');
  return {
    key: fields.get('sec-websocket-key') ?? '',
    subprotocols: names instanceof SyntaxFault ? [] : names,
    extensions: extensionsOf(extensionsIn(fields)),
  };
}

function goodText(terminal: Terminal, { request, response }: Exchange): string {
  const what =
    request !== undefined && response !== undefined
      ? 'A good handshake: the answer belongs to this request.'
      : request !== undefined
        ? 'A good request. Whether the server lets it in depends on its origins and on authorize.'
        : 'A good answer as far as it can be judged alone: give the request too, and I check the accept value.';
  return `  ${terminal.sign('good')} ${terminal.block(what, 2 + terminal.signWidth + 1).trimStart()}\n`;
}

/** One cause: what a proxy did explains the faults that follow from it. */
function faultText(
  terminal: Terminal,
  faults: readonly Rejection[],
  { request, response }: Exchange,
): string {
  const cause = faults.find(({ reason }) => reason.code.startsWith('PROXY_')) ?? faults[0]!;
  const others = [...new Set(faults.map(({ reason }) => reason.code))].filter(
    (code) => code !== cause.reason.code,
  );
  const { reason, evidence } = cause;
  const hop = request === undefined ? '' : recognize(request.head);
  return causeBlock(terminal, {
    title: reason.title,
    code: reason.code,
    saw: [
      sawText(shown(evidence)),
      saidInBody(response?.body ?? ''),
      others.length > 0 ? `Also ${others.join(', ')}.` : '',
    ]
      .filter(Boolean)
      .join('\n'),
    why: [reason.meaning, hop].filter(Boolean).join('\n'),
    fix: reason.fix,
    more: `handfast explain ${reason.code}`,
  });
}

/** Evidence that may be printed. */
export function shown({ field, seen, wanted }: Evidence): Evidence {
  return {
    ...(field !== undefined && { field: printable(field) }),
    ...(seen !== undefined && {
      seen: field === undefined ? printable(scrub(seen)) : showValue(field, seen),
    }),
    ...(wanted !== undefined && { wanted: printable(wanted) }),
  };
}

/** What the server itself says in a problem document (RFC 9457), or the first line of another body. */
export function saidInBody(body: string): string {
  if (body === '') return '';
  try {
    const problem = JSON.parse(body) as Record<string, unknown>;
    const said = [problem.code, problem.detail ?? problem.title].filter((part) => typeof part === 'string');
    if (said.length > 0) return `The server says: ${printable(scrub(said.join(': ')), 400)}`;
  } catch {
    // Not JSON: shown as it is.
  }
  return `The answer begins: ${printable(scrub(body), 200)}`;
}

/** Which proxy leaves these traces, where that can be told from the head. */
function recognize({ version, fields }: RequestHead): string {
  if (!fields.has('sec-websocket-key') || fields.has('upgrade')) return '';
  if (fields.has('x-varnish')) return 'This is Varnish without `pipe` for WebSocket (it adds X-Varnish).';
  const via = fields.combined('via');
  if (via !== undefined && /squid/i.test(via)) return `This is Squid (Via: ${printable(via)}).`;
  if (fields.has('x-forwarded-server')) {
    return 'This is Apache with ProxyPass but without `upgrade=websocket` (it adds X-Forwarded-Server).';
  }
  if (version === '1.0' && fields.get('connection')?.toLowerCase() === 'close') {
    return 'This is nginx before 1.29.7 with a bare proxy_pass: HTTP/1.0, Connection: close, Host of the upstream.';
  }
  return '';
}
