// Knows: where the packets stand in a capture file, pcap or pcapng, with their link layer and their time.
// Must not know: what is in a packet. Nothing is believed: every length is checked against what is there.
import { type Capture, Packets } from './packets.js';

/** Undefined when the octets are no capture. */
export function readCapture(octets: Uint8Array): Capture | undefined {
  if (octets.length < 24) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const reading = new Packets(octets);
  const magic = view.getUint32(0);
  if (magic === 0x0a0d0d0a) {
    readBlocks(view, reading);
    return reading.capture('pcapng');
  }
  const kind = pcapKinds.get(magic);
  if (kind === undefined) return undefined;
  readRecords(view, kind[0], kind[1], reading);
  return reading.capture('pcap');
}

/** By the magic number: byte order, and parts of a second in the second word. */
const pcapKinds: ReadonlyMap<number, readonly [little: boolean, perSecond: number]> = new Map([
  [0xa1b2c3d4, [false, 1e6]],
  [0xd4c3b2a1, [true, 1e6]],
  [0xa1b23c4d, [false, 1e9]],
  [0x4d3cb2a1, [true, 1e9]],
]);

function readRecords(view: DataView, little: boolean, perSecond: number, packets: Packets): void {
  const link = view.getUint32(20, little) & 0xffff;
  for (let at = 24; at + 16 <= view.byteLength && !packets.isFull; ) {
    const size = view.getUint32(at + 8, little);
    const isWhole = size >= view.getUint32(at + 12, little);
    const atMs = view.getUint32(at, little) * 1000 + (view.getUint32(at + 4, little) * 1000) / perSecond;
    packets.add(link, atMs, at + 16, Math.min(at + 16 + size, view.byteLength), isWhole);
    at += 16 + size;
  }
}

interface Interface {
  readonly link: number;
  /** Ticks of a time stamp in a second. */
  readonly perSecond: number;
}

/** pcapng: sections of blocks, each with its length in front and behind (draft-ietf-opsawg-pcapng). */
function readBlocks(view: DataView, packets: Packets): void {
  let little = false;
  let interfaces: Interface[] = [];
  for (let at = 0; at + 12 <= view.byteLength && !packets.isFull; ) {
    const type = view.getUint32(at, little);
    if (type === 0x0a0d0d0a) {
      little = view.getUint32(at + 8) === 0x4d3c2b1a;
      interfaces = [];
    }
    const size = view.getUint32(at + 4, little);
    if (size < 12 || size % 4 !== 0) return;
    const end = Math.min(at + size, view.byteLength);
    if (type === 1 && at + 16 <= end) interfaces.push(interfaceOf(view, at, end, little));
    else if (type === 6 && at + 28 <= end) enhanced(view, at, end, little, interfaces, packets);
    else if (type === 3 && at + 12 <= end && interfaces[0] !== undefined) {
      packets.add(
        interfaces[0].link,
        0,
        at + 12,
        Math.min(end - 4, at + 12 + view.getUint32(at + 8, little)),
        true,
      );
    }
    at += size;
  }
}

function interfaceOf(view: DataView, at: number, end: number, little: boolean): Interface {
  const link = view.getUint16(at + 8, little);
  for (let option = at + 16; option + 4 <= end - 4; ) {
    const code = view.getUint16(option, little);
    const size = view.getUint16(option + 2, little);
    if (code === 0) break;
    if (code === 9 && size === 1) {
      const resolution = view.getUint8(option + 4);
      const exponent = resolution & 0x7f;
      return { link, perSecond: resolution < 0x80 ? 10 ** exponent : 2 ** exponent };
    }
    option += 4 + size + ((4 - (size % 4)) % 4);
  }
  return { link, perSecond: 1e6 };
}

function enhanced(
  view: DataView,
  at: number,
  end: number,
  little: boolean,
  interfaces: readonly Interface[],
  packets: Packets,
): void {
  const from = interfaces[view.getUint32(at + 8, little)];
  const size = view.getUint32(at + 20, little);
  if (from === undefined) return;
  const ticks = view.getUint32(at + 12, little) * 2 ** 32 + view.getUint32(at + 16, little);
  const isWhole = size >= view.getUint32(at + 24, little);
  packets.add(
    from.link,
    (ticks / from.perSecond) * 1000,
    at + 28,
    Math.min(end - 4, at + 28 + size),
    isWhole,
  );
}
