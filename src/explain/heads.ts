// Knows: what to say about a request and the answer to it: every line of both, then one cause, then what to do.
// Must not know: where the text came from or where it goes. A request and its answer are judged together.

import { type AcceptVerdict, judgeAccept } from '../forensics/accept.js';
import { annotateRequest, annotateResponse, isAdvice } from '../forensics/annotate.js';
import { type ClientVerdict, simulateClients } from '../forensics/clients.js';
import { saidInBody, sawText, shown } from '../forensics/evidence.js';
import { auditCompression, extensionsOf } from '../forensics/extensions.js';
import type { Exchange, Pasted } from '../forensics/paste.js';
import { type Recipe, recipesFor } from '../forensics/recipes.js';
import { forwardedBy, type HopSeen, whoAnswered } from '../forensics/respondents.js';
import { parseTokenList, SyntaxFault } from '../handshake/fields.js';
import type { Fields, RequestHead, ResponseHead } from '../handshake/head.js';
import { HeadParser } from '../handshake/parser.js';
import { reasonOfRefusal } from '../handshake/rejections.js';
import { auditRequest } from '../handshake/request.js';
import { type Asked, auditResponse, isOpening } from '../handshake/response.js';
import { printable, type Rejection } from '../reason.js';
import { askedIn, doctorCommand, doctorOnUrl } from './decide.js';
import {
  type Confidence,
  type Explanation,
  explanation,
  explanationOf,
  type Listing,
} from './explanation.js';

/** Exchanges that are read aloud; of more of them only the number is told. */
const most = 20;

export function explainExchanges(exchanges: readonly Exchange[]): Explanation[] {
  const explained = exchanges.slice(0, most).map(explainExchange);
  const left = exchanges.length - most;
  return left > 0
    ? [...explained, explanation({ isGood: true, title: `${left} more are not shown` })]
    : explained;
}

export function explainExchange(exchange: Exchange): Explanation {
  const { listings, findings } = readHeads(exchange);
  const faults = findings.filter((finding) => !isAdvice(finding));
  return faults.length === 0 ? goodHeads(listings, exchange) : badHeads(listings, faults, exchange);
}

/** Both heads with a note on every line, and all that was found in them. */
export function readHeads({ request, interim, response }: Exchange): {
  readonly listings: readonly Listing[];
  readonly findings: readonly Rejection[];
} {
  const listings: Listing[] = [];
  const findings: Rejection[] = [];
  if (request !== undefined) {
    findings.push(...auditPastedRequest(request));
    listings.push({ about: '', lines: annotateRequest(request.head, findings) });
  }
  for (const { head } of interim) listings.push({ about: '', lines: annotateResponse(head, []) });
  if (response !== undefined) {
    const found = auditPastedResponse(response, request?.head);
    findings.push(...found);
    listings.push({ about: '', lines: annotateResponse(response.head, found, request === undefined) });
  }
  return { listings, findings };
}

/** The strict parser's objection first, then every rule over the head as it could be read. */
function auditPastedRequest({ head, raw }: Pasted<RequestHead>): Rejection[] {
  const strict = raw === undefined || isAbsolute(raw) ? undefined : strictly('request', raw);
  return strict === undefined ? auditRequest(head) : [strict, ...auditRequest(head)];
}

/** DevTools writes the whole URL into the request line; on the wire it was not there. */
function isAbsolute(raw: string): boolean {
  return /^\S{1,64} +wss?:\/\//i.test(raw);
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

function goodHeads(listings: readonly Listing[], { request, response }: Exchange): Explanation {
  if (request !== undefined && response !== undefined) {
    return explanation({
      isGood: true,
      listings,
      title: 'A good handshake: the answer belongs to this request',
    });
  }
  if (request === undefined) {
    return explanation({
      isGood: true,
      listings,
      title:
        'A good answer as far as it can be judged alone: give the request too, and I check the accept value',
    });
  }
  return explanation({
    isGood: true,
    listings,
    title: 'A good request. Whether the server lets it in depends on its origins and on authorize',
    decide: commandFor(request.head),
  });
}

function commandFor(head: RequestHead): string {
  const wanted = askedIn(head);
  return wanted === undefined ? doctorOnUrl : doctorCommand(wanted);
}

/** One cause: what a proxy did explains the faults that follow from it. */
function badHeads(
  listings: readonly Listing[],
  faults: readonly Rejection[],
  exchange: Exchange,
): Explanation {
  const { request, response } = exchange;
  const cause = faults.find(({ reason }) => reason.code.startsWith('PROXY_')) ?? faults[0]!;
  const { reason, evidence } = cause;
  const others = new Set(faults.map((fault) => fault.reason.code));
  others.delete(reason.code);
  const accept = reason.code === 'RESP_ACCEPT_WRONG' ? judgedAccept(exchange) : undefined;
  const isRefusal = response !== undefined && !isOpening(response.head) && reason === faults.at(-1)?.reason;
  const saw = [
    sawText(shown(evidence)),
    accept === undefined ? '' : acceptText(accept),
    saidInBody(response?.body ?? ''),
    others.size > 0 ? `Also ${[...others].join(', ')}.` : '',
  ];
  const hop = request === undefined ? undefined : forwardedBy(request.head);
  const hops = [...(hop === undefined ? [] : [hop]), ...respondents(response)];
  return explanationOf(reason.code, isRefusal ? refusalConfidence(response.body, reason.code) : 'proven', {
    listings,
    ...(accept?.subcause !== undefined && { subcause: accept.subcause }),
    saw: saw.filter(Boolean).join('\n'),
    why: reason.meaning,
    who: whoText(hop, response),
    recipes: recipesOf(reason.code, hops),
    clients: response !== undefined && isOpening(response.head) ? clientsFor(exchange) : [],
    ...(isRefusal && undecided(response, request?.head, reason.code)),
  });
}

function judgedAccept({ request, response }: Exchange): AcceptVerdict | undefined {
  const key = request?.head.fields.get('sec-websocket-key');
  return key === undefined ? undefined : judgeAccept(key, response?.head.fields.get('sec-websocket-accept'));
}

function acceptText({ subcause, explanation: told, formula, detail = '' }: AcceptVerdict): string {
  if (subcause === undefined) return told;
  return `${told} The value is ${formula ?? 'that'}. ${detail}`.trim();
}

function respondents(response: Pasted<ResponseHead> | undefined): readonly HopSeen[] {
  return response === undefined ? [] : whoAnswered(response.head, response.body).hops;
}

/** Who passed the request on, and who wrote the answer. */
function whoText(hop: HopSeen | undefined, response: Pasted<ResponseHead> | undefined): string {
  const named = ({ name, version = '' }: HopSeen) => `${name}${version === '' ? '' : `/${version}`}`;
  const forwarded = hop === undefined ? '' : `${named(hop)} passed the request on: ${hop.tell}.`;
  const answered = respondents(response).map((seen) => `${named(seen)} (${seen.tell})`);
  const behind = answered.length === 0 ? '' : `The answer shows ${answered.join(', then ')}.`;
  return printable([forwarded, behind].filter(Boolean).join(' '), 600);
}

/** The lines of configuration for the hop that shows, all that belong together, where there are any. */
function recipesOf(code: string, hops: readonly HopSeen[]): readonly Recipe[] {
  const names = hops.map(({ name }) => name);
  const [first, ...more] = recipesFor(code, names).filter(({ hop }) => names.includes(hop));
  return first === undefined ? [] : [first, ...more.filter(({ hop }) => hop === first.hop)];
}

function clientsFor({ request, interim, response }: Exchange): readonly ClientVerdict[] {
  const head = response === undefined ? undefined : rawHead(response);
  if (head === undefined) return [];
  return simulateClients(
    { head, interim: interim.map(({ raw }) => raw ?? '').filter(Boolean) },
    (request && rawHead(request)) ?? '',
  );
}

function rawHead({ raw, head }: Pasted<RequestHead | ResponseHead>): string {
  return raw ?? writeHead(head);
}

/** As it would stand on the wire; a HAR keeps only the fields. */
function writeHead(head: RequestHead | ResponseHead): string {
  const start =
    'status' in head
      ? `HTTP/${head.version} ${head.status} ${head.reason}`
      : `${head.method} ${head.target} HTTP/${head.version}`;
  return `${[start, ...[...head.fields].map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`;
}

/** A server that names the code itself is believed; a status is a hint. */
function refusalConfidence(body: string, code: string): Confidence {
  return body.includes(code) ? 'strong' : 'likely';
}

function undecided(
  { head, body }: Pasted<ResponseHead>,
  request: RequestHead | undefined,
  code: string,
): Partial<Explanation> {
  if (body.includes(code)) return {};
  return {
    couldNotKnow:
      head.status >= 500
        ? 'What failed behind it: one answer shows only that something did. The error log of who answered tells more.'
        : 'Which field of the request made the difference: one answer shows only that it was refused.',
    decide: request === undefined ? doctorOnUrl : commandFor(request),
  };
}
