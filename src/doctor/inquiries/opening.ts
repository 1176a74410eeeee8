// Knows: what is wrong with a 101, octet by octet: RFC 6455 §4.1, §4.2.2, RFC 7692 §5 to §7, and who would take it all the same.
// Must not know: what is said behind it (`session.ts`). The octets themselves are the proof; a wrong accept value is traced back.
import { judgeAccept } from '../../forensics/accept.js';
import { isAdvice } from '../../forensics/annotate.js';
import { auditCompression, extensionsOf } from '../../forensics/extensions.js';
import { properName } from '../../forensics/program-names.js';
import { run } from '../../forensics/recipe.js';
import { wrongPartOf } from '../../forensics/wrong-guids.js';
import { parseTokenList, SyntaxFault } from '../../handshake/fields.js';
import { acceptFor, GUID } from '../../handshake/key.js';
import { HeadParser } from '../../handshake/parser.js';
import { handshakeReasons } from '../../handshake/rejections.js';
import { auditResponse } from '../../handshake/response.js';
import type { Rejection } from '../../reason.js';
import { isTokenLike, printable } from '../../reason.js';
import { type FindingParts, finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { fieldOf, headOf, isOpen, sentField } from '../reading.js';
import type { Finding } from '../report.js';

/** Why clients refuse the 101, worst first; none when it is right. What is only worth a word goes to the findings. */
export function* opened(own: Case, baseline: Observation): Inquiry<readonly Finding[]> {
  const all = auditOpening(baseline);
  const faults = all.filter((fault) => !isAdvice(fault) || fault.reason.code === 'PROTO_NOT_SELECTED');
  for (const note of all)
    if (!faults.includes(note)) own.findings.push({ ...faultFinding(own, baseline, note), severity: 'note' });
  own.findings.push(...weaknesses(baseline));
  const causes: Finding[] = [];
  for (const fault of faults) {
    const isAccept = fault.reason.code === 'RESP_ACCEPT_WRONG';
    causes.push(isAccept ? yield* wrongAccept(own, baseline) : faultFinding(own, baseline, fault));
  }
  tellOpening(own, baseline, causes);
  return causes;
}

/** The strict parser's objection, what came before the 101, then every rule. */
export function auditOpening(seen: Observation): readonly Rejection[] {
  const head = headOf(seen);
  const names = parseTokenList(sentField(seen, 'sec-websocket-protocol'));
  const offered = sentField(seen, 'sec-websocket-extensions') || undefined;
  const asked = {
    key: sentField(seen, 'sec-websocket-key'),
    subprotocols: names instanceof SyntaxFault ? [] : names,
    extensions: extensionsOf(offered),
  };
  const heads = [...(seen.answer?.interim ?? []), seen.answer?.head ?? ''].join('');
  const progress = new HeadParser('response', { maxBytes: 65_536, maxLineBytes: 65_536 }).push(
    Buffer.from(heads, 'latin1'),
  );
  const strict = progress.state === 'rejected' ? [progress.rejection] : interimOf(seen);
  return [
    ...strict,
    ...auditResponse(head, asked),
    ...auditCompression(head.fields.combined('sec-websocket-extensions'), offered),
  ].filter((fault, at, all) => all.findIndex(({ reason }) => reason.code === fault.reason.code) === at);
}

function interimOf({ answer }: Observation): readonly Rejection[] {
  const status = /^HTTP\/\S+ +(\d{3})/.exec(answer?.interim[0] ?? '')?.[1];
  return status === undefined
    ? []
    : [{ reason: handshakeReasons.HTTP_INTERIM, evidence: { field: 'status', seen: status, wanted: '101' } }];
}

/** Legal, and yet a weakness. */
function weaknesses(baseline: Observation): readonly Finding[] {
  const warn = (code: string, detail: string) =>
    finding(code, { confidence: 'proven', severity: 'warn', detail, steps: [step(baseline)] });
  const subprotocol = fieldOf(baseline, 'sec-websocket-protocol') ?? '';
  const extensions = fieldOf(baseline, 'sec-websocket-extensions') ?? '';
  return [
    ...(isTokenLike(subprotocol) || subprotocol.startsWith('redacted-')
      ? [
          warn(
            'PROTO_TOKEN_LEAK',
            'The 101 repeats a subprotocol that looks like a credential: it ends up in logs.',
          ),
        ]
      : []),
    ...(/max_window_bits="?8"?(?:\D|$)/.test(extensions)
      ? [warn('EXT_WINDOW_8', 'A window of 8 bits is legal, and zlib cannot make one.')]
      : []),
  ];
}

function faultFinding(own: Case, baseline: Observation, { reason, evidence }: Rejection): Finding {
  const { field, seen, wanted } = evidence;
  const what = [
    field && `${field}: ${seen === undefined ? 'missing' : printable(seen)}`,
    wanted && `wanted ${printable(wanted)}`,
  ];
  const lines = what.filter((text) => text !== undefined && text !== '').map((text) => remark(text!));
  return finding(reason.code, {
    confidence: 'proven',
    detail: reason.meaning,
    steps: [step(baseline), ...lines],
    hops: own.hopNames,
  });
}

/** Which mistake gives the value that came; a second handshake tells a cache from a bad hash. */
function* wrongAccept(own: Case, baseline: Observation): Inquiry<Finding> {
  const again = yield* ask(own.variant('again', 'your handshake with another key', {}));
  const [first, second] = [acceptOf(baseline), acceptOf(again)];
  if (isOpen(again) && first.accept !== '' && first.accept === second.accept)
    return sameForAll(own, baseline, again, first);
  const alone = judgeAccept(first.key, first.accept);
  const isTold = alone.subcause !== undefined || !isOpen(again);
  const verdict = isTold ? alone : { ...alone, ...ofEarlier(first, second) };
  const line = (asked: string, answered: string, note = '') => ({ probe: '', asked, answered, note });
  const steps = [
    { ...line('key', first.key), probe: baseline.id },
    line('expected', verdict.expected, `key + ${GUID}`),
    line('received', first.accept === '' ? '(empty)' : first.accept, verdict.formula),
    ...(verdict.guid === undefined ? [] : [line('', '', pointed(verdict.guid))]),
  ];
  const { subcause, detail } = verdict;
  return finding('RESP_ACCEPT_WRONG', {
    confidence: 'proven',
    headline: verdict.explanation.replace(/\.$/, ''),
    ...(detail !== undefined && { detail }),
    steps,
    hops: own.hopNames,
    ...(subcause !== undefined && { subcause }),
    ...otherGuid(verdict.guid),
  });
}

/** Points at what is wrong in `key + GUID`, the line above. */
function pointed(guid: string): string {
  const { at, length } = wrongPartOf(guid);
  return `${' '.repeat('key + '.length + at)}${'^'.repeat(Math.max(1, length))} not the RFC's`;
}

/** One text for another: nobody has to read how the value is computed. */
function otherGuid(guid: string | undefined): Partial<FindingParts> {
  if (guid === undefined) return {};
  const recipe = run('server', 'In the source:', `- "${guid}"`, `+ "${GUID}"`);
  return {
    fix: `Hash the GUID of RFC 6455; the key ${SAMPLE_KEY} then gives ${acceptFor(SAMPLE_KEY)}.`,
    recipes: [recipe],
  };
}

/** RFC 6455 §1.3. */
const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** The second answer may be the one to the first request. */
function ofEarlier(first: ReturnType<typeof acceptOf>, second: ReturnType<typeof acceptOf>) {
  const { subcause, explanation, detail } = judgeAccept(second.key, second.accept, [first.key]);
  return subcause === undefined ? {} : { subcause, explanation, ...(detail !== undefined && { detail }) };
}

function acceptOf(seen: Observation): { readonly key: string; readonly accept: string } {
  return {
    key: sentField(seen, 'sec-websocket-key'),
    accept: printable(fieldOf(seen, 'sec-websocket-accept') ?? ''),
  };
}

function sameForAll(
  own: Case,
  baseline: Observation,
  again: Observation,
  { key, accept }: ReturnType<typeof acceptOf>,
): Finding {
  const steps = [step(baseline, accept), step(again, `${accept}, the same for another key`)];
  const isCache = ['age', 'x-cache', 'x-varnish'].some((name) => fieldOf(again, name) !== undefined);
  const verdict = judgeAccept(key, accept);
  if (!isCache) {
    const { subcause } = verdict;
    const fixed =
      'Two keys get the same value: it is not computed, or comes out of a cache that does not say so.';
    return finding('RESP_ACCEPT_WRONG', {
      confidence: 'proven',
      ...(subcause !== undefined && { subcause }),
      detail: subcause === undefined ? fixed : verdict.explanation,
      steps,
      hops: own.hopNames,
    });
  }
  const detail =
    'Two handshakes with two keys get the same accept value: the answer to an earlier one comes out of a cache.';
  return finding('PROXY_CACHED', { confidence: 'proven', detail, steps, hops: own.hopNames });
}

function tellOpening(own: Case, baseline: Observation, causes: readonly Finding[]): void {
  const ms = baseline.times.headMs;
  const line = { stage: 'upgrade', name: 'Upgrade', probes: [baseline.id], ...(ms !== undefined && { ms }) };
  const [cause] = causes;
  if (cause !== undefined) return own.stage({ ...line, mark: 'bad', text: `101, but ${cause.title}` });
  const who = own.hops.map(({ name }) => properName(name)).join(', then ');
  own.stage({ ...line, mark: 'good', text: `101${who === '' ? '' : ` from ${who}`}, accept correct` });
  const [extensions, subprotocol] = [
    fieldOf(baseline, 'sec-websocket-extensions'),
    fieldOf(baseline, 'sec-websocket-protocol'),
  ];
  if (subprotocol !== undefined)
    own.stage({
      stage: 'subprotocol',
      name: 'Subprotocol',
      mark: 'good',
      text: printable(subprotocol),
      probes: [baseline.id],
    });
  const text = extensions ?? (own.target.deflate ? 'none agreed on' : 'none offered');
  own.stage({
    stage: 'extension',
    name: 'Extension',
    mark: extensions === undefined ? 'skip' : 'good',
    text: printable(text),
    probes: [baseline.id],
  });
}
