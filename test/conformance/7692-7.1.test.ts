// RFC 7692 §7.1: the four parameters of permessage-deflate: what is answered to them over whole handshakes, and that our messages
// hold to it and the peer's are held to it. What may be offered and answered in general is in 7692-5.test.ts.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { HandshakeError } from '../../src/index.js';
import { AnsweringServer, type Compression, EchoServer } from './deflate-opening.js';
import { deflated, unique } from './payloads.js';
import type { Peer } from './peer.js';
import { AGREED, rule } from './roles.js';

const NAMES: Readonly<Record<string, string>> = {
  snct: 'server_no_context_takeover',
  cnct: 'client_no_context_takeover',
  smwb: 'server_max_window_bits',
  cmwb: 'client_max_window_bits',
};

/** The extension with parameters by their initials: `snct; smwb=10`. Nothing for `none`. */
function written(parameters: string): string {
  if (parameters === 'none') return '';
  const parts = parameters === '' ? [] : parameters.split('; ');
  return ['permessage-deflate', ...parts.map((part) => part.replace(/^\w+/, (word) => NAMES[word]!))].join(
    '; ',
  );
}

/** Keeps windows of every size; one that keeps none; one that keeps small ones. */
const POLICIES = {
  large: { takeover: true, windowBits: 15 },
  small: { takeover: true, windowBits: 11 },
  none: { takeover: false },
} as const;
type Policy = keyof typeof POLICIES;

describe('RFC 7692 §7.1, what a server answers', () => {
  const servers = Object.fromEntries(
    Object.entries(POLICIES).map(([name, compression]) => [name, new EchoServer(compression)]),
  ) as Record<Policy, EchoServer>;
  after(() => Promise.all(Object.values(servers).map((server) => server.close())));

  const rows: [section: string, what: string, policy: Policy, offer: string, answer: string][] = [
    ['§7.1', 'nothing is asked and nothing answered', 'large', '', ''],
    ['§7.1.1.1', 'no takeover of ours is demanded, and repeated', 'large', 'snct', 'snct'],
    ['§7.1.1.1', 'it is said unasked where no window is kept', 'none', '', 'snct; cnct'],
    ['§7.1.1.2', 'the hint of the client saves its window', 'large', 'cnct', 'cnct'],
    ['§7.1.1.2', 'no takeover of the client is demanded unasked', 'none', 'snct', 'snct; cnct'],
    ['§7.1.1.2', 'or where its window would be larger than is kept', 'small', '', 'cnct'],
    ['§7.1.2.1', 'our window is limited', 'large', 'smwb=9', 'smwb=9'],
    ['§7.1.2.1', 'to the least', 'large', 'smwb=8', 'smwb=8'],
    ['§7.1.2.1', 'taken as it is, however little we keep', 'small', 'smwb=15; cmwb', 'smwb=15; cmwb=11'],
    ['§7.1.2.1', 'a window in quotes', 'large', 'smwb="10"', 'smwb=10'],
    ['§7.1.2.2', 'the window of the client may be limited', 'large', 'cmwb', 'cmwb=15'],
    ['§7.1.2.2', 'and is', 'small', 'cmwb', 'cmwb=11'],
    ['§7.1.2.2', 'to no more than it hints at', 'small', 'cmwb=9', 'cmwb=9'],
    ['§7.1.2.2', 'but not where it is not kept', 'none', 'cmwb', 'snct; cnct'],
    ['§7.1', 'all four', 'large', 'snct; cnct; smwb=10; cmwb=10', 'snct; cnct; smwb=10'],
    ['§7.1.3', "the RFC's example", 'large', 'cmwb; smwb=10', 'smwb=10; cmwb=15'],
    ['§7.1.1.1', 'declined: a value where there is none', 'large', 'snct=1', 'none'],
    ['§7.1.1.2', 'declined: the same for the client', 'large', 'cnct=false', 'none'],
    ['§7.1.2.1', 'declined: no value where there is one', 'large', 'smwb', 'none'],
    ['§7.1.2.1', 'declined: 7 bits', 'large', 'smwb=7', 'none'],
    ['§7.1.2.1', 'declined: 16 bits', 'large', 'smwb=16', 'none'],
    ['§7.1.2.1', 'declined: a leading zero', 'large', 'smwb=08', 'none'],
    ['§7.1.2.2', 'declined: 7 bits for the client', 'large', 'cmwb=7', 'none'],
    ['§7.1', 'declined: a parameter twice', 'large', 'cmwb; cmwb=10', 'none'],
  ];
  for (const [section, what, policy, offer, answer] of rows) {
    test(`${section} ${what}: ${offer || 'nothing'} (${policy})`, async () => {
      const { socket, connection, field } = await servers[policy].open(written(offer));
      assert.equal(field, written(answer));
      assert.equal(connection.extensions, field);
      connection.terminate();
      socket.destroy();
    });
  }
});

describe('RFC 7692 §7.1, what a client offers and takes', () => {
  const server = new AnsweringServer();
  after(() => server.close());

  async function outcome(compression: Compression, answer: string) {
    let offers = '';
    const opened = server.open(compression, (field) => {
      offers = field;
      return written(answer);
    });
    const told = await opened.then(
      ({ connection }) => {
        connection.terminate();
        return connection.extensions;
      },
      (error) => {
        assert.ok(error instanceof HandshakeError, String(error));
        return error.code;
      },
    );
    return { offers, told };
  }

  const offered: [policy: Policy, offers: string[]][] = [
    ['large', ['cmwb']],
    ['small', ['smwb=11; cmwb=11', 'cmwb']],
    ['none', ['snct; cnct; cmwb', 'cmwb']],
  ];
  for (const [policy, offers] of offered) {
    test(`§7.1 offers ${offers.join(', then ')} (${policy})`, async () => {
      assert.equal((await outcome(POLICIES[policy], 'none')).offers, offers.map(written).join(', '));
    });
  }

  const rows: [section: string, what: string, policy: Policy, answer: string, code: string][] = [
    ['§7.1.1.1', 'takes no takeover of the server, unasked', 'large', 'snct', ''],
    ['§7.1.1.1', 'takes an answer to its second offer', 'none', '', ''],
    ['§7.1.1.2', 'takes that it may not take over', 'large', 'cnct', ''],
    ['§7.1.2.1', 'takes a window of the server, unasked', 'large', 'smwb=8', ''],
    ['§7.1.2.2', 'takes a window of its own', 'large', 'cmwb=8', ''],
    ['§7.1', 'takes all four', 'small', 'snct; cnct; smwb=9; cmwb=10', ''],
    ['§7.1.1.1', 'fails on a value where there is none', 'large', 'snct=1', 'EXT_PARAM_INVALID'],
    ['§7.1.1.2', 'fails on the same for itself', 'large', 'cnct=1', 'EXT_PARAM_INVALID'],
    ['§7.1.2.1', 'fails on no value where there is one', 'large', 'smwb', 'EXT_PARAM_INVALID'],
    ['§7.1.2.1', 'fails on 7 bits', 'large', 'smwb=7', 'EXT_PARAM_INVALID'],
    ['§7.1.2.1', 'fails on 16 bits', 'large', 'smwb=16', 'EXT_PARAM_INVALID'],
    ['§7.1.2.2', 'fails on a window of its own without a value', 'large', 'cmwb', 'EXT_CLIENT_BITS'],
    ['§7.1.2.2', 'fails on a leading zero', 'large', 'cmwb=09', 'EXT_PARAM_INVALID'],
    ['§7.1', 'fails on a parameter twice', 'large', 'smwb=9; smwb=9', 'EXT_PARAM_INVALID'],
  ];
  for (const [section, what, policy, answer, code] of rows) {
    test(`${section} ${what}: ${answer || 'nothing'} (${policy})`, async () => {
      const { told } = await outcome(POLICIES[policy], answer);
      assert.equal(told, code === '' ? written(answer) : `WS_${code}`);
    });
  }
});

// ---- what was agreed on is held to

const EAGER = { echo: false, compression: { thresholdBytes: 0, windowBits: 15 } } as const;

/** What is left of a message of ours: of `unique` text three quarters, of a reference to it next to nothing. */
async function share(peer: Peer, message: Buffer): Promise<number> {
  peer.connection.send(message);
  const frame = await peer.next();
  assert.ok(frame !== 'end');
  return frame.payload.length / message.length;
}

for (const bits of [8, 9, 10, 11, 12, 13, 14, 15]) {
  const size = 2 ** bits;
  const options = { ...EAGER, agreement: { ...AGREED, sendTakeover: false, sendWindowBits: bits } };
  rule(
    `§7.1.2 ours never refer further back than ${size} octets, which is ${bits} bits`,
    async (peer) => {
      const beyond = unique(size + 1);
      assert.ok((await share(peer, Buffer.concat([beyond, beyond]))) > 0.7);
    },
    options,
  );
  rule(
    `§7.1.2 ours do refer back within ${size} octets`,
    async (peer) => {
      // zlib leaves 262 octets of a window out.
      const within = unique(bits === 8 ? 240 : size - 262);
      assert.ok((await share(peer, Buffer.concat([within, within]))) < 0.55);
    },
    options,
  );
}

for (const bits of [8, 9, 11, 14]) {
  rule(
    `§7.1.1, §7.1.2 ours refer to messages before, as far as ${bits} bits allow and no further`,
    async (peer) => {
      const [within, beyond] = [unique(bits === 8 ? 240 : 2 ** bits - 262), unique(2 ** bits + 1)];
      await share(peer, within);
      assert.ok((await share(peer, within)) < 0.2);
      await share(peer, beyond);
      assert.ok((await share(peer, beyond)) > 0.7);
    },
    { ...EAGER, agreement: { ...AGREED, sendWindowBits: bits } },
  );
}

rule(
  '§7.1.1 ours refer to no message before without takeover',
  async (peer) => {
    const message = unique(1000);
    for (let count = 0; count < 3; count += 1) assert.ok((await share(peer, message)) > 0.7);
  },
  { ...EAGER, agreement: { ...AGREED, sendTakeover: false } },
);

/** The message again, as a reference to what it was before: so far back as it is long, from its first octet on. */
function referring(before: Buffer): Buffer {
  // zlib never refers to the very first octet of a dictionary.
  const dictionary = Buffer.concat([Buffer.of(0), before]);
  const octets = deflated(before, dictionary);
  assert.ok(octets.length < before.length / 4);
  return octets;
}

for (const bits of [8, 9, 10, 12, 14]) {
  const size = 2 ** bits;
  const options = {
    agreement: { ...AGREED, receiveWindowBits: bits },
    compression: { thresholdBytes: Number.POSITIVE_INFINITY },
  };
  rule(
    `§7.1.2 the peer's may refer back ${size} octets, which is ${bits} bits`,
    async (peer) => {
      const message = unique(size);
      for (const octets of [deflated(message), referring(message)]) {
        peer.write(peer.compressed(false, octets));
      }
      for (let count = 0; count < 2; count += 1) await peer.expectMessage(false, message);
    },
    options,
  );
  rule(
    `§7.1.2 the peer's may not refer back ${size + 1} octets with ${bits} bits: 1007`,
    async (peer) => {
      const message = unique(size + 1);
      peer.write(peer.compressed(false, deflated(message)));
      await peer.expectMessage(false, message);
      peer.write(peer.compressed(false, referring(message)));
      await peer.expectFailure(1007, 'EXT_INFLATE');
    },
    options,
  );
}
