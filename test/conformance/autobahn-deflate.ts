// The 216 cases of groups 12 and 13 of the Autobahn testsuite, each derived from its own description, for one role: once with a
// connection that keeps its windows between messages, and once with one that does not.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Case, casesOf } from './autobahn-cases.js';
import { type Data, dataOf, slicesOf } from './autobahn-data.js';
import { AnsweringServer, EchoServer, type Opened } from './deflate-opening.js';
import {
  checkAnswer,
  type Parameters,
  readParameters,
  waysOf,
  writeParameters,
} from './deflate-parameters.js';
import { DeflatePeer } from './deflate-peer.js';
import type { Role } from './peer.js';

/** Every message is compressed, and any window that the case wants is used. */
const POLICIES = {
  'with takeover': { takeover: true, windowBits: 15, thresholdBytes: 0 },
  'without takeover': { takeover: false, windowBits: 15, thresholdBytes: 0 },
} as const;
type PolicyName = keyof typeof POLICIES;

/**
 * Autobahn sends 1,000 messages whatever their size, up to 125 MiB a case. Half a mebibyte of them reaches every state that more
 * would: it goes through the largest window 16 times. So from 1 KiB on there are fewer messages, but at least 8.
 */
const MOST_BYTES = 2 ** 19;
const LEAST_MESSAGES = 8;
/** Messages that are under way at a time. */
const IN_FLIGHT = 16;

/** What one side asks of the other: to keep no window, and the largest window, 0 for any. */
type Request = readonly [noTakeover: boolean, windowBits: number];

interface Plan {
  readonly data: Data;
  readonly messageBytes: number;
  readonly fragmentBytes: number;
  readonly count: number;
  /** What a client asks of the server, in its order of preference. */
  readonly offers: readonly Request[];
  /** What a server asks of the client. */
  readonly accepts: readonly Request[];
}

function planOf({ description, subcategory = '' }: Case): Plan {
  const found =
    /^Send (\d+) compressed messages each of payload size (\d+), auto-fragment to (\d+) octets\./.exec(
      description,
    );
  assert.ok(found, description);
  const [most, messageBytes, fragmentBytes] = found.slice(1).map(Number) as [number, number, number];
  return {
    data: dataOf(subcategory),
    messageBytes,
    fragmentBytes: fragmentBytes || Number.POSITIVE_INFINITY,
    count: Math.min(most, Math.max(LEAST_MESSAGES, MOST_BYTES / messageBytes)),
    offers: requestsIn(/client offers .*?: \[(.*?)\]$/.exec(description)?.[1]),
    accepts: requestsIn(/server accept .*?: \[(.*?)\]$/.exec(subcategory)?.[1]),
  };
}

/** `(True, 9), (False, 0)`; what is left to the default asks for nothing. */
function requestsIn(list = '(False, 0)'): Request[] {
  const found = [...list.matchAll(/\((True|False), (\d+)\)/g)];
  assert.equal(found.map(([text]) => text).join(', '), list);
  return found.map(([, noTakeover, windowBits]) => [noTakeover === 'True', Number(windowBits)]);
}

/**
 * An offer with this request. Autobahn's clients also announce that they use no takeover themselves, to servers of every kind. Here
 * that is left out where ours could keep the window, so that it has to.
 */
function offerOf([serverNoTakeover, bits]: Request, clientNoTakeover: boolean): Parameters {
  return { serverNoTakeover, serverBits: bits || undefined, clientNoTakeover, clientBits: true };
}

interface Accepted {
  readonly offer: Parameters;
  readonly answer: Parameters;
}

/** As Autobahn's servers accept: the first request for which there is an offer that allows it. */
function accept(offers: readonly Parameters[], requests: readonly Request[]): Accepted {
  for (const [clientNoTakeover, bits] of requests) {
    const offer = offers.find(({ clientBits }) => bits === 0 || clientBits !== undefined);
    if (offer === undefined) continue;
    const { serverNoTakeover, serverBits } = offer;
    return {
      offer,
      answer: { serverNoTakeover, serverBits, clientNoTakeover, clientBits: bits || undefined },
    };
  }
  assert.fail(`none of ${offers.map(writeParameters).join(', ')} allows ${requests.join(' or ')}`);
}

/** What came back. */
interface Echoes {
  readonly bytes: number;
  readonly compressed: number;
}

async function echo(peer: DeflatePeer, { data, messageBytes, fragmentBytes, count }: Plan): Promise<Echoes> {
  const messages = slicesOf(data, messageBytes, count);
  let bytes = 0;
  let compressed = 0;
  for (let at = 0; at < count; at += IN_FLIGHT) {
    const some = messages.slice(at, at + IN_FLIGHT);
    for (const message of some) {
      const parts = partsOf(await peer.deflate(message), fragmentBytes);
      peer.write(peer.compressed(data.isText, ...parts));
    }
    for (const message of some) {
      const one = await peer.expectEcho(data.isText, message);
      bytes += one.bytes;
      compressed += Number(one.compressed);
    }
  }
  return { bytes, compressed };
}

/** A message is compressed as a whole, then cut. */
function partsOf(octets: Buffer, most: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < octets.length; at += most) parts.push(octets.subarray(at, at + most));
  return parts;
}

/** Lets a case open a connection in the role under test. */
interface Ground {
  open(plan: Plan): Promise<DeflatePeer>;
  close(): unknown;
}

function groundOf(role: Role, policy: PolicyName): Ground {
  return role === 'server' ? serverGround(POLICIES[policy]) : clientGround(POLICIES[policy]);
}

function serverGround(compression: (typeof POLICIES)[PolicyName]): Ground {
  const server = new EchoServer(compression);
  return {
    async open({ offers }) {
      const offered = offers.map((request) => offerOf(request, !compression.takeover));
      const opened = await server.open(offered.map(writeParameters).join(', '));
      const answers = readParameters(opened.field);
      assert.equal(answers.length, 1, 'one answer');
      // The first offer is the one that the client wants most, and none of these has to be declined.
      const [offer, answer] = [offered[0]!, answers[0]!];
      checkAnswer(offer, answer);
      return peerOn(opened, { offer, answer });
    },
    close: () => server.close(),
  };
}

function clientGround(compression: (typeof POLICIES)[PolicyName]): Ground {
  const server = new AnsweringServer();
  return {
    async open({ accepts }) {
      let accepted: Accepted | undefined;
      const opened = await server.open(compression, (offers) => {
        accepted = accept(readParameters(offers), accepts);
        return writeParameters(accepted.answer);
      });
      return peerOn(opened, accepted!);
    },
    close: () => server.close(),
  };
}

function peerOn({ socket, connection }: Opened, { offer, answer }: Accepted): DeflatePeer {
  const [held] = readParameters(connection.extensions);
  assert.equal(writeParameters(held!), writeParameters(answer), 'ours holds to what was answered');
  const peer = new DeflatePeer(connection.role, socket, connection, waysOf(offer, answer));
  socket.resume();
  return peer;
}

export function autobahnDeflate(role: Role): void {
  const cases = casesOf('compression');
  const ran = { 'with takeover': new Map<string, Echoes>(), 'without takeover': new Map<string, Echoes>() };
  for (const policy of Object.keys(POLICIES) as PolicyName[]) {
    const ground = groundOf(role, policy);
    after(() => ground.close());
    for (const one of cases) {
      test(`${one.id} ${role} ${policy}: ${one.description.slice(0, 100)}`, async () => {
        const plan = planOf(one);
        using peer = await ground.open(plan);
        const echoes = await echo(peer, plan);
        await peer.closeCleanly();
        // What does not get smaller is sent as it is; a text of this length does.
        if (plan.data.isText && plan.messageBytes >= 256) assert.equal(echoes.compressed, plan.count);
        ran[policy].set(one.id, echoes);
      });
    }
  }
  test(`takeover was used where it was agreed on, and nowhere else, as a ${role}`, () => {
    const bytes = (policy: PolicyName, id: string) => ran[policy].get(id)!.bytes;
    // 1,000 records of 256 octets each. In 13.2 the peer asks for no takeover.
    for (const id of ['12.1.3', '13.1.3', '13.4.3']) {
      assert.ok(bytes('with takeover', id) < bytes('without takeover', id) / 2, id);
    }
    assert.equal(bytes('with takeover', '13.2.3'), bytes('without takeover', '13.2.3'));
  });
  test(`all 216 cases of groups 12 and 13 ran as a ${role}, with takeover and without`, () => {
    assert.equal(cases.length, 216);
    for (const ids of Object.values(ran)) assert.equal(ids.size, 216);
  });
}
