// Knows: what happened behind a right 101: whether its frames are right, pings, the close on both layers. RFC 6455 §5.5, §7.
// Must not know: the handshake. Pure: everything is in the baseline's observation already.
import { printable } from '../../reason.js';
import type { Case } from '../inquiry.js';
import type { FrameSeen, Observation } from '../observation.js';
import { payloadOf } from '../reading.js';
import type { Finding } from '../report.js';
import { fault, frameFault, incoming, strayFault } from './frame-faults.js';

/** Faults that end a session are causes; what only deserves a word is told as a finding. */
export function judgeSession(own: Case, baseline: Observation): readonly Finding[] {
  const broken = frameFault(own, baseline) ?? strayFault(baseline) ?? endFault(own, baseline);
  if (broken === undefined && baseline.end === undefined) return unended(own, baseline);
  const slips = broken === undefined ? slipsOf(baseline) : [];
  own.findings.push(...slips);
  own.ran.add('session');
  own.merits.set('close echoed, TCP ended by the server', slips.length === 0 && broken === undefined);
  if (pingsIn(baseline).length > 0) own.merits.set('idle', true);
  tell(own, baseline, broken, slips);
  return broken === undefined ? [] : [broken];
}

/** Cut off by our own deadline, or more was said than anybody listens to: nothing is known of its end. */
function unended(own: Case, { id }: Observation): readonly Finding[] {
  own.stage({ stage: 'session', name: 'Session', mark: 'skip', text: 'not seen to its end', probes: [id] });
  return [];
}

const pingsIn = (seen: Observation) => incoming(seen).filter(({ opcode }) => opcode === 9);
const closeIn = (seen: Observation) => incoming(seen).find(({ opcode }) => opcode === 8);
const ourClose = ({ frames }: Observation) =>
  frames.find(({ direction, opcode }) => direction === 'out' && opcode === 8);

// The end, when it is not ours.

const NO_ADMITTANCE: ReadonlySet<number> = new Set([1008, 3000, 3003, 4401, 4403]);

function endFault(own: Case, seen: Observation): Finding | undefined {
  const close = closeIn(seen);
  const ours = ourClose(seen);
  const isTheirs =
    close !== undefined && (ours === undefined || seen.frames.indexOf(close) < seen.frames.indexOf(ours));
  if (isTheirs) return closedByServer(own, seen, close);
  if (ours !== undefined || seen.end === undefined) return undefined;
  const after = `${(seen.end.atMs / 1000).toFixed(2)} s after the 101`;
  if (seen.isCutInFrame)
    return fault(seen, 'FRAME_TRUNCATED', `TCP ended in the middle of a frame, ${after}.`);
  const code = seen.end.how === 'rst' ? 'CLOSE_NO_FRAME_RST' : 'CLOSE_NO_FRAME_FIN';
  return fault(
    seen,
    code,
    `The connection was cut without a close frame, ${after}: your code sees close 1006.`,
  );
}

function closedByServer(own: Case, seen: Observation, close: FrameSeen): Finding {
  const payload = payloadOf(close);
  const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
  const reason = printable(payload.subarray(2).toString('utf8'));
  const said = `close ${code}${reason === '' ? '' : ` "${reason}"`}, ${(close.atMs / 1000).toFixed(2)} s after the 101`;
  if (NO_ADMITTANCE.has(code)) {
    return fault(
      seen,
      'AUTH_AFTER_OPEN',
      'The server opens, and then says in a close frame that you may not: browsers could have been told with a status.',
      said,
    );
  }
  if (/subprotocol/i.test(reason) || code === 4406)
    return {
      ...fault(seen, 'PROTO_REQUIRED', 'It closes because of the subprotocol.', said),
      confidence: 'strong',
    };
  const detail =
    own.target.expectOpenMs === undefined
      ? 'The server opens and closes at once.'
      : 'The server closes before the time that it must stay open.';
  return fault(seen, 'CLOSE_IMMEDIATE', detail, said);
}

// Slips: the session worked.

function slipsOf(seen: Observation): readonly Finding[] {
  const pings = seen.frames.filter(({ direction, opcode }) => direction === 'out' && opcode === 9);
  const pongs = incoming(seen).filter(({ opcode }) => opcode === 10);
  const slip = (code: string, detail: string) => ({
    ...fault(seen, code, detail),
    severity: 'warn' as const,
  });
  const slips: Finding[] = [];
  // A pong that nobody asked for is no fault (RFC 6455 §5.5.3), and the newest ping may be answered alone.
  if (pings.length > 0 && pongs.length === 0)
    slips.push(slip('PING_UNANSWERED', `${pings.length} pings were sent and no pong came.`));
  else if (pings.length > 0 && roundTrips(seen).length === 0)
    slips.push(slip('PONG_PAYLOAD', 'No pong carries what its ping carried.'));
  if (closeIn(seen) === undefined)
    slips.push(slip('CLOSE_NOT_ECHOED', 'Our close frame was not answered with one.'));
  else if (seen.end?.how === 'left')
    slips.push(slip('CLOSE_TCP_LINGERS', 'Both close frames were there, and the server left TCP open.'));
  return slips;
}

/** Milliseconds from each ping to its pong. */
export function roundTrips(seen: Observation): readonly number[] {
  return seen.frames.flatMap((pong) => {
    if (pong.direction !== 'in' || pong.opcode !== 10) return [];
    const ping = seen.frames.find(
      ({ direction, opcode, payload }) => direction === 'out' && opcode === 9 && payload === pong.payload,
    );
    return ping === undefined ? [] : [pong.atMs - ping.atMs];
  });
}

function tell(own: Case, seen: Observation, broken: Finding | undefined, slips: readonly Finding[]): void {
  const line = { stage: 'session', name: 'Session', probes: [seen.id] };
  if (broken !== undefined)
    return own.stage({ ...line, mark: 'bad', text: `${broken.code}: ${broken.detail}` });
  const trips = roundTrips(seen).map((ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms))));
  const parts = [
    trips.length > 0 ? `ping ${trips.join('/')} ms` : 'no pong',
    closeIn(seen) === undefined ? 'close not answered' : 'close 1000 echoed',
    seen.end?.how === 'left' ? 'TCP left open' : 'server closed TCP first',
  ];
  own.stage({ ...line, mark: slips.length > 0 ? 'warn' : 'good', text: parts.join(' · ') });
}
