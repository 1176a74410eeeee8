// Writes captures: TCP segments inside of IP, inside of any link layer, inside of pcap or pcapng. Checksums are left 0.
export interface Packet {
  /** Seconds. */
  readonly at: number;
  readonly from: 'client' | 'server';
  readonly flags?: string;
  readonly seq: number;
  readonly payload?: Uint8Array | string;
}

export interface Way {
  readonly link?: number;
  readonly ip?: 4 | 6;
  readonly clientPort?: number;
  readonly serverPort?: number;
}

const bits: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

function u16(value: number): Buffer {
  return Buffer.of((value >>> 8) & 255, value & 255);
}

function u32(value: number): Buffer {
  return Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
}

function tcp(packet: Packet, { clientPort = 50_000, serverPort = 8080 }: Way): Buffer {
  const ports = packet.from === 'client' ? [clientPort, serverPort] : [serverPort, clientPort];
  const flags = [...(packet.flags ?? 'PA')].reduce((sum, letter) => sum | bits[letter]!, 0);
  return Buffer.concat([
    u16(ports[0]!),
    u16(ports[1]!),
    u32(packet.seq >>> 0),
    u32(0),
    Buffer.of(5 << 4, flags),
    Buffer.alloc(6),
    Buffer.from(packet.payload ?? ''),
  ]);
}

function ip(packet: Packet, way: Way): Buffer {
  const segment = tcp(packet, way);
  const ends = packet.from === 'client' ? [1, 2] : [2, 1];
  if (way.ip === 6) {
    const address = (last: number) => Buffer.from([0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), last]);
    const head = Buffer.concat([Buffer.of(0x60, 0, 0, 0), u16(segment.length), Buffer.of(6, 64)]);
    return Buffer.concat([head, address(ends[0]!), address(ends[1]!), segment]);
  }
  const address = (last: number) => Buffer.of(192, 0, 2, last);
  const head = [Buffer.of(0x45, 0), u16(20 + segment.length), Buffer.of(0, 0, 0x40, 0, 64, 6, 0, 0)];
  return Buffer.concat([...head, address(ends[0]!), address(ends[1]!), segment]);
}

function framed(packet: Packet, way: Way): Buffer {
  const inner = ip(packet, way);
  const type = u16(way.ip === 6 ? 0x86dd : 0x0800);
  switch (way.link ?? 1) {
    case 0:
      return Buffer.concat([Buffer.of(2, 0, 0, 0), inner]);
    case 108:
      return Buffer.concat([Buffer.of(0, 0, 0, 2), inner]);
    case 101:
      return inner;
    case 113:
      return Buffer.concat([Buffer.alloc(14), type, inner]);
    case 276:
      return Buffer.concat([type, Buffer.alloc(18), inner]);
    case 8021: // Ethernet with a VLAN tag
      return Buffer.concat([Buffer.alloc(12), Buffer.of(0x81, 0, 0, 7), type, inner]);
    default:
      return Buffer.concat([Buffer.alloc(12), type, inner]);
  }
}

const linkOf = (way: Way) => (way.link === 8021 ? 1 : (way.link ?? 1));

/** Both byte orders and both resolutions of pcap. */
export function pcap(packets: readonly Packet[], way: Way = {}, little = true, nano = false): Buffer {
  const word = (value: number) => (little ? u32(value).reverse() : u32(value));
  const magic = nano ? 0xa1b23c4d : 0xa1b2c3d4;
  const parts = [word(magic), Buffer.alloc(12), word(65_535), word(linkOf(way))];
  for (const packet of packets) {
    const bytes = framed(packet, way);
    const seconds = Math.floor(packet.at);
    const rest = Math.round((packet.at - seconds) * (nano ? 1e9 : 1e6));
    parts.push(word(seconds), word(rest), word(bytes.length), word(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

export function pcapng(packets: readonly Packet[], way: Way = {}, little = true): Buffer {
  const word = (value: number) => (little ? u32(value >>> 0).reverse() : u32(value >>> 0));
  const half = (value: number) => (little ? u16(value).reverse() : u16(value));
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    return Buffer.concat([word(type), word(padded.length + 12), padded, word(padded.length + 12)]);
  };
  const section = block(
    0x0a0d0d0a,
    Buffer.concat([word(0x1a2b3c4d), half(1), half(0), Buffer.alloc(8, 255)]),
  );
  // if_tsresol 9: nanoseconds.
  const resolution = Buffer.concat([half(9), half(1), Buffer.of(9, 0, 0, 0), word(0)]);
  const from = block(1, Buffer.concat([half(linkOf(way)), half(0), word(0), resolution]));
  const blocks = packets.map((packet) => {
    const bytes = framed(packet, way);
    const ticks = BigInt(Math.round(packet.at * 1e9));
    const stamp = [word(Number(ticks >> 32n)), word(Number(ticks & 0xffffffffn))];
    return block(6, Buffer.concat([word(0), ...stamp, word(bytes.length), word(bytes.length), bytes]));
  });
  return Buffer.concat([section, from, ...blocks]);
}
