// Knows: rooms, who is in them, what was said lately. Plain state: a member is a name and a function that delivers.
// Must not know: WebSocket, encodings on the wire, or the page.
import { bounds, type Encoding, type FromServer, type Member, type Said } from './messages.js';

export type Deliver = (message: FromServer) => void;

/** A room exists while somebody is connected to it; its history goes with the last one. */
export class Room {
  readonly name: string;
  readonly #listeners = new Set<Deliver>();
  readonly #members = new Map<Deliver, Member>();
  readonly #history: Said[] = [];
  #nextMember = 1;
  #nextMessage = 1;

  constructor(name: string) {
    this.name = name;
  }

  /** Those connected, joined or not yet. */
  get size(): number {
    return this.#listeners.size;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  get history(): readonly Said[] {
    return this.#history;
  }

  enter(deliver: Deliver): void {
    this.#listeners.add(deliver);
  }

  /** Gives the newcomer a name nobody else has here, tells the newcomer the state and everybody the news. */
  join(deliver: Deliver, name: string, encoding: Encoding): Member {
    const member = { id: this.#nextMember++, name: this.#unused(name), encoding };
    this.#members.set(deliver, member);
    deliver({ type: 'joined', you: member, members: this.members, history: [...this.#history] });
    this.#tell({ type: 'arrived', member }, deliver);
    return member;
  }

  say(from: Member, text: string, at: number): void {
    const said: Said = { type: 'said', id: this.#nextMessage++, from, text, at };
    this.#history.push(said);
    if (this.#history.length > bounds.historyLength) this.#history.shift();
    this.#tell(said);
  }

  leave(deliver: Deliver): void {
    this.#listeners.delete(deliver);
    const member = this.#members.get(deliver);
    if (member === undefined) return;
    this.#members.delete(deliver);
    this.#tell({ type: 'left', member });
  }

  #tell(message: FromServer, except?: Deliver): void {
    for (const deliver of this.#listeners) if (deliver !== except) deliver(message);
  }

  #unused(name: string): string {
    const taken = new Set(this.members.map((member) => member.name));
    if (!taken.has(name)) return name;
    for (let count = 2; ; count++) if (!taken.has(`${name} (${count})`)) return `${name} (${count})`;
  }
}

/** All rooms of one server. Entering makes a room, the last one out removes it. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** True when one more may enter `name`; the answer is given before the handshake is. */
  hasSpace(name: string): boolean {
    const room = this.#rooms.get(name);
    return room === undefined ? this.#rooms.size < bounds.rooms : room.size < bounds.membersPerRoom;
  }

  enter(name: string, deliver: Deliver): Room {
    const room = this.#rooms.get(name) ?? new Room(name);
    this.#rooms.set(name, room);
    room.enter(deliver);
    return room;
  }

  leave(room: Room, deliver: Deliver): void {
    room.leave(deliver);
    if (room.size === 0) this.#rooms.delete(room.name);
  }
}
