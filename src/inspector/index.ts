// The door `handfast/inspector`: the handshakes of a running server, refused ones first.
export { type Inspector, inspect } from './mount.js';
export type * from './protocol.js';
export { FEED_PATH, INSPECTOR_PATH, SUBPROTOCOL } from './protocol.js';
export type { InspectOptions } from './settings.js';
