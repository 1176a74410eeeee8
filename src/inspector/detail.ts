// Knows: all that can be told of one handshake: both heads line by line, the steps, the accept value, who forwarded it, who would take the
// answer, what is wrong and what to do. Must not know: how it was kept, or who asks. Worked out when somebody looks.
import { annotateRequest, annotateResponse } from '../forensics/annotate.js';
import { simulateClients } from '../forensics/clients.js';
import { shown } from '../forensics/evidence.js';
import { spell } from '../forensics/first-bytes.js';
import { recipesFor } from '../forensics/recipes.js';
import { forwardedBy } from '../forensics/respondents.js';
import type { Fields, RequestHead, ResponseHead } from '../handshake/head.js';
import { acceptFor } from '../handshake/key.js';
import { auditRequest } from '../handshake/request.js';
import type { Rejection } from '../reason.js';
import { printable } from '../reason.js';
import { copiesOf } from './copies.js';
import { type Company, endDetail } from './endings.js';
import type { Kept } from './kept.js';
import type { Detail, StepTaken } from './protocol.js';

/** `company`: what else ended. */
export function detailOf(kept: Kept, company: Company): Detail {
  const { row, request, response, rejection, firstOctets } = kept;
  const hop = request && forwardedBy(request);
  const hops = hop === undefined ? [] : [hop.name];
  const copies = copiesOf(kept);
  const end = endDetail(kept, company, hops, copies.doctor);
  const accept = request && response && acceptOf(request, response);
  return {
    row,
    request: request === undefined ? [] : annotateRequest(request, faultsOf(request, rejection)),
    response: response === undefined ? [] : annotateResponse(response, []),
    ...(firstOctets !== undefined && { firstOctets: octetsOf(firstOctets) }),
    steps: stepsOf(kept),
    ...(accept !== undefined && { accept }),
    hops: hop === undefined ? [] : [{ name: hop.name, tell: hop.tell }],
    clients: clientsOf(request, response),
    ...(rejection !== undefined && { reason: reasonOf(rejection) }),
    recipes: rejection === undefined ? [] : recipesFor(rejection.reason.code, hops),
    ...(end !== undefined && { end }),
    copies,
  };
}

/** What is wrong with the request, the reason of the refusal among it: that one may be the application's own. */
function faultsOf(request: RequestHead, rejection: Rejection | undefined): readonly Rejection[] {
  const found = auditRequest(request);
  const isThere = rejection === undefined || found.some(({ reason }) => reason === rejection.reason);
  return isThere ? found : [rejection, ...found];
}

function octetsOf(octets: Uint8Array): NonNullable<Detail['firstOctets']> {
  const hex = Buffer.from(octets.subarray(0, 64))
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
  return { hex, spelled: spell(octets)?.text ?? '' };
}

/** RFC 6455 §4.2.2(5.4). */
function acceptOf(request: RequestHead, response: ResponseHead): Detail['accept'] {
  const key = request.fields.get('sec-websocket-key');
  const sent = response.fields.get('sec-websocket-accept');
  return key === undefined || sent === undefined ? undefined : { key, expected: acceptFor(key), sent };
}

function clientsOf(request: RequestHead | undefined, response: ResponseHead | undefined): Detail['clients'] {
  if (request?.carrier !== 'h1' || response?.status !== 101) return [];
  const head = written(`HTTP/${response.version} 101 ${response.reason}`, response.fields);
  return simulateClients({ head, interim: [] }, written(`GET ${request.target} HTTP/1.1`, request.fields));
}

/** As it was on the wire but for its secrets; their marks are no octets of a head. */
function written(start: string, fields: Fields): string {
  return `${[start, ...[...fields].map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`;
}

function reasonOf({ reason, evidence }: Rejection): NonNullable<Detail['reason']> {
  const { code, title, meaning, fix, sections } = reason;
  const { field, seen, wanted } = shown(evidence);
  const saw = [field, seen, wanted === undefined ? undefined : `wanted ${wanted}`].filter(Boolean).join(': ');
  return { code, title: saw === '' ? title : `${title} (${saw})`, meaning, fix, sections };
}

const STEP_NAMES: Readonly<Record<string, string>> = {
  head: 'head read',
  limits: 'limits',
  rules: 'rules of RFC 6455 §4.2.1',
  route: 'route',
  origin: 'origin',
  authorize: 'authorize',
  subprotocol: 'subprotocol',
  extensions: 'extensions',
  answer: 'answered',
};

/** What came before the head, then what the server did. */
function stepsOf(kept: Kept): StepTaken[] {
  const { steps, row, rejection } = kept;
  const taken = steps.names.map((name, at): StepTaken => {
    const ms = steps.ms[at]!;
    const isLast = at === steps.names.length - 1;
    const isRefused = isLast && rejection !== undefined;
    const mark = isRefused ? 'bad' : 'good';
    return {
      name: STEP_NAMES[name] ?? name,
      text: isRefused ? rejection.reason.code : textOf(name, row),
      mark,
      ms,
    };
  });
  return [...tlsStep(kept), ...taken];
}

function tlsStep({ tls, row, rejection }: Kept): StepTaken[] {
  const elsewhere = {
    name: 'TLS',
    text: 'ended in front of this server, as it is told',
    mark: 'none',
  } as const;
  if (tls === undefined) return row.secure ? [elsewhere] : [];
  // Where it failed, the version is what OpenSSL would have spoken.
  const isFailed = rejection?.reason.layer === 'tls';
  const facts = [
    isFailed ? rejection.reason.code : tls.version,
    isFailed ? '' : `ALPN ${tls.alpn || 'none'}`,
    `SNI ${tls.servername || 'none'}`,
  ];
  const text = printable(facts.filter((fact) => fact !== '').join(', '), 400);
  return [
    { name: 'TLS', text, mark: isFailed ? 'bad' : 'good', ...(tls.ms !== undefined && { ms: tls.ms }) },
  ];
}

/** What came of a step that was passed. */
function textOf(name: string, row: Kept['row']): string {
  const texts: Readonly<Record<string, string | undefined>> = {
    route: row.route,
    origin: row.origin ?? 'none, so no browser',
    subprotocol: row.subprotocol === '' ? 'none' : row.subprotocol,
    extensions: row.extensions === '' ? 'none' : row.extensions,
  };
  return printable(texts[name] ?? '', 200);
}
