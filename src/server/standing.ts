// Knows: how a server stands when it is asked: how many it serves, and how near its limits are. Must not know: who asks.
import type { LimitUse, TracedServer } from '../trace.js';
import type { House } from './admission.js';
import type { Server } from './server.js';

let servers = 0;

/** What a server publishes itself as. */
export class Standing implements TracedServer {
  readonly id: number;
  readonly #house: Pick<House<never>, 'addresses' | 'limits' | 'connections' | 'draining'>;
  readonly #server: Pick<Server<never>, 'url'>;
  readonly #waiting: { readonly size: number };

  constructor(
    house: Pick<House<never>, 'addresses' | 'limits' | 'connections' | 'draining'>,
    server: Pick<Server<never>, 'url'>,
    waiting: { readonly size: number },
  ) {
    servers += 1;
    this.id = servers;
    this.#house = house;
    this.#server = server;
    this.#waiting = waiting;
  }

  get url(): string {
    try {
      return this.#server.url;
    } catch {
      return '';
    }
  }

  get connections(): number {
    return this.#house.connections;
  }

  get pending(): number {
    return this.#waiting.size;
  }

  get draining(): boolean {
    return this.#house.draining;
  }

  get limits(): readonly LimitUse[] {
    const { maxConnections, maxPendingHandshakes, maxConnectionsPerAddress } = this.#house.limits;
    const uses = [
      { name: 'limits.maxConnections', used: this.connections, most: maxConnections },
      { name: 'limits.maxPendingHandshakes', used: this.pending, most: maxPendingHandshakes },
      {
        name: 'limits.maxConnectionsPerAddress',
        used: this.#house.addresses?.mostConnections ?? 0,
        most: maxConnectionsPerAddress,
      },
    ];
    return uses.filter(({ most }) => Number.isFinite(most));
  }
}
