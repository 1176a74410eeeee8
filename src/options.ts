// Knows: how options that nobody knows are refused: by name, with the nearest known one. Must not know: any option.

/**
 * Checks that an options object has no keys but the known ones.
 * @throws TypeError that names the unknown key and the one that was probably meant.
 */
export function checkKeys(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const nearest = nearestName(key, known);
    const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
    throw new TypeError(`unknown option "${key}" in ${where}: ${hint}`);
  }
}

/**
 * Checks a number option: finite or Infinity where that means "no limit".
 * @throws RangeError for anything but a number of at least `least`.
 */
export function checkNumber(value: unknown, name: string, least: number = 0): number {
  if (typeof value !== 'number' || Number.isNaN(value) || value < least) {
    throw new RangeError(`${name} must be a number of at least ${least}, not ${String(value)}`);
  }
  return value;
}

/** Fills a group of numbers from its defaults, refusing unknown names and values that are no numbers. */
export function fillNumbers<Group extends object>(
  given: Partial<Group> | undefined,
  defaults: Group,
  where: string,
): Readonly<Group> {
  const filled = Object.fromEntries(Object.entries(defaults)) as Record<string, unknown>;
  if (given !== undefined) {
    checkKeys(given, Object.keys(defaults), where);
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined) filled[name] = checkNumber(value, `${where}.${name}`);
    }
  }
  return Object.freeze(filled) as Readonly<Group>;
}

/** The known name that was probably meant: at most `share` of the characters differ. Case does not count. */
export function nearestName(
  name: string,
  known: Iterable<string>,
  share: number = 1 / 2,
): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length * share)) + 1;
  for (const candidate of known) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
