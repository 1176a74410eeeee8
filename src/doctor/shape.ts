// Knows: how a value of JSON that anybody may have written becomes one of a known type: copied part by part, or refused with a sentence
// that names the place. Must not know: any shape.

/** Takes a value over, or throws a TypeError that names its place. */
export type Read<Value> = (value: unknown, at: string) => Value;

export function wrong(at: string, wanted: string): never {
  throw new TypeError(`this saved run is damaged: ${at || 'it'} is not ${wanted}`);
}

export function text(
  most: number,
  pattern?: RegExp,
  wanted = `a text of at most ${most} characters`,
): Read<string> {
  return (value, at) =>
    typeof value === 'string' && value.length <= most && (pattern === undefined || pattern.test(value))
      ? value
      : wrong(at, wanted);
}

export function number(least: number, most: number): Read<number> {
  return (value, at) =>
    typeof value === 'number' && value >= least && value <= most
      ? value
      : wrong(at, `a number from ${least} to ${most}`);
}

export function whole(least: number, most: number): Read<number> {
  return (value, at) =>
    Number.isInteger(value)
      ? number(least, most)(value, at)
      : wrong(at, `a whole number from ${least} to ${most}`);
}

export const flag: Read<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : wrong(at, 'true or false');

export function oneOf<const Value extends string | number>(...values: readonly Value[]): Read<Value> {
  return (value, at) => values.find((known) => known === value) ?? wrong(at, `one of ${values.join(', ')}`);
}

export function orNull<Value>(read: Read<Value>): Read<Value | null> {
  return (value, at) => (value === null ? null : read(value, at));
}

export function list<Value>(read: Read<Value>, most: number): Read<readonly Value[]> {
  return (value, at) =>
    Array.isArray(value) && value.length <= most
      ? value.map((part, index) => read(part, `${at}[${index}]`))
      : wrong(at, `a list of at most ${most}`);
}

type Fields<Value> = {
  readonly [Key in keyof Required<Value>]: undefined extends Value[Key]
    ? Optional<Exclude<Value[Key], undefined>>
    : Read<Value[Key]>;
};
interface Optional<Value> {
  readonly optional: Read<Value>;
}

export function optional<Value>(read: Read<Value>): Optional<Value> {
  return { optional: read };
}

/** An object with these fields and no others. */
export function shape<Value extends object>(fields: Fields<Value>): Read<Value> {
  const known = Object.entries<Read<unknown> | Optional<unknown>>(fields);
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(at, 'an object');
    const given = new Map(Object.entries(value));
    const taken = known.flatMap(([name, read]) => {
      const part = given.get(name);
      const place = at === '' ? name : `${at}.${name}`;
      if (typeof read === 'function') return [[name, read(part, place)]];
      return part === undefined ? [] : [[name, read.optional(part, place)]];
    });
    return Object.fromEntries(taken) as Value;
  };
}
