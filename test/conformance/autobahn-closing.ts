// Group 7: the close handshake.
import assert from 'node:assert/strict';
import type { Family } from './autobahn.js';
import type { Case } from './autobahn-cases.js';
import type { Peer } from './peer.js';

const HELLO = 'Hello World!';

export const closing: Family = (one) => {
  const run = SCRIPTS[one.id] ?? byCode(one);
  return run && { carrier: 'tcp', run };
};

type Run = (peer: Peer) => Promise<void>;

/** What is sent after a close frame is not answered: the close frame is the next thing that comes, and the last. */
const SCRIPTS: Record<string, Run> = {
  '7.1.1': async (peer) => {
    peer.write([...peer.message(true, HELLO), peer.closeFrame(1000)]);
    await peer.expectMessage(true, HELLO);
    await peer.expectCleanClose(1000);
  },
  '7.1.2': closeAnd((peer) => [peer.closeFrame(1000)]),
  '7.1.3': closeAnd((peer) => [peer.frame(9)]),
  '7.1.4': closeAnd((peer) => peer.message(true, HELLO)),
  '7.1.5': async (peer) => {
    const [first, second] = peer.message(true, 'fragment1', 'fragment2');
    peer.write([first!, peer.closeFrame(1000), second!]);
    await peer.expectCleanClose(1000);
  },
  // What comes of the message is left to the implementation; here frames are answered in their order, so it comes whole.
  '7.1.6': async (peer) => {
    const message = Buffer.alloc(256 * 1024, 'BAsd7&jh23');
    peer.write([...peer.message(true, message), peer.closeFrame(1000), peer.frame(9)]);
    await peer.expectMessage(true, message);
    await peer.expectCleanClose(1000);
  },
  '7.3.1': closedWith((peer) => peer.closeFrame(), undefined),
  '7.3.2': failedBy((peer) => peer.frame(8, 'a'), 'CLOSE_PAYLOAD'),
  '7.3.3': closedWith((peer) => peer.closeFrame(1000), 1000),
  '7.3.4': closedWith((peer) => peer.closeFrame(1000, HELLO), 1000),
  '7.3.5': closedWith((peer) => peer.closeFrame(1000, '*'.repeat(123)), 1000),
  '7.3.6': failedBy((peer) => peer.closeFrame(1000, '*'.repeat(124)), 'FRAME_CONTROL_TOO_LONG'),
  '7.5.1': failedBy(
    (peer) => peer.closeFrame(1000, Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex')),
    'MSG_UTF8',
    1007,
  ),
};

function closeAnd(more: (peer: Peer) => Buffer[]): Run {
  return async (peer) => {
    peer.write([peer.closeFrame(1000), ...more(peer)]);
    await peer.expectCleanClose(1000);
  };
}

/** The close frame is answered with `code`, or with none. */
function closedWith(frame: (peer: Peer) => Buffer, code: number | undefined): Run {
  return async (peer) => {
    peer.write(frame(peer));
    await peer.expectCleanClose(code);
  };
}

function failedBy(frame: (peer: Peer) => Buffer, row: string, code = 1002): Run {
  return async (peer) => {
    peer.write(frame(peer));
    await peer.expectFailure(code, row);
  };
}

/** 7.7.* echo the code; 7.9.* fail; the codes of 7.13.* are left open by the RFC, and fail here as all outside its ranges do. */
function byCode(one: Case): Run | undefined {
  const [group, family] = one.id.split('.');
  if (group !== '7') return undefined;
  const code = Number(/(?:close code|valid close code) (\d+)$/.exec(one.description)?.[1]);
  assert.ok(Number.isInteger(code), one.description);
  if (family === '7') return closedWith((peer) => peer.closeFrame(code), code);
  assert.ok(family === '9' || family === '13', one.id);
  return failedBy((peer) => peer.closeFrame(code), 'CLOSE_CODE_INVALID');
}
