// The door `handfast/frames`: frames and messages as pure functions and small machines, without a socket.
export type { FrameRules } from './decoder.js';
export { FrameDecoder, Step } from './decoder.js';
export type { Outbox } from './encoder.js';
export { encodeFrame, FrameEncoder } from './encoder.js';
export { closePayload, FrameHeader, fitReason, isSendableCloseCode, Opcode } from './frame.js';
export { randomMask, unmask } from './mask.js';
export type { MessageLimits } from './messages.js';
export { Found, MessageReader } from './messages.js';
export { Utf8Validator } from './utf8.js';
export type { Violation } from './violations.js';
export { VIOLATIONS } from './violations.js';
