// Knows: why a connection that was open did not stay so: idle time, a limit of its age, a reload, a heartbeat that somebody missed.
// What the octets show is CLOSE_NO_FRAME_FIN or a close frame (connection/endings.ts); time tells these apart. RFC 6455 §5.5.2, §7.1.
// Must not know: how the time is taken.
import { defineReasons } from '../reason.js';

const idle = defineReasons({
  IDLE_CUT: {
    layer: 'idle',
    stage: 'close',
    title: 'Something closes connections that carry no octets for a while',
    meaning:
      'A silent connection ends at a fixed time after its last octet, and one with pings lives on. That is the idle timeout of a proxy or load balancer: 60 s is the default of nginx and of the AWS ALB. Your code sees 1006.',
    actor: 'proxy',
    closeCode: 1006,
    sections: ['RFC 6455 §5.5.2', 'RFC 6455 §7.1.5'],
    fix: 'Ping from the server at less than half of the time, 25 s fits all; then raise the timeout (proxy_read_timeout in nginx, timeout tunnel in HAProxy).',
    retry: 'at once',
    example: 'FIN 60.0 s after the last octet; a second connection with pings stays open.',
  },
  IDLE_SILENT_DROP: {
    layer: 'idle',
    stage: 'close',
    title: 'The connection was forgotten on the way, and nobody was told',
    meaning:
      'After a silence no FIN came, but a ping is not answered, or the next octet meets RST. A NAT, a firewall or the connection tracking of a router dropped its entry.',
    actor: 'network',
    closeCode: 1006,
    sections: ['RFC 6455 §5.5.2', 'RFC 5382 §5'],
    fix: 'Ping at less than half of that silence, and end connections whose pings are not answered.',
    retry: 'at once',
    example: 'Ten minutes of silence, a ping, and no pong.',
  },
  IDLE_PING_RACE: {
    layer: 'idle',
    stage: 'close',
    title: 'The pings come as seldom as the timeout allows',
    meaning:
      'The period of the pings is as long as the idle timeout, or nearly. Whenever a ping is a little late the connection is cut, so it happens rarely, and always at that age.',
    actor: 'server',
    closeCode: 1006,
    sections: ['RFC 6455 §5.5.2'],
    fix: 'Ping at half of the smallest timeout on the path, or more often.',
    retry: 'at once',
    example: 'Pings every 60 s through a load balancer that cuts after 60 s.',
  },
  IDLE_SMALLEST_HOP: {
    layer: 'idle',
    stage: 'close',
    title: 'Another hop has a smaller timeout than the one that was raised',
    meaning:
      'The proxy is set to an hour, and the cut still comes at 60 s. The smallest timeout on the path wins: a load balancer in front, or a second proxy behind.',
    actor: 'proxy',
    closeCode: 1006,
    sections: ['RFC 6455 §5.5.2'],
    fix: 'Measure past each hop (--direct HOST:PORT --idle) to find the one that cuts; ping from the server, which satisfies all of them.',
    retry: 'at once',
    example: 'proxy_read_timeout 3600s in nginx, and a cut at 60 s by the load balancer before it.',
  },
});

const lifetime = defineReasons({
  LIFETIME_CUT: {
    layer: 'idle',
    stage: 'close',
    title: 'Connections end at a fixed age, busy or not',
    meaning:
      'A silent connection and one with pings ended at the same age. That is no idleness but a limit on the whole life of a connection, as some gateways and platforms have, or the deadline of a draining node.',
    actor: 'proxy',
    closeCode: 1006,
    sections: ['RFC 6455 §7.1.5', 'RFC 6455 §7.2.3'],
    fix: 'Raise that limit where it can be raised (the backend timeout in GCP); otherwise reconnect on purpose before it, with jitter.',
    retry: 'at once',
    example: 'Two connections, one silent and one with pings, both end 30.0 s after they opened.',
  },
  RELOAD_CUT: {
    layer: 'idle',
    stage: 'close',
    title: 'All connections of a node end together after a reload',
    meaning:
      'Many connections ended within a second. A proxy got a new configuration and gave its old workers a last while (worker_shutdown_timeout), or the application was deployed without draining.',
    actor: 'proxy',
    closeCode: 1006,
    sections: ['RFC 6455 §7.2.3'],
    fix: 'Drain before: close with 1012, spread over time; and let clients reconnect with jitter.',
    retry: 'later',
    example: '4,000 connections that end within 0.3 s.',
  },
  CLOSE_IMMEDIATE: {
    layer: 'close',
    stage: 'close',
    title: 'The connection closes as soon as it is open',
    meaning:
      'The handshake succeeded, and within a second the server closed. Its handler threw, it missed something in the query or the first message, or it refuses identities this way.',
    actor: 'server',
    sections: ['RFC 6455 §7.1.5', 'RFC 6455 §7.4'],
    fix: 'Read code and reason of the close frame; without one, look into the log of the server at this time.',
    retry: 'after a fix',
    example: 'The head of a 101, and 88 02 03 f3 after 4 ms.',
  },
});

const heartbeat = defineReasons({
  HEARTBEAT_APP: {
    layer: 'ping',
    stage: 'close',
    title: 'The application expects a heartbeat of its own',
    meaning:
      'Pings and pongs flow, and the server still closes after a fixed time. The protocol on top has messages for this, and frames of WebSocket do not count (Phoenix, Discord and Socket.IO have such).',
    actor: 'client',
    sections: ['RFC 6455 §5.5.2'],
    fix: 'Send the heartbeat message of that protocol at the interval that it names; its own client does.',
    retry: 'after a fix',
    example: 'Socket.IO sends the text 2 and wants the text 3 back within pingTimeout.',
  },
  HEARTBEAT_SERVER_KILL: {
    layer: 'ping',
    stage: 'close',
    title: 'The server ends clients whose pong comes late',
    meaning:
      'The client is alive, but was not running when the ping came: a frozen tab, a debugger, a loop that blocks. The server takes it for dead and ends the connection.',
    actor: 'client',
    closeCode: 1006,
    sections: ['RFC 6455 §5.5.3'],
    fix: 'Give pongs more time on the server; on the client keep long work off the thread of the socket.',
    retry: 'at once',
    example: 'A ping, a client that computes for 12 s, and FIN after 10 s.',
  },
  CLIENT_SUSPENDED: {
    layer: 'idle',
    stage: 'close',
    title: 'The client was asleep',
    meaning:
      'The clock of the client jumped: a laptop or phone slept, or a page was kept in the back/forward cache. The server or the network gave up meanwhile, and the client learns of it when it wakes.',
    actor: 'nobody',
    closeCode: 1006,
    sections: ['RFC 6455 §7.1.5'],
    fix: 'Reconnect when the client wakes (the events pageshow, online and visibilitychange), and fetch what was missed.',
    retry: 'at once',
    example: 'Two timer ticks of a client that are forty minutes apart instead of one second.',
  },
  NETWORK_CHANGED: {
    layer: 'idle',
    stage: 'close',
    title: 'The network of the client changed under the connection',
    meaning:
      'The machine moved to another network, or a VPN came or went. A TCP connection belongs to one address, so it ended with it; Chromium says ERR_NETWORK_CHANGED.',
    actor: 'nobody',
    closeCode: 1006,
    sections: ['RFC 9293 §3.3.1', 'RFC 6455 §7.1.5'],
    fix: 'Reconnect at once, and fetch what was missed.',
    retry: 'at once',
    example: 'A phone that leaves the Wi-Fi.',
  },
});

/** All rows of this file by code. */
export const sessionReasons = Object.freeze({ ...idle, ...lifetime, ...heartbeat });
