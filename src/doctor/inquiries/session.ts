// Knows: what happened behind a right 101: frames, pings, the close on both layers. RFC 6455 §5, §7.
// Must not know: the handshake. Pure: everything is in the baseline's observation already.
import { constants, inflateRawSync } from 'node:zlib';
import { spell, spellFrame } from '../../forensics/first-bytes.js';
import { isSendableCloseCode } from '../../frames/frame.js';
import { printable } from '../../reason.js';
import { finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import type { FrameSeen, Observation } from '../observation.js';
import { fieldOf, payloadOf } from '../reading.js';
import type { Finding } from '../report.js';

/** Faults that end a session are causes; what only deserves a word is told as a finding. */
export function judgeSession(own: Case, baseline: Observation): readonly Finding[] {
  const fault = frameFault(own, baseline) ?? strayFault(baseline) ?? endFault(own, baseline);
  // Cut off by our own deadline, or more was said than anybody listens to: nothing is known of its end.
  if (fault === undefined && baseline.end === undefined) {
    const text = 'not seen to its end';
    own.stage({ stage: 'session', name: 'Session', mark: 'skip', text, probes: [baseline.id] });
    return [];
  }
  const slips = fault === undefined ? slipsOf(baseline) : [];
  own.findings.push(...slips);
  own.ran.add('session');
  own.merits.set('close echoed, TCP ended by the server', slips.length === 0 && fault === undefined);
  if (pingsIn(baseline).length > 0) own.merits.set('idle', true);
  tell(own, baseline, fault, slips);
  return fault === undefined ? [] : [fault];
}

const incoming = ({ frames }: Observation) => frames.filter(({ direction }) => direction === 'in');
const pingsIn = (seen: Observation) => incoming(seen).filter(({ opcode }) => opcode === 9);
const closeIn = (seen: Observation) => incoming(seen).find(({ opcode }) => opcode === 8);
const ourClose = ({ frames }: Observation) =>
  frames.find(({ direction, opcode }) => direction === 'out' && opcode === 8);

function fault(seen: Observation, code: string, detail: string, ...lines: readonly string[]): Finding {
  return finding(code, {
    confidence: 'proven',
    detail,
    steps: [step(seen), ...lines.map((line) => remark(line))],
  });
}

// What is no frame.

function strayFault(seen: Observation): Finding | undefined {
  if (seen.stray === undefined) return undefined;
  const octets = Buffer.from(seen.stray, 'hex');
  const spelled = spell(octets);
  const shown = `${octets
    .subarray(0, 16)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ')} …`;
  if (spelled?.service === 'http' || spelled?.service === 'html') {
    return fault(
      seen,
      'FRAME_HTTP_IN_STREAM',
      `Behind the 101 stands ${spelled.text}: a layer of HTTP still owns the socket.`,
      shown,
    );
  }
  const misread = spellFrame(octets);
  const code = misread !== undefined && misread.rsv.length > 0 ? 'FRAME_RSV' : 'FRAME_OPCODE';
  return fault(
    seen,
    code,
    `What stands in the stream is no frame${spelled === undefined ? '' : ` but ${spelled.text}`}.`,
    shown,
    misread?.text ?? '',
  );
}

// Frames.

function frameFault(own: Case, seen: Observation): Finding | undefined {
  const agreed = fieldOf(seen, 'sec-websocket-extensions');
  let isInMessage = false;
  for (const frame of incoming(seen)) {
    const broken =
      headerFault(own, seen, frame, agreed) ??
      orderFault(seen, frame, isInMessage) ??
      payloadFault(seen, frame, agreed);
    if (broken !== undefined) return broken;
    if (frame.opcode < 8) isInMessage = !frame.fin;
  }
  return undefined;
}

function headerFault(
  own: Case,
  seen: Observation,
  frame: FrameSeen,
  agreed: string | undefined,
): Finding | undefined {
  const { opcode, rsv, masked, fin, length } = frame;
  const shown = `opcode ${opcode}, FIN ${fin ? 1 : 0}, RSV ${rsv.toString(2).padStart(3, '0')}, ${length} octets`;
  // RFC 7692 §6.1: of a message the first frame alone says that it is compressed.
  const isCompression = rsv === 4 && (opcode === 1 || opcode === 2) && agreed !== undefined;
  if (rsv !== 0 && !isCompression) {
    if (rsv === 4 && agreed === undefined && own.target.deflate) {
      const detail =
        'The server sends a compressed message, and its 101 agreed on no compression: the field that says so was lost on the way to us.';
      return { ...fault(seen, 'EXT_STRIPPED_ONE_WAY', detail, shown), confidence: 'strong' };
    }
    return fault(seen, 'FRAME_RSV', 'A reserved bit is set that no extension stands for.', shown);
  }
  if ((opcode & 0x07) > 2) return fault(seen, 'FRAME_OPCODE', `Opcode ${opcode} has no meaning.`, shown);
  if (masked)
    return fault(
      seen,
      'FRAME_MASKED_BY_SERVER',
      'Every client ends the connection on a masked frame of a server.',
      shown,
    );
  if (opcode >= 8 && !fin) return fault(seen, 'FRAME_CONTROL_FRAGMENTED', '', shown);
  if (opcode >= 8 && length > 125) return fault(seen, 'FRAME_CONTROL_TOO_LONG', '', shown);
  if (frame.isLengthIllegal) return fault(seen, 'FRAME_LENGTH', '', shown);
  if (length >= 2 ** 53) return fault(seen, 'MSG_TOO_BIG', 'No client takes a frame of this length.', shown);
  return undefined;
}

function orderFault(seen: Observation, { opcode }: FrameSeen, isInMessage: boolean): Finding | undefined {
  if (opcode >= 8 || (opcode === 0) === isInMessage) return undefined;
  const detail = isInMessage
    ? 'A new message begins before the last one is finished.'
    : 'A fragment continues a message that was never begun.';
  return fault(seen, 'FRAME_CONTINUATION', detail, `opcode ${opcode}`);
}

function payloadFault(seen: Observation, frame: FrameSeen, agreed: string | undefined): Finding | undefined {
  const payload = payloadOf(frame);
  const isWhole = frame.fin && payload.length === frame.length;
  if (frame.opcode === 8) return closeFault(seen, payload);
  if (frame.rsv === 4 && agreed !== undefined) return isWhole ? inflateFault(seen, frame) : undefined;
  if (frame.opcode !== 1 || !isWhole || isUtf8(payload)) return undefined;
  const inside = payload.findIndex((octet, at) => HEADERS.has(octet) && (payload[at + 1] ?? 0x80) <= 125);
  if (inside >= 0) {
    const detail = `Octet ${inside} of a text message looks like the header of another frame: two writers share the connection without a lock.`;
    return {
      ...fault(seen, 'FRAME_TWO_WRITERS', detail, payload.subarray(0, 32).toString('hex')),
      confidence: 'likely',
    };
  }
  return fault(seen, 'MSG_UTF8', 'A text message is no UTF-8.', printable(payload.toString('latin1'), 60));
}

/** First octets of unfragmented frames; none of them begins a character of UTF-8. */
const HEADERS: ReadonlySet<number> = new Set([0x81, 0x82, 0x88, 0x89, 0x8a]);

function isUtf8(octets: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets);
    return true;
  } catch {
    return false;
  }
}

/** The messages in order, each with what came before it as its dictionary (RFC 7692 §7.2.3.2), as far as all of them are here. */
function inflateFault(seen: Observation, judged: FrameSeen): Finding | undefined {
  let window = Buffer.alloc(0);
  const compressed = incoming(seen).filter(({ rsv }) => rsv === 4);
  for (const [at, frame] of compressed.entries()) {
    const octets = payloadOf(frame);
    if (!frame.fin || octets.length !== frame.length) return undefined;
    try {
      const message = inflateRawSync(Buffer.concat([octets, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MAX_INFLATED,
        ...(window.length > 0 && { dictionary: window }),
      });
      window = Buffer.concat([window, message]).subarray(-WINDOW);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' || frame !== judged)
        return undefined;
      const detail = `Compressed message ${at + 1} cannot be inflated: ${(error as Error).message}.`;
      return fault(seen, 'EXT_INFLATE', detail);
    }
    if (frame === judged) return undefined;
  }
  return undefined;
}

const MAX_INFLATED = 1024 * 1024;
const WINDOW = 32_768;

/** RFC 7692 §7.2.2. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

function closeFault(seen: Observation, payload: Buffer): Finding | undefined {
  if (payload.length === 0) return undefined;
  if (payload.length === 1)
    return fault(seen, 'CLOSE_PAYLOAD', 'The close frame carries one octet, which is no code.');
  const code = payload.readUInt16BE(0);
  if (!isSendableCloseCode(code))
    return fault(seen, 'CLOSE_CODE_INVALID', `${code} must not stand in a close frame.`);
  return isUtf8(payload.subarray(2))
    ? undefined
    : fault(seen, 'CLOSE_PAYLOAD', 'The reason in the close frame is no UTF-8.');
}

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
