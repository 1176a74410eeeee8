// The door `handfast`: a server, a client, and what they give. RFC 6455.

export type { ClientLimits, ClientTimeouts, ConnectOptions, TlsOptions } from './client/connect.js';
export { connect, connectOver } from './client/connect.js';
export type { Broadcast, BroadcastOptions } from './connection/broadcast.js';
export { broadcast } from './connection/broadcast.js';
export type { Handlers, HandshakeRecord, Message, Sendable, SendOptions } from './connection/connection.js';
export { Connection } from './connection/connection.js';
export type { PrepareOptions } from './connection/prepared.js';
export { Prepared, prepare } from './connection/prepared.js';
export type {
  ConnectionLimits,
  ConnectionOptions,
  ConnectionTimeouts,
  Heartbeat,
} from './connection/settings.js';
export { open } from './connection/settings.js';
export type { DeflateAgreement } from './deflate/permessage-deflate.js';
export type { CompressionOptions } from './deflate/settings.js';
export type { CloseFrame, CloseRecord, Timings } from './errors.js';
export { ClosedError, HandshakeError } from './errors.js';
export type { Evidence, Reason, Rejection } from './reason.js';
export { reasonUrl } from './reason.js';
export type { RefusalCode, RefuseOptions } from './server/refuse.js';
export { Refusal, refuse } from './server/refuse.js';
export { HandshakeRequest } from './server/request.js';
export type {
  Connections,
  DrainOptions,
  DrainReport,
  Origins,
  RouteOptions,
  ServerLimits,
  ServerOptions,
  ServerTimeouts,
} from './server/server.js';
export { createServer, Server } from './server/server.js';
export type {
  ActTrace,
  ArrivalTrace,
  AttemptTrace,
  BackpressureTrace,
  ConnectionTrace,
  DrainTrace,
  FaultTrace,
  FrameTrace,
  HandshakeTrace,
  HeartbeatTrace,
  LimitTrace,
  TracedConnection,
  TracedServer,
} from './trace.js';
