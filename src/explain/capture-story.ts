// Knows: what to say about a capture: each WebSocket in it, or why there is none to be seen, and who ended it.
// Must not know: how packets become conversations.
import { closeCode } from '../forensics/close-codes.js';
import { spell } from '../forensics/first-bytes.js';
import { Opcode } from '../frames/frame.js';
import { readCapture } from './capture.js';
import {
  type Conversation,
  conversationOf,
  type Ending,
  type Frames,
  framesOf,
  type Side,
  type TimedFrame,
} from './conversation.js';
import { askedIn, doctorCommand, doctorOnUrl } from './decide.js';
import {
  type Confidence,
  type Explanation,
  explanation,
  explanationOf,
  type Listing,
} from './explanation.js';
import { frameLines } from './frame-dump.js';
import { mostFrames } from './frame-reading.js';
import { explainExchange } from './heads.js';
import type { Material } from './material.js';
import type { Capture } from './packets.js';
import { counted, duration } from './show.js';
import { connectionsOf, type TcpConnection } from './tcp.js';

/** Conversations that are told of one by one. */
const most = 20;
/** Frames of each side that are read even where others had more than their share. */
const leastFrames = 1000;

type Told = Conversation & Frames;

export function explainCapture({ octets }: Material): readonly Explanation[] | undefined {
  const capture = readCapture(octets);
  if (capture === undefined) return undefined;
  const connections = connectionsOf(capture.segments);
  const conversations = connections.map(conversationOf);
  const sockets = conversations.filter(({ exchange }) => exchange !== undefined);
  const told = sockets.length > 0 ? sockets : conversations;
  if (told.length === 0) return [withoutTcp(capture)];
  let budget = mostFrames;
  const explained = told.slice(0, most).map((each) => {
    const read = framesOf(each, Math.max(budget, leastFrames));
    budget -= read.frames.length;
    return explainConversation({ ...each, ...read }, capture);
  });
  const left = told.length - most;
  return left > 0
    ? [...explained, explanation({ isGood: true, title: `${counted(left, 'more connection')} not shown` })]
    : explained;
}

function withoutTcp({ format, packets, unread }: Capture): Explanation {
  return explanation({
    isGood: true,
    source: `${format}, ${counted(packets, 'packet')}`,
    title: 'No TCP in it that can be read',
    couldNotKnow: `${counted(unread, 'packet')} could not be read: cut, in fragments, or of a link layer other than Ethernet, Linux cooked, loopback and raw IP.`,
    decide: 'tcpdump -i any -s 0 -w file.pcap tcp port PORT',
  });
}

function explainConversation(conversation: Told, capture: Capture): Explanation {
  const { connection, exchange, isOpen } = conversation;
  const source = `${capture.format}: ${connection.client.from} to ${connection.server.from}`;
  if (exchange === undefined) return { ...withoutHandshake(conversation), source };
  const heads = explainExchange(exchange);
  const listings = [...heads.listings, ...frameListing(conversation)];
  const request = exchange.request?.head;
  const wanted = request === undefined ? undefined : askedIn(request);
  const decide = wanted === undefined ? doctorOnUrl : doctorCommand(wanted);
  const common = { source, listings, who: endedText(conversation), couldNotKnow: unreadText(conversation) };
  if (exchange.response === undefined) return { ...unanswered(conversation), ...common, decide };
  if (!heads.isGood || !isOpen) return { ...heads, ...common, decide };
  return { ...afterOpening(conversation, decide), ...common };
}

function frameListing({ frames }: Frames): Listing[] {
  if (frames.length === 0) return [];
  const label = (frame: unknown) => {
    const { atMs, from } = frame as TimedFrame;
    return `+${duration(atMs)} ${from}`;
  };
  return [{ about: '', lines: frameLines(frames, label) }];
}

function unreadText({ connection, areAll }: Told): string {
  return areAll ? gapsText(connection) : 'What came behind so many frames: no more of them are read.';
}

function gapsText({ client, server }: TcpConnection): string {
  const torn = [client, server].filter(({ isTorn }) => isTorn).map(({ from }) => from);
  return torn.length === 0 ? '' : `What ${torn.join(' and ')} sent behind a gap: the capture lacks packets.`;
}

/** Nothing in it that is a handshake in plain text. */
function withoutHandshake(conversation: Told): Explanation {
  const { connection } = conversation;
  const { client, server, hasSyn, isAccepted } = connection;
  const who = endedText(conversation);
  if (hasSyn && !isAccepted && server.rstMs !== undefined) {
    return explanationOf('TCP_REFUSED', 'proven', { saw: 'SYN, answered by RST.', who });
  }
  if (hasSyn && !isAccepted && server.octets.length === 0) {
    return explanationOf('TCP_TIMEOUT', 'strong', { saw: 'SYN, and no answer to it.', decide: doctorOnUrl });
  }
  const spelled = spell(client.octets) ?? spell(server.octets);
  if (spelled?.service === 'tls') {
    return explanation({
      isGood: true,
      title: 'The connection is encrypted: nothing inside of it can be read',
      who,
      couldNotKnow:
        'Everything behind TLS. Capture between the proxy and the backend, where it is plain, or ask from outside.',
      decide: doctorOnUrl,
    });
  }
  return explanation({
    isGood: true,
    title:
      spelled === undefined ? 'No handshake in it' : `No handshake in it: it begins with ${spelled.text}`,
    who,
    couldNotKnow: gapsText(connection),
  });
}

function unanswered({ connection, ending }: Told): Explanation {
  const { octets } = connection.server;
  if (octets.length > 0) {
    const spelled = spell(octets);
    const saw = spelled === undefined ? 'Octets that are no answer.' : `The answer is ${spelled.text}.`;
    const isCut = spelled?.service === 'http';
    return explanationOf(isCut ? 'HTTP_TRUNCATED' : 'HTTP_NOT_HTTP', 'proven', { saw });
  }
  if (ending?.by === 'server') {
    const code = ending.how === 'RST' ? 'HTTP_RESET' : 'HTTP_EMPTY_REPLY';
    return explanationOf(code, 'proven', {
      saw: `${ending.how} after the request, and not an octet of an answer.`,
    });
  }
  return explanationOf('HTTP_NO_RESPONSE', 'strong', { saw: 'The request, and no answer to it.' });
}

/** Idle times that proxies have by default; within a second of one of them it is worth naming. */
const wellKnown: ReadonlyArray<readonly [ms: number, whose: string]> = [
  [30_000, 'the default of a GCP backend service'],
  [55_000, "Heroku's limit"],
  [60_000, 'the default of nginx (proxy_read_timeout) and of the AWS ALB'],
  [100_000, "Cloudflare's limit"],
  [300_000, 'the default of Envoy (stream_idle_timeout)'],
  [350_000, "the AWS NLB's limit"],
];

/** Less than that is no idle time that anybody would set. */
const idleFromMs = 5_000;

function afterOpening(conversation: Told, decide: string): Explanation {
  const { frames, areAll, ending, connection } = conversation;
  const bad = frames.find(({ fault }) => fault !== undefined);
  if (bad !== undefined) {
    const { reason, seen } = bad.fault!;
    const spelled = spell(bad.octets);
    const saw = `+${duration(bad.atMs)}, the ${bad.from}: ${seen}.${spelled ? ` Read as text this is ${spelled.text}.` : ''}`;
    return explanationOf(reason.code, 'proven', { saw, decide: reason.code === 'FRAME_RSV' ? decide : '' });
  }
  const closes = frames.filter(({ opcode }) => opcode === Opcode.close);
  if (closes.length > 0) return closed(closes, decide);
  if (ending === undefined) {
    return explanation({ isGood: true, title: 'A good handshake, and still open where the capture ends' });
  }
  if (!areAll || connection.client.isTorn || connection.server.isTorn) {
    return explanation({
      isGood: true,
      title: 'A good handshake; what stood before its end is not to be read',
      decide,
    });
  }
  return cut(
    ending,
    frames.some(({ isCut }) => isCut),
    decide,
  );
}

function cut({ by, how, silentMs }: Ending, isInFrame: boolean, decide: string): Explanation {
  const saw = `${how} of the ${by} ${duration(silentMs)} after the last octet, without a close frame.`;
  if (isInFrame) return explanationOf('FRAME_TRUNCATED', 'proven', { saw });
  if (silentMs < idleFromMs)
    return explanationOf(how === 'RST' ? 'CLOSE_NO_FRAME_RST' : 'CLOSE_NO_FRAME_FIN', 'proven', {
      saw,
      decide,
    });
  const suspect = wellKnown.find(([ms]) => Math.abs(silentMs - ms) < 1_000);
  const confidence: Confidence = suspect === undefined ? 'possible' : 'likely';
  return explanationOf('IDLE_CUT', confidence, {
    saw: suspect === undefined ? saw : `${saw} ${duration(suspect[0])} is ${suspect[1]}.`,
    candidates: [how === 'RST' ? 'CLOSE_NO_FRAME_RST' : 'CLOSE_NO_FRAME_FIN', 'LIFETIME_CUT'],
    decide: decide.replace('handfast doctor', `handfast doctor --idle ${Math.ceil(silentMs / 500)}`),
  });
}

const rows: Readonly<Record<number, string>> = {
  1002: 'FRAME_RSV',
  1003: 'MSG_TYPE',
  1007: 'MSG_UTF8',
  1008: 'MSG_RATE',
  1009: 'MSG_TOO_BIG',
  1011: 'CLOSE_1011',
  1012: 'CLOSE_1012',
  1013: 'CLOSE_1013',
  1014: 'CLOSE_1014',
  3000: 'CLOSE_3000',
  3003: 'CLOSE_3003',
  3008: 'CLOSE_3008',
};

function closed(closes: readonly TimedFrame[], decide: string): Explanation {
  const [first, second] = closes as readonly [TimedFrame, TimedFrame?];
  const code = first.closeCode ?? 1005;
  const answered =
    second === undefined || second.from === first.from ? 'It was not answered.' : 'It was answered.';
  const saw = `The ${first.from} closed with ${code} ${closeCode(code)?.name ?? ''} at +${duration(first.atMs)}. ${answered}`;
  if (code === 1000 || code === 1001 || code === 1005) {
    return explanation({ isGood: true, title: 'A good handshake and an orderly end', saw });
  }
  const row = rows[code] ?? 'CLOSE_APP';
  return explanationOf(row, code < 3000 && code !== 1008 && code !== 1002 ? 'proven' : 'likely', {
    saw,
    decide,
  });
}

function endedText({ ending, connection, frames }: Told): string {
  const sides: Readonly<Record<Side, string>> = {
    client: `The client (${connection.client.from})`,
    server: `The server (${connection.server.from})`,
  };
  const { retransmitted, outOfOrder } = total(connection);
  const line =
    retransmitted + outOfOrder === 0
      ? ''
      : ` ${counted(retransmitted, 'segment')} came twice, ${outOfOrder} out of order.`;
  if (ending === undefined) return line.trim();
  const behind = frames.some(({ opcode }) => opcode === Opcode.close) ? ' behind the close frames' : '';
  return `${sides[ending.by]} ended TCP first, by ${ending.how}${behind}, at +${duration(ending.atMs)}.${line}`;
}

function total({ client, server }: TcpConnection): { retransmitted: number; outOfOrder: number } {
  return {
    retransmitted: client.retransmitted + server.retransmitted,
    outOfOrder: client.outOfOrder + server.outOfOrder,
  };
}
