// The door `handfast/handshake`: the opening handshake as pure functions on text and bytes, for tools, tests and
// other servers. RFC 6455 §4 and §9.1.
export type {
  Actor,
  Evidence,
  Layer,
  Reason,
  Refused,
  Rejection,
  Retry,
  Stage,
  Verdict,
} from '../reason.js';
export {
  type Authority,
  type ExtensionOffer,
  type ExtensionParameter,
  isToken,
  listIncludes,
  type Origin,
  parseExtensions,
  parseHost,
  parseOrigin,
  parseTokenList,
  SyntaxFault,
  serializeExtensions,
} from './fields.js';
export {
  type Carrier,
  type FieldLine,
  Fields,
  HEAD_LIMITS,
  type HeadLimits,
  type Http2Facts,
  headFromRaw,
  type RequestHead,
  type ResponseHead,
  serializeRequest,
  serializeResponse,
} from './head.js';
export { headFromHttp2 } from './http2-head.js';
export * from './key.js';
export {
  type AgreedExtension,
  chooseSubprotocol,
  confirmExtensions,
  type Extension,
  type Negotiated,
  negotiateExtensions,
  type SubprotocolPolicy,
} from './negotiate.js';
export * from './origin.js';
export * from './parser.js';
export * from './refusal.js';
export { type HandshakeCode, handshakeReasons, reasonOfRefusal } from './rejections.js';
export {
  auditRequest,
  type Handshake,
  isHandshakeAttempt,
  judgeRequest,
  REQUEST_NOTES,
  REQUEST_RULES,
  type Rule,
} from './request.js';
export { type JudgeOptions, RequestReading } from './request-reading.js';
export {
  type Answered,
  type Asked,
  auditResponse,
  judgeResponse,
  RESPONSE_NOTES,
  RESPONSE_RULES,
  ResponseReading,
  writeAccept,
} from './response.js';
export * from './write-request.js';
