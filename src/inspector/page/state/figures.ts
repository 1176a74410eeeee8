// Knows: how numbers, times and lengths are written on the page: short, one unit, no more digits than help.
// Must not know: what they are figures of.

const counted = new Intl.NumberFormat('en');

/** 1,284. */
export function count(value: number): string {
  return counted.format(Math.round(value));
}

/** At most four characters: 812, 1.2k, 34k, 5.6M. */
export function short(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 9950) return `${(value / 1000).toFixed(1)}k`;
  if (value < 999_500) return `${Math.round(value / 1000)}k`;
  return `${(value / 1e6).toFixed(1)}M`;
}

/** Per second: 0.4 where it is few, 12 where it is many. */
export function rate(value: number): string {
  return value > 0 && value < 9.95 ? value.toFixed(1) : count(value);
}

/** Octets in the units of RFC 6455's readers: 812 B, 1.2 KiB, 16 MiB. */
export function octets(value: number): string {
  if (value < 1024) return `${Math.round(value)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = value / 1024;
  let unit = 0;
  while (scaled >= 1023.5 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${scaled < 9.95 && scaled % 1 !== 0 ? scaled.toFixed(1) : Math.round(scaled)} ${units[unit]}`;
}

/**
 * A time that was measured: 0.4 ms, 23 ms, 1.2 s, 60.0 s. Some clocks tell whole milliseconds: theirs have no decimal, and what they call 0
 * was shorter than one.
 */
export function measured(ms: number): string {
  if (ms === 0) return '< 1 ms';
  if (ms < 0.05) return '< 0.1 ms';
  if (ms < 9.95) return `${Number.isInteger(ms) ? ms : ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`;
  return span(ms);
}

/** How long something lasts or has lasted, in two units: 8 m 12 s, 3 d 4 h. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(seconds, 60, 'm', 's');
  if (seconds < 86_400) return pair(Math.floor(seconds / 60), 60, 'h', 'm');
  return pair(Math.floor(seconds / 3600), 24, 'd', 'h');
}

function pair(value: number, base: number, large: string, small: string): string {
  const rest = value % base;
  return `${Math.floor(value / base)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** 10:12:04 by the clock of whoever looks; with milliseconds where frames follow each other. */
export function clock(at: number, withMs = false): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => two(part));
  return parts.join(':') + (withMs ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : '');
}

/** 10:02 to 10:12, or one time of the two where they are the same. */
export function minutes(from: number, to: number): string {
  const [first, last] = [from, to].map((at) => clock(at).slice(0, 5));
  return first === last ? first! : `${first} to ${last}`;
}

/** What passed since the line before: +0.4 ms, +12 s. */
export function delta(ms: number): string {
  if (ms < 0.05) return '+0 ms';
  return `+${ms < 60_000 ? measured(ms) : span(ms)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
