// Knows: where recipes are found, and whose come first. Must not know: any recipe, who is asked, or how it is shown.
import { idleRecipes } from './idle-recipes.js';
import type { Cookbook, Recipe } from './recipe.js';
import { routeRecipes } from './route-recipes.js';
import { serverRecipes } from './server-recipes.js';
import { upgradeRecipes } from './upgrade-recipes.js';
import { upstreamRecipes } from './upstream-recipes.js';

export type { Recipe };

/** All recipes by code. */
export const COOKBOOK: Cookbook = Object.freeze({
  ...upgradeRecipes,
  ...idleRecipes,
  ...routeRecipes,
  ...upstreamRecipes,
  ...serverRecipes,
});

/** What a program is configured or written like, where it has no recipes of its own. */
const KIN: Readonly<Record<string, string>> = {
  openresty: 'nginx',
  'ingress-nginx': 'nginx',
  ws: 'node',
  handfast: 'node',
  'socket.io': 'node',
  express: 'node',
  fastify: 'node',
  faye: 'node',
  'websocket-node': 'node',
  gorilla: 'go',
  coder: 'go',
  websockets: 'python',
  aiohttp: 'python',
  tornado: 'python',
  uvicorn: 'python',
  hypercorn: 'python',
};

/**
 * What to change so that this is gone, first for the programs that were seen on the path (names of `whoAnswered`, in their order),
 * then for others like them, then for all others. Empty where a configuration cannot change it.
 */
export function recipesFor(code: string, hops: readonly string[]): readonly Recipe[] {
  const recipes = Object.hasOwn(COOKBOOK, code) ? COOKBOOK[code]! : [];
  return recipes.toSorted((one, other) => rank(one, hops) - rank(other, hops));
}

function rank({ hop }: Recipe, hops: readonly string[]): number {
  const named = hops.indexOf(hop);
  if (named >= 0) return named;
  const kin = hops.findIndex((seen) => kind(seen) === kind(hop));
  return hops.length + (kin >= 0 ? kin : hops.length);
}

function kind(hop: string): string {
  return KIN[hop] ?? hop;
}
