// Knows: how the heads of a probe are read aloud from a report, where secrets are redacted and odd characters escaped already.
// Must not know: rules (handshake/ judges), or how a line is shown.
import { annotateRequest, annotateResponse, type HeadLine } from '../../forensics/annotate.js';
import { findExchanges } from '../../forensics/paste.js';
import type { Fields } from '../../handshake/head.js';
import { auditRequest } from '../../handshake/request.js';
import { auditResponse, isOpening } from '../../handshake/response.js';
import type { Rejection } from '../../reason.js';
import type { ProbeShown } from '../report.js';

/** A request's head with a note on every line; nothing if the probe sent none that can be read. */
export function requestLines({ request = '' }: ProbeShown): HeadLine[] {
  const head = findExchanges(request)[0]?.request?.head;
  if (head === undefined) return [];
  const findings = auditRequest(head).filter((finding) => !isRedacted(finding, head.fields));
  return asShown(annotateRequest(head, findings), request);
}

/** The same of the answer. What only the request can decide is left to the report's findings. */
export function responseLines({ request = '', response = '' }: ProbeShown): HeadLine[] {
  const head = findExchanges(response).at(-1)?.response?.head;
  if (head === undefined) return [];
  const asked = findExchanges(request)[0]?.request?.head;
  const key = asked?.fields.get('sec-websocket-key');
  const findings =
    isOpening(head) && key !== undefined
      ? auditResponse(head, { key }).filter((finding) => !needOffer.has(finding.reason.code))
      : [];
  return asShown(
    annotateResponse(
      head,
      findings.filter((finding) => !isRedacted(finding, head.fields)),
    ),
    response,
  );
}

/** Rows that need what was offered, which may be redacted. */
const needOffer: ReadonlySet<string> = new Set([
  'PROTO_UNSOLICITED',
  'PROTO_NOT_OFFERED',
  'PROTO_CASE',
  'EXT_UNSOLICITED',
]);

/** A redacted value breaks rules that the value itself may have kept. */
function isRedacted({ evidence: { field = '' } }: Rejection, fields: Fields): boolean {
  return fields.combined(field.toLowerCase())?.includes('‹redacted') ?? false;
}

/** The notes beside the very text of the report: escaping or redacting it once more would change it. */
function asShown(lines: readonly HeadLine[], text: string): HeadLine[] {
  const written = text.split(/\r?\n/);
  const start = written.findLastIndex((line) => isStart.test(line));
  const fields = written.slice(start + 1).filter((line) => fieldLine.test(line));
  return lines.map((line, at) => {
    if (at === 0) return { ...line, value: written[start] ?? line.value };
    const shown = line.label === '' ? undefined : fields[at - 1];
    if (shown === undefined) return line;
    const colon = shown.indexOf(':', 1);
    return { ...line, label: shown.slice(0, colon), value: shown.slice(colon + 1).trim() };
  });
}

const isStart = /^HTTP\/\d|HTTP\/\d(?:\.\d)?$/;
const fieldLine = /^:?[^:\s][^:]*:/;
