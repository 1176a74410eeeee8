// Knows: what a server must not take from a client, twelve frames and half a head, each on a connection of its own; only with `own`.
// Must not know: whether it should be asked: it is not polite, so somebody has to say that the endpoint is theirs. RFC 6455 §5, §7, §8.1.
import { encodeFrame } from '../../frames/encoder.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { isOpen } from '../reading.js';
import type { Step } from '../report.js';

const MASK = 0x11223344;
const frame = (
  opcode: number,
  payload: Uint8Array | string = '',
  options: { fin?: boolean; rsv?: number } = {},
) =>
  Buffer.from(encodeFrame(opcode, Buffer.from(payload as string), { ...options, mask: MASK })).toString(
    'hex',
  );

const DEVIANT: ReadonlyArray<readonly [about: string, frames: readonly string[]]> = [
  ['an unmasked text frame', [Buffer.from(encodeFrame(1, Buffer.from('hi'))).toString('hex')]],
  ['RSV2 set', [frame(1, 'hi', { rsv: 0x20 })]],
  ['RSV3 set', [frame(1, 'hi', { rsv: 0x10 })]],
  ['opcode 3', [frame(3)]],
  ['opcode 11', [frame(11)]],
  ['a ping of 126 octets', [frame(9, Buffer.alloc(126))]],
  ['a fragmented ping', [frame(9, '', { fin: false })]],
  ['a continuation of nothing', [frame(0, 'hi')]],
  ['a text frame inside a message', [frame(1, 'a', { fin: false }), frame(1, 'b')]],
  ['text that is no UTF-8', [frame(1, Buffer.from([0xce, 0xba, 0xe1, 0x80]))]],
  ['a length with its top bit set', ['82ffffffffffffffffff11223344']],
  ['a close code that must not be sent', [frame(8, Buffer.from([0x03, 0xe7]))]],
];

const LISTEN_MS = 800;

export function* deviantFrames(own: Case): Inquiry<void> {
  const accepted: Step[] = [];
  const silent: Step[] = [];
  let asked = 0;
  let last: Step | undefined;
  for (const [about, frames] of DEVIANT) {
    const probe = own.variant(
      `frame: ${about}`,
      about,
      {},
      { listenMs: LISTEN_MS, pings: 0, frames, close: false },
    );
    const seen = yield* ask(probe);
    if (last !== undefined && seen.trouble?.code === 'TCP_REFUSED') return died(own, last, step(seen));
    if (!isOpen(seen) || seen.end === undefined) continue;
    asked += 1;
    last = step(seen, undefined, about);
    if (seen.end.how === 'left') accepted.push({ ...last, note: 'the connection stays open' });
    else if (!hasClose(seen)) silent.push({ ...last, note: 'TCP ended without a close frame' });
  }
  if (asked === 0) return;
  own.ran.add('frames');
  const failed = [...accepted, ...silent];
  const text =
    failed.length === 0
      ? `${asked} of ${asked} deviant frames are refused`
      : `${failed.length} of ${asked} deviant frames are not refused as they must be`;
  own.stage({
    stage: 'frames',
    name: 'Frames',
    mark: failed.length === 0 ? 'good' : 'warn',
    text,
    probes: failed.map(({ probe }) => probe),
  });
  if (failed.length === 0) return;
  const detail = `${text}: the peer has to be told with a close frame, and left.`;
  const found = finding('CONF_FRAMING', { confidence: 'proven', severity: 'warn', detail, steps: failed });
  // RFC 6455 §7.1.7: the frame has to be refused, and to say why is only advised.
  own.findings.push(accepted.length > 0 ? found : { ...found, cap: 'A-' });
}

/** One frame of a stranger ends the server for everybody. */
function died(own: Case, last: Step, after: Step): void {
  const detail = `After ${last.asked} nobody answers on the port any more: it ended the server.`;
  const text = `the server ends after ${last.asked}`;
  own.ran.add('frames');
  own.stage({ stage: 'frames', name: 'Frames', mark: 'bad', text, probes: [last.probe, after.probe] });
  const found = finding('CONF_FRAMING', { confidence: 'proven', detail, steps: [last, after] });
  own.findings.push({ ...found, cap: 'F' });
}

function hasClose({ frames }: Observation): boolean {
  return frames.some(({ direction, opcode }) => direction === 'in' && opcode === 8);
}

const REQUESTS: ReadonlyArray<readonly [code: string, key: string, about: string, from: RegExp, to: string]> =
  [
    ['CONF_METHOD', 'method-post', 'POST in place of GET', /^GET /, 'POST '],
    ['CONF_HTTP10', 'http-1.0', 'HTTP/1.0', /HTTP\/1\.1/, 'HTTP/1.0'],
    ['CONF_HOST', 'no-host', 'no Host', /^Host: .*\r\n/m, ''],
  ];

/** Requests that RFC 6455 §4.2.1 wants refused. */
export function* deviantRequests(own: Case): Inquiry<void> {
  for (const [code, key, about, from, to] of REQUESTS) {
    const probe = own.variant(key, about, {});
    const seen = yield* ask({ ...probe, request: probe.request.replace(from, to) });
    if (!isOpen(seen)) continue;
    own.findings.push(
      finding(code, {
        confidence: 'proven',
        severity: 'warn',
        detail: `It opens for ${about}.`,
        steps: [step(seen)],
      }),
    );
  }
}

/** Long enough that no usual limit is longer. */
const HALF_A_HEAD_MS = 65_000;

/** Half a head, and then nothing: a server that waits for ever can be kept busy by anybody. */
export function* halfAHead(own: Case): Inquiry<void> {
  const probe = own.variant('half-head', 'half a head', {});
  const request = probe.request.slice(0, Math.floor(probe.request.length / 2));
  const seen = yield* ask({ ...probe, request, headMs: HALF_A_HEAD_MS });
  if (seen.trouble?.code !== 'HTTP_NO_RESPONSE') return;
  const detail = `Half a request was kept for ${HALF_A_HEAD_MS / 1000} s without an end.`;
  own.findings.push(
    finding('SEC_SLOW_HANDSHAKE', { confidence: 'proven', severity: 'warn', detail, steps: [step(seen)] }),
  );
}
