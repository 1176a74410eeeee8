// Knows: the sockets, and streams of HTTP/2, whose handshake is not answered yet: how many there may be, and whom each
// counts for. Must not know: how one is refused.
import type { Duplex } from 'node:stream';
import { clock } from '../deadlines.js';
import { refusalReasons } from '../handshake/rejections.js';
import type { Rejection } from '../reason.js';
import { addressOf, type Tally } from './addresses.js';
import type { House } from './admission.js';

const HEADERS = { 'Retry-After': '5' };

export class Pending {
  readonly #house: Pick<House<never>, 'addresses' | 'proxies' | 'limits'>;
  readonly #tallies = new Map<Duplex, Tally | undefined>();

  constructor(house: Pick<House<never>, 'addresses' | 'proxies' | 'limits'>) {
    this.#house = house;
  }

  get size(): number {
    return this.#tallies.size;
  }

  [Symbol.iterator](): Iterator<Duplex> {
    return this.#tallies.keys();
  }

  /**
   * Counts a socket, or a stream of `line`; the reason to refuse it, before a single octet is read, when there are too
   * many.
   */
  add(socket: Duplex, line: Duplex = socket): Rejection | undefined {
    const tally = this.#tallyOf(line);
    const full = this.#full(tally, line);
    if (tally !== undefined) tally.connections += 1;
    this.#tallies.set(socket, tally);
    return full;
  }

  delete(socket: Duplex): void {
    const tally = this.#tallies.get(socket);
    if (tally !== undefined) tally.connections -= 1;
    this.#tallies.delete(socket);
  }

  tallyOf(socket: Duplex): Tally | undefined {
    return this.#tallies.get(socket);
  }

  /** A trusted proxy's sockets count for the clients behind it, once their heads tell who they are. */
  #tallyOf(line: Duplex): Tally | undefined {
    const { addresses, proxies } = this.#house;
    if (addresses === undefined) return undefined;
    const address = addressOf(line);
    return proxies.includes(address) ? undefined : addresses.of(address, clock());
  }

  #full(tally: Tally | undefined, line: Duplex): Rejection | undefined {
    const { maxPendingHandshakes, maxConnectionsPerAddress: most } = this.#house.limits;
    if (this.#tallies.size >= maxPendingHandshakes) {
      const evidence = { wanted: `${maxPendingHandshakes} at most` };
      return { reason: refusalReasons.LIMIT_PENDING_HANDSHAKES, evidence, headers: HEADERS };
    }
    if (tally === undefined || tally.connections < most) return undefined;
    const evidence = { field: 'address', seen: addressOf(line), wanted: `${most} connections at most` };
    return { reason: refusalReasons.LIMIT_CONNECTIONS_PER_ADDRESS, evidence, headers: HEADERS };
  }
}
