// Knows: what has paths of its own beside the application's: pages, and endpoints whose connections the application does not see.
// Must not know: which paths, or what for; `inspector/` makes one.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { House } from './admission.js';
import { type Endpoint, endpointOf, type RouteOptions } from './options.js';
import type { Register } from './register.js';
import { Routes } from './routes.js';

export interface Mounted {
  /** Endpoints by path. They take nothing from the options of the server. */
  readonly routes: Readonly<Record<string, RouteOptions<undefined>>>;
  /**
   * Answers a plain request that is its own. False: it is somebody else's. Once `ending` is aborted the server drains or closes: an
   * answer that goes on and on has to end then.
   */
  http(request: IncomingMessage, response: ServerResponse, ending: AbortSignal): boolean;
}

/**
 * A house beside that of the application, for the same sockets. Its hosts are any, and nothing is limited by address: whoever runs into
 * a limit has to be able to look why.
 */
export function annexOf<Context>(
  { routes: mounted }: Mounted,
  house: House<Context>,
  register: Register<Context>,
): House<Context> {
  const routes = new Routes<Endpoint<Context>>();
  for (const [path, route] of Object.entries(mounted)) {
    const own = { ...route } as RouteOptions<Context>;
    routes.add(path, endpointOf(own, `route ${path}`, register));
  }
  const { proxies, limits } = house;
  return {
    routes,
    hosts: undefined,
    proxies,
    addresses: undefined,
    limits,
    get connections() {
      return register.size;
    },
    get draining() {
      return house.draining;
    },
  };
}

/** Asks it before the application's listener. */
export function listenerBefore(
  mounted: Mounted,
  ending: AbortSignal,
  others: RequestListener,
): RequestListener {
  return (request, response) => {
    if (!mounted.http(request, response, ending)) others(request, response);
  };
}
