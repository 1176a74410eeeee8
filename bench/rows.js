// What is measured, and what handfast aims at. A row's `mode` and `args` are wsload's; `timed` rows end with the seconds
// and give CPU, the others memory. `compress` and `broadcast` are what the servers are asked for.
// A goal is a share of what ws needs, and is met when it is met against every ws that runs the row. `ahead` names a rival
// to be ahead of as well, `atMost` a number of bytes.
export const ROWS = {
  'echo-1': {
    load: 'echo 120 B, 100 connections, 1 under way',
    mode: 'echo',
    args: [100, 120, 1],
    timed: 'message',
    goal: 0.85,
  },
  'echo-16': {
    load: 'echo 120 B, 100 connections, 16 under way',
    mode: 'echo',
    args: [100, 120, 16],
    timed: 'message',
    goal: 0.15,
  },
  'echo-16k': {
    load: 'echo 16 KiB, 20 connections, 2 under way',
    mode: 'echo',
    args: [20, 16384, 2],
    timed: 'message',
    masks: true,
    goal: 0.8,
  },
  'echo-1m': {
    load: 'echo 1 MiB, 4 connections',
    mode: 'echo',
    args: [4, 1048576, 1],
    timed: 'message',
    masks: true,
    goal: 0.7,
  },
  handshake: {
    load: "opening handshakes, Chromium's fields",
    mode: 'handshake',
    args: [32],
    timed: 'handshake',
    goal: 0.6,
  },
  idle: { load: 'an idle connection, 10,000 of them', mode: 'idle', args: [10000], goal: 0.65 },
  'echo-compressed': {
    load: 'echo 1 KiB compressed, 50 connections, 4 under way',
    mode: 'echo',
    args: [50, 1024, 4],
    timed: 'message',
    compress: true,
    goal: 0.3,
  },
  broadcast: {
    load: 'broadcast 128 B to 500',
    mode: 'fanout',
    args: [500, 128],
    timed: 'delivery',
    broadcast: true,
    goal: 0.25,
  },
  'broadcast-compressed': {
    load: 'broadcast 1 KiB compressed to 500',
    mode: 'fanout',
    args: [500, 1024],
    timed: 'delivery',
    broadcast: true,
    compress: true,
    goal: 0.03,
    ahead: 'bun',
  },
  'idle-echo': {
    load: 'a connection after one compressed echo of 1 KiB, 2,000 of them',
    mode: 'idle-echo',
    args: [2000, 1024],
    compress: true,
    goal: 0.07,
    atMost: 16_384,
  },
};

/** The arguments for wsload behind mode, port and process. */
export function loadArguments({ args, timed, compress }, seconds) {
  return [...args, ...(timed ? [seconds] : []), ...(compress ? ['/', 1] : [])];
}

/** The arguments for a server. */
export function serverArguments({ compress, broadcast }) {
  return [...(broadcast ? ['--broadcast'] : []), ...(compress ? ['--compress'] : [])];
}
