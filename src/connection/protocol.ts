// Knows: one open connection as a machine (RFC 6455 §5 to §7). Octets and the clock come in by calls; messages go out to the
// sink, octets through the outbox, and time as one `deadline`. Must not know: sockets, timers, promises. It never throws for
// what a peer sent.
//
//   open ──close()──▶ closing ──close frame──▶ done      closing: our close frame is out, the peer's is awaited
//     │ └─close frame (answered)──────────────▶ done      done: nothing is read any more, the transport is to end
//     └───violation, dead peer────────────────▶ done
import { isAscii, isUtf8 } from 'node:buffer';
import type { Codec, Expanded } from '../deflate/codec.js';
import type { CloseFrame, CloseRecord } from '../errors.js';
import type { FrameRules } from '../frames/decoder.js';
import type { FrameEncoder, Outbox, Run } from '../frames/encoder.js';
import { closePayload, FIN, fitReason, isSendableCloseCode, Opcode, RSV1 } from '../frames/frame.js';
import { Found, type MessageLimits, MessageReader } from '../frames/messages.js';
import { Utf8Validator } from '../frames/utf8.js';
import { type Violation, violation } from '../frames/violations.js';
import type { Evidence, Reason } from '../reason.js';
import * as trace from '../trace.js';
import { ENDINGS } from './endings.js';
import { brokenOff, closeRecord, type Ending } from './record.js';
import type { Tap } from './tap.js';

export interface ProtocolSettings {
  readonly role: 'server' | 'client';
  readonly limits: MessageLimits & {
    /** Messages, pings and pongs that a peer may send in one second; Infinity for no limit. */
    readonly maxMessagesPerSecond: number;
  };
  /** `false`: no ping is sent, and silence is never taken for death. */
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number } | false;
  readonly timeouts: {
    /** From our close frame to the end of the transport. */
    readonly closeMs: number;
    /** From the first octet of a message to its last. */
    readonly messageMs: number;
    /** How long a peer may take nothing while more than the high water mark waits for it. */
    readonly stallMs: number;
  };
  readonly messages: 'both' | 'text' | 'binary';
  readonly readers: Readers;
  /** Readers for connections that agreed on compression. */
  readonly compressedReaders: Readers;
  readonly encoder: FrameEncoder;
}

/** What the machine tells its shell while it reads. A callback may call back into the machine. */
export interface ProtocolSink {
  /** A message is `bytes[start, end)`; text is UTF-8, and `ascii` when that is known. */
  message(bytes: Uint8Array, start: number, end: number, isText: boolean, ascii: boolean): void;
  /** A message has come back from the thread that expanded it: the machine wants it by `expanded`. */
  expandedAway(outcome: Expanded): void;
  /** A pong answered `ping` after `roundTripMs`. */
  pong(ping: PendingPing, roundTripMs: number): void;
  /** What the channels are told through; only asked for while one of them has a subscriber. */
  readonly tap: Tap;
}

export interface PendingPing {
  readonly payload: Uint8Array;
  readonly sentAt: number;
}

/** A reader holds memory only while a message is under way: connections borrow one, and all idle ones share a spare. */
export class Readers {
  readonly #limits: MessageLimits;
  readonly #rules: FrameRules;
  #spare: MessageReader | undefined;

  /** `rsv`: the reserved bits that the agreed extensions use. */
  constructor(role: 'server' | 'client', limits: MessageLimits, rsv: number) {
    this.#limits = limits;
    this.#rules = { masked: role === 'server', rsv };
  }

  take(): MessageReader {
    const reader = this.#spare ?? new MessageReader(this.#rules, this.#limits);
    this.#spare = undefined;
    return reader;
  }

  giveBack(reader: MessageReader): void {
    this.#spare = reader;
  }
}

/** After so many frames in one call the machine stops and asks to be called again, so that other connections get their turn. */
const FRAMES_PER_TURN = 1024;
/** A connection that we failed gets this long to read our close frame. */
const FAILED_MS = 1000;
/** Unanswered pings of the application that are remembered. */
const MAX_PENDING_PINGS = 16;

/** State that most connections never need, made when it is. */
class Rare {
  /** Chunks that came while reading was stopped inside an earlier one. */
  readonly later: Uint8Array[] = [];
  /** The newest ping of a peer that does not read: at most one answer waits (RFC 6455 §5.5.3). */
  owedPong: Uint8Array | undefined = undefined;
  /** Pings of the application that are not answered yet, oldest first. */
  pings: PendingPing[] = [];
  congestedAt = 0;
  /** Whether the message on another thread is text. */
  expandsText = false;
  rateSecond = 0;
  rateCount = 0;
}

type Phase = 'open' | 'closing' | 'done';

export class Protocol implements Outbox {
  pieces: Uint8Array[] | Run | undefined = undefined;
  pendingBytes = 0;
  phase: Phase = 'open';
  /** What the shell has to do with the transport once the outbox is empty. */
  transport: 'keep' | 'end' | 'destroy' = 'keep';
  /** Set by the shell: it wants no more messages now. Reading stops after the current one. */
  stopped = false;
  /** A message is on another thread, and nothing behind it is read. */
  expanding = false;
  /** Set by the shell: more than the high water mark waits for the peer. */
  congested = false;
  messagesReceived = 0;
  messagesSent = 0;
  bytesReceived = 0;
  /** Counted by the shell, which hands them to the transport. */
  bytesSent = 0;
  /** What the last ping took that was answered, one of the heartbeat too; -1 before the first. */
  roundTripMs = -1;

  readonly #settings: ProtocolSettings;
  readonly #sink: ProtocolSink;
  /** Undefined without agreed compression. */
  readonly #codec: Codec | undefined;
  #reader: MessageReader | undefined = undefined;
  #running = false;
  /** Octets of a chunk are not used up yet. */
  #midChunk = false;
  readonly #openedAt: number;
  #receivedAt: number;
  #sentAt: number;
  /** When the last heartbeat went out, or the connection opened. */
  #beatAt: number;
  /** Heartbeats since the last octet of the peer. */
  #beatsUnanswered = 0;
  /** The pong to the last heartbeat is still to come, and can be no other's. */
  #beatPongAwaited = false;
  /** When the message under way began, -1 without one. */
  #messageAt = -1;
  #rare: Rare | undefined = undefined;
  #ending: Ending | undefined = undefined;

  constructor(settings: ProtocolSettings, sink: ProtocolSink, now: number, codec?: Codec) {
    this.#settings = settings;
    this.#sink = sink;
    this.#codec = codec;
    this.#openedAt = now;
    this.#receivedAt = now;
    this.#sentAt = now;
    this.#beatAt = now;
  }

  // ---- octets in

  receive(chunk: Uint8Array, now: number): void {
    this.#receivedAt = now;
    this.bytesReceived += chunk.length;
    // Whatever comes after a ping shows that the peer lives.
    this.#beatsUnanswered = 0;
    if (this.phase === 'done') return;
    if (this.#running || this.#midChunk) {
      this.#extra().later.push(chunk);
      return;
    }
    this.#reader ??= this.#readers.take();
    this.#reader.listener = trace.frames.hasSubscribers ? this.#sink.tap : undefined;
    this.#reader.feed(chunk);
    this.#midChunk = true;
    this.#run(now);
  }

  get #readers(): Readers {
    return this.#codec === undefined ? this.#settings.readers : this.#settings.compressedReaders;
  }

  /** When the last octets came: the time it is for whoever acts while they are read. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /** True when octets wait inside the machine: it stopped for its sink, or to give others their turn. */
  get unfinished(): boolean {
    return this.#midChunk;
  }

  /** True when nothing is under way and so nothing but the heartbeat can become due. */
  get quiet(): boolean {
    return this.phase === 'open' && this.#reader === undefined && !this.congested;
  }

  /** Goes on where reading stopped. */
  resume(now: number): void {
    if (this.#midChunk && !this.#running) this.#run(now);
  }

  #run(now: number): void {
    this.#running = true;
    if (this.#codec !== undefined) this.#codec.spentFrames = 0;
    let frames = 0;
    while (!this.stopped && !this.expanding && this.phase !== 'done' && this.#hasTurn(frames)) {
      const reader = this.#reader!;
      const found = reader.next();
      if (found === Found.need) {
        this.#settle(reader, now);
        const next = this.#rare?.later.shift();
        if (next === undefined) break;
        this.#reader ??= this.#readers.take();
        this.#reader.listener = trace.frames.hasSubscribers ? this.#sink.tap : undefined;
        this.#reader.feed(next);
        this.#midChunk = true;
        continue;
      }
      if (found === Found.message) this.#messageAt = -1;
      this.#handle(found, reader, now);
      frames += 1;
    }
    this.#running = false;
    if (this.phase === 'done') this.#dropInput();
  }

  #hasTurn(frames: number): boolean {
    const spent = this.#codec === undefined ? 0 : this.#codec.spentFrames;
    return frames + spent < FRAMES_PER_TURN;
  }

  /** A chunk is used up: keep the reader only while something is under way. */
  #settle(reader: MessageReader, now: number): void {
    this.#midChunk = false;
    if (reader.idle) {
      reader.release();
      this.#readers.giveBack(reader);
      this.#reader = undefined;
      this.#messageAt = -1;
    } else {
      reader.release();
      if (this.#messageAt < 0) this.#messageAt = now;
    }
  }

  #dropInput(): void {
    this.#reader = undefined;
    this.#midChunk = false;
    if (this.#rare === undefined) return;
    this.#rare.later.length = 0;
    this.#rare.owedPong = undefined;
  }

  #handle(found: Found, reader: MessageReader, now: number): void {
    if (found === Found.fault) return this.#violate(reader.fault!, now);
    if (found === Found.close) return this.#closeReceived(reader, now);
    if (this.#settings.limits.maxMessagesPerSecond !== Number.POSITIVE_INFINITY && this.#overRate(now))
      return;
    if (found === Found.message) return this.#message(reader, now);
    if (found === Found.ping) return this.#pingReceived(reader, now);
    this.#pongReceived(reader, now);
  }

  #message(reader: MessageReader, now: number): void {
    // As in browsers, what arrives after our own close frame is not delivered.
    if (this.phase !== 'open') return;
    const { messages } = this.#settings;
    if (messages !== 'both' && (messages === 'text') !== reader.isText) {
      return this.#violate(violation('MSG_TYPE', reader.isText ? 'text' : 'binary', messages), now);
    }
    if (reader.rsv1) return this.#expand(this.#codec!, reader, now);
    this.messagesReceived += 1;
    this.#sink.message(reader.bytes, reader.start, reader.end, reader.isText, reader.ascii);
  }

  /** RFC 7692 §6.2: RSV1 stood on the first frame, so the whole message is compressed. */
  #expand(codec: Codec, { bytes, start, end, isText }: MessageReader, now: number): void {
    const most = this.#settings.limits.maxMessageBytes;
    const outcome = codec.expand(bytes, start, end, most, now);
    if (outcome !== undefined) return this.#deliverExpanded(outcome, isText, now);
    this.expanding = true;
    this.#extra().expandsText = isText;
    codec.expandAway(bytes.subarray(start, end), most, now, (late) => this.#sink.expandedAway(late));
  }

  /** A message is back from another thread. What came behind it is read on by `resume`. */
  expanded(outcome: Expanded, now: number): void {
    this.expanding = false;
    if (this.phase === 'open') this.#deliverExpanded(outcome, this.#rare!.expandsText, now);
  }

  #deliverExpanded(outcome: Expanded, isText: boolean, now: number): void {
    if (trace.frames.hasSubscribers) this.#sink.tap.expanded(outcome);
    if ('reason' in outcome) return this.#violate(outcome, now);
    const ascii = isText && isAscii(outcome);
    if (isText && !ascii && !isUtf8(outcome)) {
      return this.#violate(violation('MSG_UTF8', 'an expanded message'), now);
    }
    this.messagesReceived += 1;
    this.#sink.message(outcome, 0, outcome.length, isText, ascii);
  }

  #overRate(now: number): boolean {
    const rare = this.#extra();
    const second = Math.floor(now / 1000);
    if (second !== rare.rateSecond) {
      rare.rateSecond = second;
      rare.rateCount = 0;
    }
    rare.rateCount += 1;
    const most = this.#settings.limits.maxMessagesPerSecond;
    if (rare.rateCount <= most) return false;
    this.#violate(violation('MSG_RATE', `${rare.rateCount} in a second`, `${most} at most`), now);
    return true;
  }

  #pingReceived(reader: MessageReader, now: number): void {
    if (trace.heartbeats.hasSubscribers) this.#sink.tap.heartbeat('ping', 'in');
    // RFC 6455 §5.5.2: a ping is answered unless a close frame was received; §5.5.1: after ours nothing more is sent.
    if (this.phase !== 'open') return;
    if (this.congested)
      this.#extra().owedPong = Uint8Array.from(reader.bytes.subarray(reader.start, reader.end));
    else this.#pong(reader.bytes, reader.start, reader.end, now);
  }

  /** RFC 6455 §5.5.3: a pong that nobody asked for is ignored; one that answers a ping answers the earlier ones too. */
  #pongReceived(reader: MessageReader, now: number): void {
    const pings = this.#rare?.pings ?? NO_PINGS;
    const payload = reader.bytes.subarray(reader.start, reader.end);
    const index = pings.findIndex((ping) => Buffer.compare(ping.payload, payload) === 0);
    if (index < 0) return this.#beatAnswered(payload, now);
    const answered = pings.splice(0, index + 1);
    this.#measured(now - answered[index]!.sentAt);
    for (const ping of answered) this.#sink.pong(ping, now - ping.sentAt);
  }

  /** A heartbeat carries nothing, and so does its pong. */
  #beatAnswered(payload: Uint8Array, now: number): void {
    if (!this.#beatPongAwaited || payload.length > 0) return;
    this.#beatPongAwaited = false;
    this.#measured(now - this.#beatAt);
  }

  #measured(roundTripMs: number): void {
    this.roundTripMs = roundTripMs;
    if (trace.heartbeats.hasSubscribers) this.#sink.tap.heartbeat('pong', 'in', roundTripMs);
  }

  // ---- octets out

  sendText(text: string, now: number): void {
    this.#sentAt = now;
    this.messagesSent += 1;
    this.#settings.encoder.text(this, FIN | Opcode.text, text);
    if (trace.frames.hasSubscribers) this.#sink.tap.sent(FIN | Opcode.text, Buffer.from(text), undefined);
  }

  sendBytes(bytes: Uint8Array, isText: boolean, now: number): void {
    this.messagesSent += 1;
    this.#frame(FIN | (isText ? Opcode.text : Opcode.binary), bytes, 0, bytes.length, now);
  }

  /**
   * Sends a frame that is ready and that other connections may get too. What is in it, and what that was before it was compressed,
   * is for who looks at frames.
   */
  sendFrame(frame: Uint8Array, now: number, payload: Uint8Array, inflated?: Uint8Array): void {
    this.#sentAt = now;
    this.messagesSent += 1;
    this.#settings.encoder.shared(this, frame);
    if (trace.frames.hasSubscribers) this.#sink.tap.sent(frame[0]!, payload, inflated);
  }

  /** Sends a message that `codec` has compressed (RFC 7692 §6.1: RSV1 on its first frame); `inflated` as for `sendFrame`. */
  sendCompressed(compressed: Uint8Array, isText: boolean, now: number, inflated: Uint8Array): void {
    const opcode = isText ? Opcode.text : Opcode.binary;
    this.messagesSent += 1;
    this.#frame(FIN | RSV1 | opcode, compressed, 0, compressed.length, now, inflated);
  }

  /** Sends a ping and remembers it, so that its pong can be told. */
  ping(payload: Uint8Array, now: number): PendingPing {
    const ping = { payload, sentAt: now };
    const { pings } = this.#extra();
    if (pings.length === MAX_PENDING_PINGS) pings.shift();
    pings.push(ping);
    this.#frame(FIN | Opcode.ping, payload, 0, payload.length, now);
    if (trace.heartbeats.hasSubscribers) this.#sink.tap.heartbeat('ping', 'out');
    return ping;
  }

  #frame(
    first: number,
    payload: Uint8Array,
    start: number,
    end: number,
    now: number,
    inflated?: Uint8Array,
  ): void {
    this.#sentAt = now;
    this.#settings.encoder.frame(this, first, payload, start, end);
    if (trace.frames.hasSubscribers) this.#sink.tap.sent(first, payload.subarray(start, end), inflated);
  }

  #pong(payload: Uint8Array, start: number, end: number, now: number): void {
    this.#frame(FIN | Opcode.pong, payload, start, end, now);
    if (trace.heartbeats.hasSubscribers) this.#sink.tap.heartbeat('pong', 'out');
  }

  /** The shell wrote and the peer took: what was held back may go. */
  drained(now: number): void {
    this.congested = false;
    // A ping that waited in the full line has only now gone out.
    if (this.#beatsUnanswered > 0) {
      this.#beatAt = now;
      this.#beatsUnanswered = 1;
    }
    const owed = this.#rare?.owedPong;
    if (owed === undefined) return;
    this.#rare!.owedPong = undefined;
    if (this.phase === 'open') this.#pong(owed, 0, owed.length, now);
  }

  /** The shell found more than the high water mark waiting. */
  congest(now: number): void {
    if (!this.congested) this.#extra().congestedAt = now;
    this.congested = true;
  }

  #extra(): Rare {
    this.#rare ??= new Rare();
    return this.#rare;
  }

  // ---- the close handshake

  /** Starts the close handshake. A second call does nothing. `code` undefined sends an empty close frame. */
  close(code: number | undefined, reason: string, now: number, why?: Reason, evidence: Evidence = {}): void {
    if (this.phase !== 'open') return;
    this.phase = 'closing';
    this.stopped = false;
    const ending = this.#end('local', why, evidence, now + this.#settings.timeouts.closeMs);
    ending.sent = this.#sendClose(code, reason, now);
  }

  #sendClose(code: number | undefined, reason: string, now: number): CloseFrame {
    const text = fitReason(reason);
    const payload = closePayload(code, text);
    this.#frame(FIN | Opcode.close, payload, 0, payload.length, now);
    return { code: code ?? 1005, reason: text };
  }

  #end(
    initiator: Ending['initiator'],
    reason: Reason | undefined,
    evidence: Evidence,
    deadline: number,
  ): Ending {
    this.#ending = { sent: undefined, received: undefined, initiator, reason, evidence, deadline };
    return this.#ending;
  }

  #closeReceived(reader: MessageReader, now: number): void {
    const frame = readClose(reader.bytes, reader.start, reader.end);
    if ('fault' in frame) return this.#violate(frame.fault, now);
    const ending = this.#ending ?? this.#end('peer', undefined, {}, 0);
    ending.received = frame;
    ending.deadline = now + this.#settings.timeouts.closeMs;
    // RFC 6455 §5.5.1: a close frame is answered with one, unless ours is out already; the code is echoed.
    if (ending.sent === undefined)
      ending.sent = this.#sendClose(frame.code === 1005 ? undefined : frame.code, '', now);
    this.phase = 'done';
    // RFC 6455 §7.1.1: the server closes TCP first; the client waits for it.
    if (this.#settings.role === 'server') this.transport = 'end';
  }

  /** RFC 6455 §7.1.7: fail the connection: say why, read nothing more, end the transport. */
  #violate(fault: Violation, now: number): void {
    const evidence: Evidence =
      fault.wanted === undefined ? { seen: fault.seen } : { seen: fault.seen, wanted: fault.wanted };
    const ending = this.#ending ?? this.#end('local', fault.reason, evidence, 0);
    ending.reason ??= fault.reason;
    ending.evidence = ending.reason === fault.reason ? evidence : ending.evidence;
    ending.deadline = now + FAILED_MS;
    if (trace.limits.hasSubscribers) this.#sink.tap.limit(fault.reason, evidence);
    ending.sent ??= this.#sendClose(fault.reason.closeCode!, `${fault.reason.code}: ${fault.seen}`, now);
    this.phase = 'done';
    this.transport = 'end';
  }

  /** Whether both close frames have gone their way. */
  get hasShakenHands(): boolean {
    return this.#ending?.sent !== undefined && this.#ending.received !== undefined;
  }

  /** Gives up without a close frame: the peer is dead or does not read. */
  abandon(reason: Reason | undefined, evidence: Evidence): void {
    const ending = this.#ending ?? this.#end(reason === undefined ? 'local' : 'network', reason, evidence, 0);
    ending.reason ??= reason;
    this.phase = 'done';
    this.transport = 'destroy';
    if (!this.#running) this.#dropInput();
  }

  // ---- time

  /** When `tick` wants to be called, Infinity for never. */
  get deadline(): number {
    if (this.#ending !== undefined) return this.#ending.deadline;
    const { heartbeat, timeouts } = this.#settings;
    let at = Number.POSITIVE_INFINITY;
    if (heartbeat !== false) {
      at = this.#beatAt + heartbeat.intervalMs;
      if (this.#beatsUnanswered > 0)
        at = Math.min(at, this.#silentSince(heartbeat.intervalMs) + heartbeat.timeoutMs);
    }
    if (this.#messageAt >= 0) at = Math.min(at, this.#messageAt + timeouts.messageMs);
    if (this.congested) at = Math.min(at, this.#rare!.congestedAt + timeouts.stallMs);
    return at;
  }

  tick(now: number): void {
    if (this.#ending !== undefined) return this.#tickEnding(this.#ending, now);
    const { timeouts } = this.#settings;
    if (this.congested && now >= this.#rare!.congestedAt + timeouts.stallMs) {
      const evidence = { seen: `nothing taken for ${timeouts.stallMs} ms` };
      if (trace.limits.hasSubscribers)
        this.#sink.tap.limit(ENDINGS.MSG_SLOW_CONSUMER, evidence, 'timeouts.stallMs');
      return this.abandon(ENDINGS.MSG_SLOW_CONSUMER, evidence);
    }
    if (this.#messageAt >= 0 && now >= this.#messageAt + timeouts.messageMs) {
      // While the application holds reading back, the delay is its own.
      if (!this.#midChunk) return this.#violate(violation('MSG_TIMEOUT', `${now - this.#messageAt} ms`), now);
      this.#messageAt = now;
    }
    this.#beat(now);
  }

  #beat(now: number): void {
    const { heartbeat } = this.#settings;
    if (heartbeat === false) return;
    // A pause that we asked for ourselves proves nothing. Nor does silence behind a full line, where a ping waits for its turn:
    // stallMs watches that.
    if (this.stopped || this.expanding || this.congested) this.#beatsUnanswered = 0;
    if (this.congested) this.#beatAt = now;
    const { intervalMs, timeoutMs } = heartbeat;
    if (this.#beatsUnanswered > 0 && now >= this.#silentSince(intervalMs) + timeoutMs) {
      return this.abandon(ENDINGS.PING_UNANSWERED, { seen: `no octet for ${now - this.#receivedAt} ms` });
    }
    if (now < this.#beatAt + intervalMs) return;
    this.#beatAt = now;
    this.#beatsUnanswered += 1;
    this.#beatPongAwaited = this.#beatsUnanswered === 1;
    this.#frame(FIN | Opcode.ping, NO_PAYLOAD, 0, 0, now);
    if (trace.heartbeats.hasSubscribers) this.#sink.tap.heartbeat('ping', 'out');
  }

  /** When the first heartbeat went out that nothing has answered: where the time for an answer is the longer one, others follow it. */
  #silentSince(intervalMs: number): number {
    return this.#beatAt - (this.#beatsUnanswered - 1) * intervalMs;
  }

  #tickEnding(ending: Ending, now: number): void {
    if (now < ending.deadline) return;
    if (ending.received === undefined) ending.reason ??= ENDINGS.CLOSE_NOT_ECHOED;
    else ending.reason ??= ENDINGS.CLOSE_TCP_LINGERS;
    this.phase = 'done';
    this.transport = 'destroy';
    this.#dropInput();
  }

  // ---- the end

  /** RFC 6455 §7.1.5, once it is over. */
  get closeCode(): number {
    return this.#ending?.received?.code ?? 1006;
  }

  /** The transport has ended: how, and with what left over. Answers the whole story; the machine is of no use afterwards. */
  finish(end: CloseRecord['end'], error: Error | undefined, bytesUnsent: number, now: number): CloseRecord {
    const cut = this.#reader !== undefined && !this.#midChunk;
    const ending =
      this.#ending ?? Object.assign(this.#end('network', undefined, {}, 0), brokenOff(end, error, cut));
    if (ending.sent !== undefined && ending.received === undefined)
      ending.reason ??= ENDINGS.CLOSE_NOT_ECHOED;
    this.phase = 'done';
    this.#dropInput();
    return closeRecord(ending, {
      role: this.#settings.role,
      end,
      error,
      openMs: now - this.#openedAt,
      sinceReceivedMs: now - this.#receivedAt,
      sinceSentMs: now - this.#sentAt,
      bytesUnsent,
    });
  }
}

const NO_PAYLOAD = new Uint8Array(0);
const NO_PINGS: PendingPing[] = [];

/** RFC 6455 §5.5.1, §7.4: an empty payload, or a code that may be sent and a reason in UTF-8. */
function readClose(bytes: Uint8Array, start: number, end: number): CloseFrame | { fault: Violation } {
  if (start === end) return { code: 1005, reason: '' };
  if (end - start === 1) return { fault: violation('CLOSE_PAYLOAD', '1 octet') };
  const code = (bytes[start]! << 8) | bytes[start + 1]!;
  if (!isSendableCloseCode(code)) return { fault: violation('CLOSE_CODE_INVALID', String(code)) };
  const reason = bytes.subarray(start + 2, end);
  const utf8 = new Utf8Validator();
  if (utf8.push(reason, 0, reason.length) >= 0 || !utf8.complete) {
    return { fault: violation('MSG_UTF8', 'the reason of a close frame') };
  }
  return { code, reason: Buffer.from(reason).toString('utf8') };
}
