// All servers that want to hurt whoever diagnoses them: by time, by size, by text, by what they ask for. Every run against one of
// them must end with a report inside of the limits.
import { byConduct } from './hostile/by-conduct.js';
import { byHttp2 } from './hostile/by-http2.js';
import { byProxy } from './hostile/by-proxy.js';
import { bySize } from './hostile/by-size.js';
import { byText } from './hostile/by-text.js';
import { byTime } from './hostile/by-time.js';
import type { Hostile } from './hostile/row.js';

export const HOSTILE: readonly Hostile[] = [
  ...byTime,
  ...bySize,
  ...byText,
  ...byConduct,
  ...byHttp2,
  ...byProxy,
];
