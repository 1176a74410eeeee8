// Knows: control packets of MQTT 3.1, 3.1.1 and 5: their type, what they name, what a PUBLISH carries.
// Must not know: which version was agreed on, which a packet does not tell, or what came in the message before: a message may hold
// several packets, and a packet may go on in the next one (MQTT 5 §6). Passwords are not shown.
import { bodyOf, type Decoded, type Decoder } from './decoder.js';
import { Octets } from './octets.js';

const TYPES = [
  ...['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK'],
  ...['UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'],
];
const MOST_PACKETS = 100;

type Facts = ReadonlyArray<readonly [name: string, value: string]>;

interface Packet {
  readonly type: string;
  readonly about: string;
  readonly facts: Facts;
  readonly body?: unknown;
}

export const mqtt: Decoder = {
  key: 'mqtt',
  label: 'MQTT',
  speaks: ({ subprotocol }) => /^mqtt(?:v3\.1)?$/i.test(subprotocol),
  /** Where it is not spoken only a CONNECT, which says what it is. */
  read({ bytes, isText }, isSpoken) {
    if (isText || bytes.length === 0 || (!isSpoken && !isConnect(bytes))) return undefined;
    const [first, ...others] = packetsOf(bytes);
    if (first === undefined) return undefined;
    return told(first, others.map(({ type }) => type).join(', '));
  },
};

function told({ type, about, facts, body }: Packet, more: string): Decoded {
  return {
    brief: `${type} ${about}`.trim() + (more === '' ? '' : `, and ${more}`),
    facts: [['packet', type], ...facts, ...(more === '' ? [] : [['behind it', more] as const])],
    ...(body !== undefined && { body }),
  };
}

/** Which says its name: `MQTT`, or `MQIsdp` as it was called in 3.1. */
function isConnect(bytes: Uint8Array): boolean {
  const octets = new Octets(bytes.subarray(0, 16));
  if (bytes.length < 8 || octets.byte() !== 0x10 || octets.variable() === undefined) return false;
  const name = new TextDecoder().decode(octets.take(octets.word()));
  return name === 'MQTT' || name === 'MQIsdp';
}

function packetsOf(bytes: Uint8Array): Packet[] {
  const packets: Packet[] = [];
  const octets = new Octets(bytes);
  while (octets.left > 0 && packets.length < MOST_PACKETS) {
    const first = octets.byte();
    const type = TYPES[first >> 4];
    const length = octets.variable();
    if (type === undefined || type === '' || length === undefined) break;
    const here = octets.take(length);
    const cut: Facts =
      here.length < length ? [['cut off', `${here.length} of its ${length} octets are here`]] : [];
    const { facts, ...packet } = readPacket(type, first & 15, here);
    packets.push({ ...packet, facts: [...facts, ...cut] });
  }
  return packets;
}

/** As far as its octets go: what is not there is not told. */
function readPacket(type: string, flags: number, here: Uint8Array): Packet {
  const octets = new Octets(here);
  try {
    if (type === 'CONNECT') return connect(octets);
    if (type === 'CONNACK') return connack(octets);
    if (type === 'PUBLISH') return publish(flags, octets);
    if (type === 'SUBSCRIBE' || type === 'UNSUBSCRIBE') return subscribe(type, octets);
    if (here.length >= 2 && /^(?:PUB|SUB|UNSUB)/.test(type)) return named(type, octets.word());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { type, about: '', facts: [] };
}

function named(type: string, id: number): Packet {
  return { type, about: String(id), facts: [['packet id', String(id)]] };
}

function connect(octets: Octets): Packet {
  const name = octets.text();
  const level = octets.byte();
  const flags = octets.byte();
  const keepAlive = octets.word();
  if (level >= 5) octets.take(octets.variable() ?? 0);
  const client = octets.text();
  return {
    type: 'CONNECT',
    about: client,
    facts: [
      ['protocol', `${name} ${({ 3: '3.1', 4: '3.1.1', 5: '5' } as Record<number, string>)[level] ?? level}`],
      ['client id', client === '' ? 'none' : client],
      ['keep alive', `${keepAlive} s`],
      ['clean start', (flags & 2) !== 0 ? 'yes' : 'no'],
      ['will', (flags & 4) !== 0 ? 'yes' : 'none'],
      ['user name', (flags & 0x80) !== 0 ? 'given' : 'none'],
      ['password', (flags & 0x40) !== 0 ? 'given, not shown' : 'none'],
    ],
  };
}

function connack(octets: Octets): Packet {
  const isPresent = (octets.byte() & 1) !== 0;
  const code = octets.byte();
  const outcome = code === 0 ? 'accepted' : `refused with 0x${code.toString(16).padStart(2, '0')}`;
  return {
    type: 'CONNACK',
    about: outcome,
    facts: [
      ['answer', outcome],
      ['session present', isPresent ? 'yes' : 'no'],
    ],
  };
}

function publish(flags: number, octets: Octets): Packet {
  const topic = octets.text();
  const qos = (flags >> 1) & 3;
  const id = qos > 0 ? octets.word() : undefined;
  const rest = octets.take(octets.left);
  const properties = propertiesOf(rest);
  const body = rest.subarray(properties ?? 0);
  return {
    type: 'PUBLISH',
    about: topic === '' ? '(topic by its alias)' : topic,
    facts: [
      ['topic', topic],
      ['QoS', String(qos)],
      ...(id === undefined ? [] : [['packet id', String(id)] as const]),
      ...((flags & 1) === 0 ? [] : [['retain', 'yes'] as const]),
      ...((flags & 8) === 0 ? [] : [['duplicate', 'yes'] as const]),
      ...(properties === undefined
        ? []
        : [['properties', `${properties - 1} octets, if this is MQTT 5`] as const]),
    ],
    ...(body.length > 0 && { body: bodyOf(body) }),
  };
}

type Skip = (octets: Octets) => void;
const skip =
  (count: number): Skip =>
  (octets) =>
    octets.take(count);
const skipText: Skip = (octets) => octets.take(octets.word());

/** What a property of a PUBLISH holds, by its number (MQTT 5 §2.2.2.2). */
const PROPERTIES: ReadonlyMap<number, Skip> = new Map<number, Skip>([
  [0x01, skip(1)],
  [0x02, skip(4)],
  [0x03, skipText],
  [0x08, skipText],
  [0x09, skipText],
  [0x0b, (octets) => octets.variable()],
  [0x23, skip(2)],
  [
    0x26,
    (octets) => {
      skipText(octets);
      skipText(octets);
    },
  ],
]);

/** How many octets are properties, as MQTT 5 has them before the payload; undefined where they do not read so: it is 3.1.1. */
function propertiesOf(rest: Uint8Array): number | undefined {
  const octets = new Octets(rest);
  const length = octets.variable();
  if (length === undefined || length > octets.left) return undefined;
  const end = octets.left - length;
  try {
    while (octets.left > end) {
      const skipOne = PROPERTIES.get(octets.byte());
      if (skipOne === undefined) return undefined;
      skipOne(octets);
    }
  } catch {
    return undefined;
  }
  return octets.left === end ? rest.length - end : undefined;
}

/** With MQTT 5 properties stand before the filters; the reading that comes out even is the right one. */
function subscribe(type: string, octets: Octets): Packet {
  const id = octets.word();
  const rest = octets.take(octets.left);
  const hasOptions = type === 'SUBSCRIBE';
  const filters = filtersOf(rest, 0, hasOptions) ?? filtersOf(rest, 1 + (rest[0] ?? 0), hasOptions) ?? [];
  return {
    type,
    about: filters.join(', '),
    facts: [['packet id', String(id)], ...filters.map((filter) => ['filter', filter] as const)],
  };
}

function filtersOf(rest: Uint8Array, from: number, hasOptions: boolean): string[] | undefined {
  const octets = new Octets(rest.subarray(from));
  const filters: string[] = [];
  try {
    while (octets.left > 0) {
      const filter = octets.text();
      if (filter === '') return undefined;
      filters.push(hasOptions ? `${filter} (QoS ${octets.byte() & 3})` : filter);
    }
  } catch {
    return undefined;
  }
  return filters.length === 0 ? undefined : filters;
}
