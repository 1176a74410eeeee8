// The door `handfast/inspector`: the handshakes of a running server, refused ones first.
export { INSPECTOR_PATH, type Inspector, inspect } from './mount.js';
export type * from './protocol.js';
export type { InspectOptions } from './settings.js';
