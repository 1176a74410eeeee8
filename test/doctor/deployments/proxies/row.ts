// Knows: a deployment that is one part of a proxy's configuration (a server block, a frontend, a site): what stands in it, what a
// raw handshake gets there, and what doctor must say; and how all parts are started as one program in front of the same servers.
// Must not know: any program, or any single fault.
import type { DiagnoseOptions } from '../../../../src/doctor/options.js';
import { type RunningProxy, startOnPorts } from '../../../interop/peers/proxy.js';
import type { Child } from '../../../support/child.js';
import type { Name } from '../../../support/needs.js';
import type { Deployment, Setup, Site } from '../deployment.js';
import { type Backends, startBackends } from './backends.js';
import { type Crowd, startCrowd } from './crowd.js';

/** Where a part listens, and what is behind it. */
export interface Place {
  readonly port: number;
  readonly to: Backends;
}

export interface Row extends Omit<Deployment, 'url' | 'options'> {
  /** The lines of its part. */
  readonly lines: (to: Backends) => string;
  /** Where the part is no server but a forward proxy: what is asked for through it. */
  readonly url?: (to: Backends) => string;
  /** Default `/ws`. */
  readonly path?: string;
  /** Default `ws`. */
  readonly scheme?: 'ws' | 'wss';
  /** What a raw handshake gets, as `transcript` writes it, with line feeds for line ends. */
  readonly shows: RegExp;
  /** The raw client neither pings nor closes a connection that opened. */
  readonly listens?: boolean;
  /** After so long without an octet the raw client stops waiting. Default 250 ms. */
  readonly quietMs?: number;
  /** Other clients, meanwhile. */
  readonly crowd?: Crowd;
  readonly options?: DiagnoseOptions | ((place: Place) => DiagnoseOptions);
}

/** A row, its port, and its lines. */
export interface Part<R extends Row> {
  readonly row: R;
  readonly port: number;
  readonly lines: string;
}

export interface ProxySetup extends Setup {
  /** In the order of the deployments. */
  readonly rows: readonly Row[];
}

/** `run` gets a folder of its own. */
export function proxied<R extends Row>(
  program: string,
  needs: Name,
  rows: readonly R[],
  run: (folder: string, parts: ReadonlyArray<Part<R>>, to: Backends) => Child,
): ProxySetup {
  return {
    name: program,
    // One of the servers behind it has TLS.
    needs: [needs, 'openssl'],
    rows,
    async start() {
      const to = await startBackends();
      try {
        const proxy = await startOnPorts(rows.length, (folder, ports) => {
          const parts = rows.map((row, at) => ({ row, port: ports[at]!, lines: row.lines(to) }));
          return run(folder, parts, to);
        });
        return await site(program, rows, proxy, to);
      } catch (error) {
        await to.stop();
        throw error;
      }
    },
  };
}

async function site(program: string, rows: readonly Row[], proxy: RunningProxy, to: Backends): Promise<Site> {
  const crowds = await Promise.all(
    rows.flatMap(({ crowd }, at) => (crowd === undefined ? [] : [startCrowd(proxy.ports[at]!, crowd)])),
  );
  return {
    deployments: rows.map((row, at) => deployed(program, row, { port: proxy.ports[at]!, to })),
    async stop() {
      for (const crowd of crowds) crowd[Symbol.dispose]();
      await proxy[Symbol.asyncDispose]();
      await to.stop();
    },
  };
}

/** The row as it can be reached. */
export function deployed(program: string, row: Row, place: Place): Deployment {
  const { name, expect, why, subcause, grade, findings, options } = row;
  const { path = '/ws', scheme = 'ws' } = row;
  return {
    name: `${program}: ${name}`,
    url: row.url?.(place.to) ?? `${scheme}://127.0.0.1:${place.port}${path}`,
    expect,
    ...(why !== undefined && { why }),
    ...(subcause !== undefined && { subcause }),
    ...(grade !== undefined && { grade }),
    ...(findings !== undefined && { findings }),
    ...(options !== undefined && { options: typeof options === 'function' ? options(place) : options }),
  };
}
