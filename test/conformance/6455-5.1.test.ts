// RFC 6455 §5.1: overview. Who masks, and what follows when they do not. §5.3 has the masking itself.
import { rule } from './roles.js';

rule(
  '§5.1 a server closes with 1002 on a frame that is not masked',
  async (peer) => {
    peer.write(peer.frame(1, 'Hello', { masked: false }));
    await peer.expectFailure(1002, 'FRAME_UNMASKED_BY_CLIENT');
  },
  { role: 'server' },
);

rule(
  '§5.1 a client closes with 1002 on a frame that is masked',
  async (peer) => {
    peer.write(peer.frame(1, 'Hello', { masked: true }));
    await peer.expectFailure(1002, 'FRAME_MASKED_BY_SERVER');
  },
  { role: 'client' },
);

for (const [name, opcode] of [
  ['close', 8],
  ['ping', 9],
  ['pong', 10],
] as const) {
  rule(`§5.1 the mask is demanded of a ${name} frame too`, async (peer) => {
    peer.write(peer.frame(opcode, '', { masked: peer.role === 'client' }));
    await peer.expectFailure(
      1002,
      peer.role === 'server' ? 'FRAME_UNMASKED_BY_CLIENT' : 'FRAME_MASKED_BY_SERVER',
    );
  });
}

rule('§5.1 our own frames are masked by the client and not by the server, of every kind', async (peer) => {
  // The peer holds every frame that it reads to this.
  peer.write([
    peer.frame(9, 'x'),
    ...peer.message(true, 'text'),
    ...peer.message(false, Buffer.alloc(70_000, 1)),
  ]);
  await peer.expectPong('x');
  await peer.expectMessage(true, 'text');
  await peer.expectMessage(false, Buffer.alloc(70_000, 1));
  await peer.closeCleanly();
});

rule('§5.1 each frame has its place in time: data may come right behind the handshake', async (peer) => {
  peer.write(peer.message(true, 'first'));
  await peer.expectMessage(true, 'first');
});
