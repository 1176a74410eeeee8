// Knows: the packets of Engine.IO 4 and of Socket.IO 5 in them, as clients from version 3 on send them.
// https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/
import { briefOf, type Decoded, type Decoder, jsonOf, type Payload } from './decoder.js';

const ENGINE = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'];
const SOCKET = ['CONNECT', 'DISCONNECT', 'EVENT', 'ACK', 'CONNECT_ERROR', 'BINARY_EVENT', 'BINARY_ACK'];
const MESSAGE = 4;

/** The type; how many attachments follow; the namespace; the id of an acknowledgement; the data. */
const packet = /^([0-6])(?:(\d{1,9})-)?(?:(\/[^,]*)(?:,|$))?(\d{1,15})?([\s\S]*)$/;

export const socketIo: Decoder = {
  key: 'socket-io',
  label: 'Socket.IO',
  speaks: ({ path }) => /\/(?:socket|engine)\.io\/?$/.test(path),
  read(payload, isSpoken) {
    const { text, isText, bytes } = payload;
    // RFC 6455 §5.6 is all that tells an attachment: it is binary and has no packet around it.
    if (!isText) return isSpoken ? { brief: `attachment, ${bytes.length} octets`, body: bytes } : undefined;
    const engine = ENGINE[Number(text?.[0] ?? NaN)];
    if (text === undefined || engine === undefined) return undefined;
    const decoded =
      text[0] === String(MESSAGE) ? inner(text.slice(1), payload) : outer(engine, text.slice(1));
    return isSpoken || isTelling(text) ? decoded : undefined;
  },
};

/** `0{"sid":…`, `42["chat"…`: hardly anything else begins so. */
function isTelling(text: string): boolean {
  return /^(?:0\{"sid":|4(?:[25]\d{0,9}-?(?:\/[^,]{0,200},)?\d{0,15}\["))/.test(text);
}

function outer(engine: string, rest: string): Decoded {
  return {
    brief: rest === '' ? engine : `${engine} ${rest.slice(0, 200)}`,
    facts: [['Engine.IO packet', engine]],
    ...(rest !== '' && { body: jsonOf(rest)?.value ?? rest }),
  };
}

function inner(text: string, { isWhole }: Payload): Decoded | undefined {
  const [, type, attachments, namespace = '/', id, rest = ''] = packet.exec(text) ?? [];
  if (type === undefined) return undefined;
  const name = SOCKET[Number(type)]!;
  const json = jsonOf(rest);
  const data = json?.value ?? (rest === '' ? undefined : rest);
  const event = Array.isArray(json?.value) ? json.value[0] : undefined;
  const about = event === undefined || type === '3' || type === '6' ? '' : ` ${briefOf(event, '')}`;
  return {
    brief: `${name}${about}${namespace === '/' ? '' : ` on ${namespace}`}${id === undefined ? '' : `, ack ${id}`}`,
    facts: [
      ['Socket.IO packet', name],
      ['namespace', namespace],
      ...(id === undefined ? [] : [['acknowledgement', id] as const]),
      ...(attachments === undefined ? [] : [['binary attachments', attachments] as const]),
      ...(rest !== '' && json === undefined
        ? [['data', isWhole ? 'no JSON' : 'only its beginning was kept'] as const]
        : []),
    ],
    ...(data !== undefined && { body: data }),
  };
}
