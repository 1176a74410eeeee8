// Forward proxies that are misconfigured, or none at all, where no program is needed to show it. RFC 9110 §9.3.6, RFC 1928.
import { forwarding } from '../../../transport/forwarding.js';
import { startBackends } from './backends.js';
import { deployed, type Place, type ProxySetup, type Row } from './row.js';

/** Nothing stands in a configuration here. */
type ForwardRow = Omit<Row, 'lines'>;

const through =
  (scheme: string, credentials = '') =>
  ({ port }: Place) => ({
    proxy: `${scheme}://${credentials}127.0.0.1:${port}`,
  });
const CREDENTIALS = 'ada:secret@';

const forwards: readonly ForwardRow[] = [
  {
    name: 'SOCKS, nothing wrong',
    expect: [],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: through('socks5', CREDENTIALS),
    shows: /^05 02 01 00 05 00 /,
  },
  {
    name: 'SOCKS, wrong credentials',
    expect: ['FWD_AUTH'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: through('socks5', 'ada:wrong@'),
    shows: /^05 02 01 01/,
  },
  {
    name: 'SOCKS, the port is not among those that may be connected to',
    expect: ['FWD_SOCKS'],
    url: () => 'ws://127.0.0.1:1/ws',
    options: through('socks5', CREDENTIALS),
    shows: /^05 02 01 00 05 02 /,
  },
  {
    name: 'a WebSocket server in place of a forward proxy',
    expect: ['FWD_NOT_A_PROXY'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: ({ to }) => ({ proxy: `http://${to.ws}` }),
    shows: /^\[fin\]$/,
  },
  {
    name: 'SSH in place of a forward proxy',
    expect: ['FWD_NOT_A_PROXY'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: ({ to }) => ({ proxy: `http://${to.ssh}` }),
    shows: /^SSH-2\.0-/,
  },
  {
    name: 'a forward proxy that says nothing',
    expect: ['FWD_TIMEOUT'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: ({ to }) => ({ proxy: `http://${to.silent}`, stageMs: 1_000 }),
    shows: /^\[open\]$/,
  },
];

const rows: readonly Row[] = forwards.map((row) => ({ ...row, lines: () => '' }));

export const forward: ProxySetup = {
  name: 'forward proxies',
  needs: ['openssl'],
  rows,
  async start() {
    const to = await startBackends();
    const socks = await forwarding({
      credentials: 'ada:secret',
      answers: (place) => (place === '127.0.0.1:1' ? 'deny' : 'connect'),
    });
    return {
      deployments: rows.map((row) => deployed('forward proxy', row, { port: socks.port, to })),
      async stop() {
        await socks[Symbol.asyncDispose]();
        await to.stop();
      },
    };
  },
};
