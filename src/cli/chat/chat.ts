// Knows: the demo chat as options of a server: its route, who may enter, what happens with each message.
// Must not know: the page, or how a message is encoded. Every limit of the chat is in messages.ts and here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../../connection/connection.js';
import { refuse } from '../../server/refuse.js';
import type { HandshakeRequest } from '../../server/request.js';
import { decode, encode, maxMessageBytes } from './encoding.js';
import {
  bounds,
  type Encoding,
  encodings,
  type FromClient,
  type Member,
  type Problem,
  parse,
} from './messages.js';
import { answer, servePages } from './pages.js';
import { Refusals } from './refusals.js';
import { type Room, Rooms } from './rooms.js';
import { welcome } from './welcome.js';

const problemsForgiven = 5;
const burst = 20;
const burstMs = 10_000;

/** What the server needs to be the chat: spread it into the options of `createServer`. */
export function createChat() {
  const rooms = new Rooms();
  const pages = servePages();
  const refusals = new Refusals();
  const stop = refusals.listen();
  return {
    routes: {
      '/room/:id': {
        subprotocols: encodings,
        requireSubprotocol: true,
        limits: { maxMessageBytes, maxFragments: 64 },
        authorize: (request: HandshakeRequest) => admit(rooms, request),
        onconnection: (connection: Connection<unknown>, request: HandshakeRequest) => {
          new Guest(rooms, connection, request);
        },
      },
    },
    http: (request: IncomingMessage, response: ServerResponse) => {
      if (/^\/room\//.test(request.url ?? '')) plainRoom(refusals, request, response);
      else pages(request, response);
    },
    stop,
  };
}

const roomPattern = new RegExp(`^[\\p{L}\\p{N}_-]{1,${bounds.roomLength}}$`, 'u');

function admit(rooms: Rooms, request: HandshakeRequest) {
  const room = request.params.id ?? '';
  if (!roomPattern.test(room)) {
    return refuse('ROUTE_NOT_FOUND', {
      detail: `A room has 1 to ${bounds.roomLength} letters, digits, "-" or "_", not ${JSON.stringify(room)}.`,
    });
  }
  if (!rooms.hasSpace(room)) return refuse('LIMIT_CONNECTIONS', { detail: `Room ${room} is full.` });
  return undefined;
}

function plainRoom(refusals: Refusals, request: IncomingMessage, response: ServerResponse): void {
  if (refusals.serve(request, response)) return;
  // RFC 9110 §15.5.22: a 426 names what to upgrade to. RFC 9113 §8.2.2: over HTTP/2 no field may.
  const [status, fields] =
    request.httpVersionMajor === 2 ? [400, {}] : [426, { upgrade: 'websocket', connection: 'Upgrade' }];
  answer(request, response, status, 'text/plain; charset=utf-8', 'This address speaks WebSocket.\n', fields);
}

/** One connection in one room, joined or not yet. */
class Guest {
  readonly #rooms: Rooms;
  readonly #room: Room;
  readonly #connection: Connection<unknown>;
  readonly #encoding: Encoding;
  #member: Member | undefined;
  #problems = 0;
  #windowStart = 0;
  #inWindow = 0;

  constructor(rooms: Rooms, connection: Connection<unknown>, request: HandshakeRequest) {
    this.#rooms = rooms;
    this.#connection = connection;
    this.#encoding = connection.subprotocol as Encoding;
    this.#room = rooms.enter(request.params.id ?? '', this.#deliver);
    connection.onmessage = (message) => this.#receive(message, Date.now());
    connection.onclose = () => this.#rooms.leave(this.#room, this.#deliver);
    this.#deliver(welcome(this.#room, this.#encoding, connection.extensions, request));
  }

  /** A guest who reads too slowly is cut by the connection's own limit on buffered bytes; nobody waits for it. */
  readonly #deliver = (message: Parameters<typeof encode>[0]): void => {
    this.#connection.send(encode(message, this.#encoding)).catch(() => {});
  };

  #receive(message: string | Buffer, now: number): void {
    const problem = this.#isInTime(now) ? this.#read(message, now) : tooFast;
    if (problem !== undefined) this.#complain(problem);
  }

  #read(message: string | Buffer, now: number): Problem | undefined {
    const parsed = parse(decode(message, this.#encoding));
    return parsed.ok ? this.#act(parsed.message, now) : parsed.problem;
  }

  #act(message: FromClient, now: number): Problem | undefined {
    if (message.type === 'join') {
      if (this.#member !== undefined) return alreadyJoined;
      this.#member = this.#room.join(this.#deliver, message.name, this.#encoding);
      return undefined;
    }
    if (this.#member === undefined) return notJoined;
    this.#room.say(this.#member, message.text, now);
    return undefined;
  }

  /** At most 20 messages in 10 seconds. */
  #isInTime(now: number): boolean {
    if (now - this.#windowStart >= burstMs) {
      this.#windowStart = now;
      this.#inWindow = 0;
    }
    return ++this.#inWindow <= burst;
  }

  // RFC 6455 §7.4.1: 1008 is the code for a message that violates the policy of the endpoint.
  #complain(problem: Problem): void {
    this.#deliver(problem);
    if (++this.#problems > problemsForgiven)
      void this.#connection.close(1008, `too many problems: ${problem.code}`);
  }
}

const tooFast: Problem = {
  type: 'problem',
  code: 'TOO_FAST',
  detail: `At most ${burst} messages in ${burstMs / 1000} seconds; this one was not passed on.`,
};
const notJoined: Problem = { type: 'problem', code: 'NOT_JOINED', detail: 'Join with a name first.' };
const alreadyJoined: Problem = {
  type: 'problem',
  code: 'ALREADY_JOINED',
  detail: 'You have joined already.',
};
