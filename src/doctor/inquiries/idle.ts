// Knows: how long a quiet connection lives, and which of idleness and age ends it: two connections, one silent, one with pings.
// Must not know: the handshake. Usual limits give suspects, never a proof.
import { properName } from '../../forensics/program-names.js';
import { usualLimitsAt } from '../../forensics/usual-limits.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { askBoth, type Inquiry, type Observation } from '../observation.js';
import { isOpen, payloadOf, resultOf } from '../reading.js';
import type { Finding, Step } from '../report.js';

const PING_EVERY_MS = 15_000;
/** Of a short run: the more often, the shorter the limit that can be told from an age. */
const LEAST_PINGS = 9;
const SAME_MS = 1000;

export function* idle(own: Case, idleMs: number): Inquiry<readonly Finding[]> {
  const pings = Math.max(LEAST_PINGS, Math.floor(idleMs / PING_EVERY_MS));
  const [silent, pinged] = yield* askBoth(
    own.variant('idle-silent', 'A, silent', {}, { listenMs: idleMs, pings: 0 }),
    own.variant('idle-pinged', 'C, pings', {}, { listenMs: idleMs, pings }),
  );
  // Not opened, interrupted, or more was said than anybody listens to: nothing is known of its end.
  const unknown = [silent, pinged].find((seen) => !isOpen(seen) || seen.end === undefined);
  if (unknown !== undefined) return untold(own, unknown);
  const serverPings = pingsOf(silent).length > 0;
  own.ran.add('idle');
  const cut = isCut(silent);
  const found = cut
    ? cutFinding(own, silent, pinged, idleMs)
    : (closedFinding(silent) ?? droppedFinding(silent, idleMs));
  own.merits.set('idle', found === undefined && (serverPings || idleMs >= LONG_MS));
  if (!serverPings) own.findings.push(noPing(silent, Math.min(idleMs, silent.end!.atMs)));
  tell(own, silent, pinged, idleMs, found);
  if (found === undefined) return [];
  if (found.code !== 'IDLE_CUT') return [found];
  if (cut && pingCount(pinged) === 0) return orByAge(own, found, silent.end!.atMs);
  return own.target.proxy === undefined ? [found] : orByProxy(own, found, idleMs);
}

/** What A+ asks for is a silence that no usual proxy takes for an end. */
const LONG_MS = 120_000;

function untold(own: Case, seen: Observation): readonly Finding[] {
  const text = `not found out: ${seen.probe.about}: ${isOpen(seen) ? 'not seen to its end' : resultOf(seen)}`;
  own.stage({ stage: 'idle', name: 'Idle', mark: 'skip', text, probes: [seen.id] });
  return [];
}

function pingsOf({ frames }: Observation) {
  return frames.filter(({ direction, opcode }) => direction === 'in' && opcode === 9);
}

function closeOf({ frames }: Observation) {
  const close = frames.findIndex(({ direction, opcode }) => direction === 'in' && opcode === 8);
  const ours = frames.findIndex(({ direction, opcode }) => direction === 'out' && opcode === 8);
  return close >= 0 && (ours < 0 || close < ours) ? frames[close] : undefined;
}

/** TCP ended, and nobody said why. */
function isCut(seen: Observation): boolean {
  const hasClosed = seen.frames.some(({ opcode }) => opcode === 8);
  return !hasClosed && seen.end !== undefined && seen.end.how !== 'left';
}

function cutFinding(own: Case, silent: Observation, pinged: Observation, idleMs: number): Finding {
  const atMs = silent.end!.atMs;
  const steps = [
    endStep(silent, 'A, silent'),
    isCut(pinged) ? endStep(pinged, 'C, pings') : openStep(pinged, idleMs),
  ];
  if (isCut(pinged) && pingCount(pinged) > 0 && Math.abs(pinged.end!.atMs - atMs) < SAME_MS) {
    const headline = `Every connection ends ${seconds(atMs)} after it opened, whether it carries octets or not`;
    return finding('LIFETIME_CUT', { confidence: 'proven', headline, steps, hops: own.hopNames });
  }
  const headline = `Something closes connections that carry no octets for ${seconds(atMs)}`;
  const remarks = [{ label: 'Suspects', text: suspects(own, atMs) }];
  const confidence = isCut(pinged) ? 'likely' : 'proven';
  const found = finding('IDLE_CUT', { confidence, headline, steps, remarks, hops: own.hopNames });
  if (atMs <= CAPPED_MS && pingsOf(silent).length === 0) return found;
  const { cap: _, ...uncapped } = found;
  return uncapped;
}

/** A minute, and what a timer is late: who is cut later can ping in time. */
const CAPPED_MS = 61_000;

/** `FIN at 2.00 s`, and when the last octet came. */
function endStep({ id, end }: Observation, asked: string): Step {
  const { how, atMs, sinceReceivedMs = atMs } = end!;
  const note = `last octet ${seconds(atMs - sinceReceivedMs)}, no close frame: your code sees 1006`;
  return { probe: id, asked, answered: `${how.toUpperCase()} at ${seconds(atMs)}`, note };
}

function openStep(pinged: Observation, idleMs: number): Step {
  const answered = `open after ${seconds(idleMs)}`;
  return {
    probe: pinged.id,
    asked: 'C, pings',
    answered,
    note: `${pingCount(pinged)} pings: not age, idleness`,
  };
}

/** Both were cut before the first ping: nothing tells idleness from age yet. A shorter run pings sooner. */
function orByAge(own: Case, cut: Finding, atMs: number): readonly Finding[] {
  const decide = own.command(`--idle ${Math.max(2, Math.ceil((atMs * 2) / 1000))}`);
  const detail = 'Or it is a limit on the age of a connection: both ended before the first ping was due.';
  return [
    { ...cut, confidence: 'likely', decide },
    finding('LIFETIME_CUT', { confidence: 'possible', detail, steps: cut.steps, decide }),
  ];
}

/** With a forward proxy on the way there are two sides that may have cut. */
function orByProxy(own: Case, cut: Finding, idleMs: number): readonly Finding[] {
  const decide = own.command('--no-proxy', `--idle ${Math.ceil(idleMs / 1000)}`);
  const detail = `Or the forward proxy ${own.target.proxy} does it.`;
  return [
    { ...cut, confidence: 'likely', decide },
    finding('FWD_IDLE', { confidence: 'possible', detail, steps: cut.steps, decide }),
  ];
}

function suspects(own: Case, atMs: number): string {
  const near = usualLimitsAt(atMs).map(({ who }) => who);
  const usual =
    near.length > 0
      ? `${seconds(atMs)} is what ${near.join('; ')} has.`
      : `${seconds(atMs)} is nobody's default: somebody has set it.`;
  const seen = own.proxies.map(({ name }) => properName(name));
  const here = seen.length > 0 ? ` Seen here: ${seen.join(', ')}.` : '';
  return `${usual}${here} The smallest limit on the path wins (IDLE_SMALLEST_HOP).`;
}

const UNAUTHENTICATED: ReadonlySet<number> = new Set([1008, 3000, 3008, 4401, 4403, 4408]);

/** A close frame: somebody decided it. */
function closedFinding(silent: Observation): Finding | undefined {
  const close = closeOf(silent);
  if (close === undefined) return undefined;
  const payload = payloadOf(close);
  const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
  const steps = [step(silent, `close ${code} after ${seconds(close.atMs)}`)];
  if (UNAUTHENTICATED.has(code)) {
    const detail = `The server waits ${seconds(close.atMs)} for a first message, and closes with ${code} when none comes.`;
    return finding('AUTH_INIT_TIMEOUT', { confidence: 'likely', detail, steps });
  }
  const detail = `The server closed with ${code} after ${seconds(close.atMs)} without a message.`;
  return finding('HEARTBEAT_APP', { confidence: 'possible', detail, steps });
}

/** No end came, and our close frame had no answer either. */
function droppedFinding(silent: Observation, idleMs: number): Finding | undefined {
  const answered = silent.frames.some(({ direction, opcode }) => direction === 'in' && opcode === 8);
  if (answered || silent.end === undefined || silent.end.how !== 'left') return undefined;
  const detail = `After ${seconds(idleMs)} of silence nothing comes back any more, and nobody said goodbye.`;
  return finding('IDLE_SILENT_DROP', { confidence: 'likely', detail, steps: [step(silent)] });
}

function noPing(silent: Observation, idleMs: number): Finding {
  const detail = `The server sent no ping in ${seconds(idleMs)}.`;
  const steps = [step(silent), remark('A ping every 25 s keeps every usual proxy from cutting.')];
  return finding('OPS_NO_SERVER_PING', { confidence: 'proven', severity: 'note', detail, steps });
}

function tell(
  own: Case,
  silent: Observation,
  pinged: Observation,
  idleMs: number,
  found: Finding | undefined,
): void {
  const probes = [silent.id, pinged.id];
  const text =
    found === undefined
      ? `open after ${seconds(idleMs)}; the server ${pingsText(silent)}`
      : (cutText(silent, pinged, idleMs) ?? found.headline ?? found.detail);
  own.stage({ stage: 'idle', name: 'Idle', mark: found === undefined ? 'good' : 'bad', text, probes });
}

/** `pings every 25 s`. */
function pingsText(silent: Observation): string {
  const [first, ...more] = pingsOf(silent).map(({ atMs }) => atMs);
  if (first === undefined) return 'sends no ping';
  const everyMs = more.length === 0 ? first : (more.at(-1)! - first) / more.length;
  return `pings ${more.length === 0 ? 'after' : 'every'} ${Math.round(everyMs / 1000) || 1} s`;
}

/** `A (silent) cut after 60.0 s without a close frame; C (pings) open after 150 s`. */
function cutText(silent: Observation, pinged: Observation, idleMs: number): string | undefined {
  if (!isCut(silent)) return undefined;
  const other = isCut(pinged) ? `cut after ${seconds(pinged.end!.atMs)}` : `open after ${seconds(idleMs)}`;
  return `A (silent) cut after ${seconds(silent.end!.atMs)} without a close frame; C (pings) ${other}`;
}

function pingCount({ frames }: Observation): number {
  return frames.filter(({ direction, opcode }) => direction === 'out' && opcode === 9).length;
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
