// Why a connection ended, by what its close record and its company show: one ending, one change, the cause and how sure it is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/catalogue.js';
import type { CloseRecord } from '../../src/errors.js';
import { Closes } from '../../src/inspector/closes.js';
import type { Ended } from '../../src/inspector/ended.js';
import { companyOf, endDetail, endOf, recordWithoutSecrets } from '../../src/inspector/endings.js';
import type { Kept } from '../../src/inspector/kept.js';
import { whyEnded } from '../../src/inspector/why-ended.js';

const MINUTE = 60_000;

/** FIN without a close frame, in the middle of a conversation. */
function record(change: Partial<CloseRecord> = {}): CloseRecord {
  return {
    code: 1006,
    reason: '',
    clean: false,
    initiator: 'network',
    sent: undefined,
    received: undefined,
    end: 'fin',
    cause: 'CLOSE_NO_FRAME_FIN',
    evidence: {},
    explanation: 'No close frame went either way (1006).',
    openMs: 312_345,
    sinceReceivedMs: 12,
    sinceSentMs: 11,
    bytesUnsent: 0,
    error: undefined,
    ...change,
  };
}

type Change = Partial<CloseRecord> & { readonly around?: Partial<Ended> };

function ended({ around = {}, ...change }: Change): Ended {
  return { record: record(change), isBrowser: false, hops: [], isReload: false, alike: 0, ...around };
}

/** Both directions silent for so long. */
const silent = (ms: number) => ({ sinceReceivedMs: ms, sinceSentMs: ms });
const rst = { end: 'rst', cause: 'CLOSE_NO_FRAME_RST' } as const;
const frame = (code: number, reason = '') => ({ code, reason });
const peer = (code: number): Change => ({
  code,
  clean: true,
  initiator: 'peer',
  received: frame(code),
  sent: frame(code),
  cause: undefined,
});
const local = (code: number): Change => ({ ...peer(code), initiator: 'local' });
const nginx = { hops: ['nginx'] };

const endings: ReadonlyArray<readonly [what: string, change: Change, cause: string]> = [
  // Idle timeouts.
  [
    '60 s of silence behind nginx, after a conversation',
    { ...silent(60_012), around: nginx },
    'IDLE_CUT strong 60000',
  ],
  ['60 s of silence, and nobody is seen on the way', silent(60_012), 'IDLE_CUT likely 60000'],
  [
    '60 s of silence behind Envoy, which has 300',
    { ...silent(60_012), around: { hops: ['envoy'] } },
    'IDLE_CUT likely 60000',
  ],
  [
    '350 s of silence, and the load balancer is seen',
    { ...silent(350_004), openMs: 900_000, around: { hops: ['nlb'] } },
    'IDLE_CUT strong 350000',
  ],
  ['one second, since it opened', { ...silent(1003), openMs: 1003 }, 'IDLE_CUT likely 1000'],
  [
    '60 s since it opened, behind nginx: it may be its age',
    { ...silent(60_001), openMs: 60_004, around: nginx },
    'IDLE_CUT likely 60000',
  ],
  ['7 s, as two others', { ...silent(7004), around: { alike: 2 } }, 'IDLE_CUT strong 7000'],
  ['a little early', silent(59_980), 'IDLE_CUT likely 60000'],
  ['a silence that is no round number', silent(34_400), 'IDLE_CUT possible'],
  ['no round number, as many others', { ...silent(34_400), around: { alike: 9 } }, 'IDLE_CUT possible'],
  [
    'a silence that differs in both directions',
    { sinceReceivedMs: 85_300, sinceSentMs: 60_010, around: nginx },
    'IDLE_CUT possible 60000',
  ],
  ['3.4 s of silence', silent(3400), 'CLOSE_NO_FRAME_FIN possible'],
  [
    'a second of silence one way only',
    { sinceReceivedMs: 7300, sinceSentMs: 1004 },
    'CLOSE_NO_FRAME_FIN possible',
  ],
  ['60 s of silence, and RST', { ...silent(60_012), ...rst }, 'IDLE_CUT possible 60000'],
  // Age.
  ['30.0 s old and busy, as GCP allows', { openMs: 30_010 }, 'LIFETIME_CUT possible'],
  ['two hours old and busy', { openMs: 7_200_030 }, 'LIFETIME_CUT possible'],
  ['60 s old and busy, which nobody limits', { openMs: 60_010 }, 'CLOSE_NO_FRAME_FIN possible'],
  // Many at once.
  ['many within a second', { ...silent(412), around: { isReload: true } }, 'RELOAD_CUT likely'],
  [
    'many within a second, silent for 13 s each',
    { ...silent(13_004), around: { isReload: true } },
    'RELOAD_CUT likely',
  ],
  [
    'many within a second, silent for a minute each',
    { ...silent(60_004), around: { isReload: true } },
    'IDLE_CUT likely 60000',
  ],
  ['many that were reset within a second', { ...rst, around: { isReload: true } }, 'RELOAD_CUT likely'],
  [
    'pages that are left while many end',
    { ...peer(1001), around: { isReload: true, isBrowser: true } },
    'CLOSE_1001 strong',
  ],
  // Somebody died, or was forgotten.
  ['RST with data under way', rst, 'CLOSE_NO_FRAME_RST likely'],
  ['RST with octets unsent', { ...rst, ...silent(3400), bytesUnsent: 70_000 }, 'CLOSE_NO_FRAME_RST likely'],
  ['RST after 3.4 s', { ...rst, ...silent(3400) }, 'CLOSE_NO_FRAME_RST possible'],
  [
    'RST to what was sent after five minutes',
    { ...rst, sinceReceivedMs: 5 * MINUTE, sinceSentMs: 40 },
    'IDLE_SILENT_DROP likely',
  ],
  [
    'FIN inside a frame',
    { cause: 'FRAME_TRUNCATED', evidence: { seen: 'FIN inside a frame or message' } },
    'FRAME_TRUNCATED proven',
  ],
  [
    'an error of the system',
    { end: 'error', cause: 'CLOSE_TRANSPORT_ERROR', error: new Error('read ETIMEDOUT') },
    'CLOSE_TRANSPORT_ERROR proven',
  ],
  ['FIN in the middle of it', {}, 'CLOSE_NO_FRAME_FIN possible'],
  // Our heartbeat, our limits, our program.
  [
    'no pong',
    { cause: 'PING_UNANSWERED', end: 'destroyed', sinceReceivedMs: 35_000, sinceSentMs: 10_000 },
    'PING_UNANSWERED proven',
  ],
  ['a slow consumer', { cause: 'MSG_SLOW_CONSUMER', end: 'destroyed' }, 'MSG_SLOW_CONSUMER proven'],
  ['a message too big', { ...local(1009), cause: 'MSG_TOO_BIG' }, 'MSG_TOO_BIG proven'],
  ['too many messages: policy', { ...local(1008), cause: 'MSG_RATE' }, 'MSG_RATE proven'],
  ['a handler that threw', { ...local(1011), cause: 'HANDLER_FAILED' }, 'HANDLER_FAILED proven'],
  ['a drain', local(1012), 'CLOSE_1012 proven'],
  ['the end of the server', local(1001), 'CLOSE_1001 proven'],
  ['the application closes by its own code', local(4001), 'CLOSE_APP proven'],
  ['the application closes by policy', local(1008), 'none proven'],
  ['terminate()', { initiator: 'local', end: 'destroyed', cause: undefined }, 'none proven'],
  [
    'our close frame had no answer',
    { initiator: 'local', sent: frame(1000), end: 'destroyed', cause: 'CLOSE_NOT_ECHOED' },
    'CLOSE_NOT_ECHOED proven',
  ],
  // The client.
  ['a tab was closed', { ...peer(1001), around: { isBrowser: true } }, 'CLOSE_1001 strong'],
  ['a program goes away', peer(1001), 'CLOSE_1001 proven'],
  ['the client is done', peer(1000), 'none proven'],
  ['the client gives no code', peer(1005), 'CLOSE_NO_STATUS proven'],
  ['the client gives a code of its own', peer(4400), 'CLOSE_APP proven'],
  ['the client did not like a frame', peer(1002), 'none proven'],
];

describe('the cause of', () => {
  for (const [what, change, wanted] of endings) {
    test(what, () => {
      const { code = 'none', confidence, timeoutMs } = whyEnded(ended(change));
      assert.equal([code, confidence, timeoutMs].filter((part) => part !== undefined).join(' '), wanted);
    });
  }
});

test('every cause has a row, a sentence, and words for why', () => {
  for (const [what, change] of endings) {
    const { code, headline, why } = whyEnded(ended(change));
    if (code !== undefined) assert.ok(catalogue.get(code), code);
    assert.ok(headline ?? catalogue.get(code ?? '')?.title, what);
    for (const sentence of why) assert.match(sentence, /^\S.*[.:]$/, what);
  }
});

test('an idle cut names who usually has such a timeout, and whom the request came through', () => {
  const { headline, why } = whyEnded(ended({ ...silent(60_012), around: nginx }));
  assert.equal(headline, 'Something on the way cut it since nothing had moved for 60 s');
  const all = why.join(' ');
  assert.match(all, /Nothing had moved in either direction for 60\.0 s when the FIN came/);
  assert.match(all, /60 s is what nginx \(proxy_read_timeout\), AWS ALB .* has/);
  assert.match(all, /came through nginx/);
});

test('who ended it and in which phase', () => {
  const cases: ReadonlyArray<readonly [Partial<CloseRecord>, string]> = [
    [record(), 'net/data'],
    [record(silent(1001)), 'net/idle'],
    [record({ sinceReceivedMs: 35_000, sinceSentMs: 200 }), 'net/data'],
    [record({ cause: 'PING_UNANSWERED', ...silent(9000) }), 'net/ping'],
    [record({ initiator: 'local', ...silent(5) }), 'us/data'],
    [record({ initiator: 'peer', clean: true, ...silent(90_000) }), 'client/close'],
  ];
  for (const [one, who] of cases) assert.equal(endOf(one as CloseRecord, 0).who, who);
});

function kept(change: Partial<CloseRecord>, at = 0): Kept {
  const own = recordWithoutSecrets(record(change));
  return { record: own, end: endOf(own, at), row: { agent: 'Chrome', origin: 'https://a.example' } } as Kept;
}

test('others that were cut after the same silence, and a reload at that time', () => {
  const own = kept(silent(7004), 10_000);
  const all = [own, kept(silent(7060)), kept(silent(7300)), kept({ ...silent(7000), ...rst }), {} as Kept];
  assert.deepEqual(companyOf(own, all, new Closes()), { isReload: false, alike: 1 });
  const reloads = (at: number) => {
    const closes = new Closes();
    for (let count = 0; count < 20; count += 1) closes.ended(at, 1006);
    return companyOf(own, all, closes).isReload;
  };
  assert.deepEqual([reloads(8000), reloads(9500)], [false, true]);
});

test('the detail of an end: fix, recipes of the hop first, and the command that would prove it', () => {
  const company = { isReload: false, alike: 0 };
  const told = endDetail(kept(silent(60_012)), company, ['nginx'], 'handfast doctor wss://a.example/')?.cause;
  assert.equal(told?.code, 'IDLE_CUT');
  assert.equal(told?.recipes[0]?.hop, 'nginx');
  assert.deepEqual(told?.recipes[0]?.lines, ['+ proxy_read_timeout 3600s;']);
  assert.equal(told?.decide, 'handfast doctor --idle 120 wss://a.example/');
  assert.match(told?.fix ?? '', /Ping/);
  // A page that is left is nobody's fault.
  const left = endDetail(kept(peer(1001)), company, [], 'handfast doctor ws://a/')?.cause;
  assert.equal(left?.fix, undefined);
  assert.equal(left?.decide, undefined);
});

test('a secret in what was said at the end is not kept', () => {
  const secret = 'https://a.example/?token=abcdefghijklmnop';
  const own = kept({
    ...peer(4001),
    reason: secret,
    received: frame(4001, secret),
    explanation: secret,
    error: new Error(secret),
    evidence: { seen: secret },
  });
  assert.doesNotMatch(JSON.stringify([own, own.record?.error?.message]), /abcdefghij/);
});
