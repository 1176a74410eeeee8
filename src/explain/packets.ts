// Knows: the TCP segments in packets of Ethernet, Linux cooked (both versions), loopback and raw IP; IPv4 and IPv6.
// Must not know: files, or streams, which tcp.ts puts together. Nothing is believed: every length is checked against what is there.

/** The payload of one TCP segment, and what its header says. */
export interface Segment {
  /** Milliseconds after the epoch. */
  readonly atMs: number;
  /** `192.0.2.1:443`, `[2001:db8::1]:443` */
  readonly from: string;
  readonly to: string;
  readonly seq: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly payload: Uint8Array;
}

export interface Capture {
  readonly format: 'pcap' | 'pcapng';
  readonly segments: readonly Segment[];
  readonly packets: number;
  /** Packets that were cut by the capture's length, are fragments, or have a link layer that is not known. */
  readonly unread: number;
}

/** Packets that are read at most. */
const most = 300_000;

/** Takes packets of any link layer down to TCP. */
export class Packets {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  readonly #segments: Segment[] = [];
  #packets = 0;
  #unread = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  }

  get isFull(): boolean {
    return this.#packets >= most;
  }

  capture(format: Capture['format']): Capture {
    return { format, segments: this.#segments, packets: this.#packets, unread: this.#unread };
  }

  add(link: number, atMs: number, start: number, end: number, isWhole: boolean): void {
    this.#packets += 1;
    const ip = this.#network(link, start, end);
    if (ip === undefined || !isWhole) this.#unread += 1;
    if (ip !== undefined) this.#internet(atMs, ip, end);
  }

  /** Where IP begins; undefined for another link layer, or for what is no IP. */
  #network(link: number, start: number, end: number): number | undefined {
    const view = this.#view;
    const has = (size: number) => start + size <= end;
    switch (link) {
      case 0: // NULL: the address family in the order of the machine
      case 108:
        return has(4) ? start + 4 : undefined;
      case 1:
        return has(14) ? this.#etherType(start + 12, end) : undefined;
      case 12:
      case 14:
      case 101:
      case 228:
      case 229:
        return start;
      case 113:
        return has(16) ? this.#etherType(start + 14, end) : undefined;
      case 276:
        return has(20) && isIp(view.getUint16(start)) ? start + 20 : undefined;
      default:
        return undefined;
    }
  }

  /** Behind any VLAN tags (IEEE 802.1Q). */
  #etherType(at: number, end: number): number | undefined {
    for (let tags = 0; tags < 4 && at + 2 <= end; tags += 1) {
      const type = this.#view.getUint16(at);
      if (isIp(type)) return at + 2;
      if (type !== 0x8100 && type !== 0x88a8) return undefined;
      at += 4;
    }
    return undefined;
  }

  #internet(atMs: number, at: number, end: number): void {
    if (at + 20 > end) return;
    const version = this.#octets[at]! >> 4;
    if (version === 4) this.#version4(atMs, at, end);
    else if (version === 6 && at + 40 <= end) this.#version6(atMs, at, end);
  }

  /** RFC 791 §3.1. */
  #version4(atMs: number, at: number, end: number): void {
    const view = this.#view;
    const headerBytes = (this.#octets[at]! & 15) * 4;
    const total = view.getUint16(at + 2);
    const isFragment = (view.getUint16(at + 6) & 0x3fff) !== 0;
    if (isFragment) this.#unread += 1;
    if (headerBytes < 20 || this.#octets[at + 9] !== 6 || isFragment) return;
    // 0: the network card was to fill it in (segmentation offload).
    const last = total >= headerBytes ? Math.min(end, at + total) : end;
    const address = (from: number) => this.#octets.subarray(from, from + 4).join('.');
    this.#tcp(atMs, address(at + 12), address(at + 16), at + headerBytes, last);
  }

  /** RFC 8200 §3, §4. */
  #version6(atMs: number, at: number, end: number): void {
    const length = this.#view.getUint16(at + 4);
    const last = length > 0 ? Math.min(end, at + 40 + length) : end;
    let next = this.#octets[at + 6]!;
    let start = at + 40;
    for (let headers = 0; headers < 8 && [0, 43, 60].includes(next) && start + 8 <= last; headers += 1) {
      next = this.#octets[start]!;
      start += (this.#octets[start + 1]! + 1) * 8;
    }
    if (next === 44) this.#unread += 1;
    if (next !== 6) return;
    this.#tcp(atMs, this.#address6(at + 8), this.#address6(at + 24), start, last);
  }

  #address6(at: number): string {
    const groups = Array.from({ length: 8 }, (_, group) => this.#view.getUint16(at + group * 2).toString(16));
    return `[${groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::')}]`;
  }

  /** RFC 9293 §3.1. */
  #tcp(atMs: number, from: string, to: string, at: number, end: number): void {
    if (at + 20 > end) return;
    const view = this.#view;
    const start = at + (this.#octets[at + 12]! >> 4) * 4;
    const flags = this.#octets[at + 13]!;
    this.#segments.push({
      atMs,
      from: `${from}:${view.getUint16(at)}`,
      to: `${to}:${view.getUint16(at + 2)}`,
      seq: view.getUint32(at + 4),
      syn: (flags & 2) !== 0,
      ack: (flags & 16) !== 0,
      fin: (flags & 1) !== 0,
      rst: (flags & 4) !== 0,
      payload: this.#octets.subarray(Math.min(start, end), end),
    });
  }
}

function isIp(etherType: number): boolean {
  return etherType === 0x0800 || etherType === 0x86dd;
}
