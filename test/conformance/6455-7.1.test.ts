// RFC 6455 §7.1: definitions: who closes what, in which order, and what each side then knows.
import assert from 'node:assert/strict';
import { rule } from './roles.js';

rule(
  '§7.1.1 after both close frames the server ends TCP first',
  async (peer) => {
    peer.write(peer.closeFrame(1000));
    await peer.expectClose(1000);
    await peer.expectEnd();
  },
  { role: 'server' },
);

rule(
  '§7.1.1 after both close frames the client waits for the server to end TCP',
  async (peer) => {
    peer.write(peer.closeFrame(1000));
    await peer.expectClose(1000);
    assert.ok(await peer.silent(50), 'no end from the client');
    peer.end();
    await peer.expectEnd();
    assert.equal((await peer.connection.closed).clean, true);
  },
  { role: 'client' },
);

rule(
  '§7.1.1 a client whose server does not end TCP ends it in its time',
  async (peer) => {
    peer.write(peer.closeFrame(1000));
    await peer.expectClose(1000);
    await peer.expectEnd();
    const record = await peer.connection.closed;
    assert.deepEqual([record.clean, record.cause], [true, 'CLOSE_TCP_LINGERS']);
  },
  { role: 'client', timeouts: { closeMs: 60 } },
);

rule('§7.1.2 starting the closing handshake sends a close frame with code and reason', async (peer) => {
  void peer.connection.close(4000, 'why');
  assert.equal(await peer.expectClose(4000), 'why');
  assert.equal(peer.connection.state, 'closing');
});

rule('§7.1.3 the handshake is started by the first frame of either side', async (peer) => {
  peer.write(peer.closeFrame(1001));
  await peer.expectCleanClose(1001);
  assert.equal((await peer.connection.closed).initiator, 'peer');
});

rule('§7.1.4 closed cleanly is when both frames went, not otherwise', async (peer) => {
  void peer.connection.close(1000);
  await peer.expectClose(1000);
  peer.end();
  const record = await peer.connection.closed;
  assert.deepEqual([record.clean, record.code, record.cause], [false, 1006, 'CLOSE_NOT_ECHOED']);
});

rule('§7.1.5 the code is the one received, 1005 without one', async (peer) => {
  peer.write(peer.closeFrame());
  await peer.expectCleanClose(undefined);
});

rule('§7.1.5 the code is 1006 when no close frame was received', async (peer) => {
  peer.end();
  const record = await peer.connection.closed;
  assert.deepEqual([record.code, record.reason, record.cause], [1006, '', 'CLOSE_NO_FRAME_FIN']);
});

rule('§7.1.6 the reason is the one received', async (peer) => {
  peer.write(peer.closeFrame(4000, 'grüße'));
  await peer.expectCleanClose(4000);
  assert.equal((await peer.connection.closed).reason, 'grüße');
});

rule(
  '§7.1.7 failing sends a close frame with the cause, reads nothing more and ends TCP, on either side',
  async (peer) => {
    peer.connection.onbytes = () => assert.fail('nothing is read any more');
    peer.write([peer.frame(3), ...peer.message(true, 'ignored'), peer.frame(9, 'ignored')]);
    await peer.expectFailure(1002, 'FRAME_OPCODE');
  },
);

rule('§7.1.7 failing while closing sends no second close frame', async (peer) => {
  void peer.connection.close(1000);
  await peer.expectClose(1000);
  peer.write(peer.frame(3));
  await peer.expectEnd();
});

rule(
  '§7.1.7 a stream that ends inside a frame is an ending without a close frame, and named',
  async (peer) => {
    peer.write(peer.frame(1, 'cut off').subarray(0, 4));
    peer.end();
    const record = await peer.connection.closed;
    assert.deepEqual([record.code, record.cause], [1006, 'FRAME_TRUNCATED']);
  },
);
