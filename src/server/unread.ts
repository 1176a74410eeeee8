// Knows: why what somebody else has read for us (`node:http`, TLS) was no head, and how much of it is told. Must not know: who
// answers it. What is no fault of a head by our own rules, such as a broken body, is none of ours.
import type { Duplex } from 'node:stream';
import type { HeadLimits } from '../handshake/head.js';
import { HeadParser } from '../handshake/parser.js';
import type { Rejection } from '../reason.js';
import { tlsArrivalFailure } from '../transport/tls-arrival.js';
import { isEncrypted } from './addresses.js';
import type { UnreadError } from './interception.js';

/** So much of what was no head is told. */
const MAX_FIRST_OCTETS = 256;

export function firstOf(octets: Uint8Array): Uint8Array {
  return octets.subarray(0, MAX_FIRST_OCTETS);
}

export interface Unread {
  readonly outcome: 'garbled' | 'abandoned';
  readonly rejection: Rejection;
  readonly firstOctets?: Uint8Array;
}

/** Undefined for what is no fault of a head or of TLS. */
export function unreadRejection(error: UnreadError, line: Duplex, limits: HeadLimits): Unread | undefined {
  const { rawPacket } = error;
  if (rawPacket !== undefined) return misread(rawPacket, limits);
  if (!isEncrypted(line)) return undefined;
  const { code = '', syscall } = error;
  // So Node names a FIN in the middle of a TLS handshake; a reset, which may come at any time, names its system call.
  const left = code === 'ECONNRESET' && syscall === undefined;
  if (!left && !code.startsWith('ERR_SSL_') && !code.startsWith('ERR_TLS_')) return undefined;
  return { outcome: left ? 'abandoned' : 'garbled', rejection: tlsArrivalFailure(error) };
}

/** The parser keeps no octet of what it is given. */
function misread(octets: Uint8Array, limits: HeadLimits): Unread | undefined {
  const progress = new HeadParser('request', limits).push(octets);
  if (progress.state !== 'rejected') return undefined;
  const firstOctets = Uint8Array.from(firstOf(octets));
  return { outcome: 'garbled', rejection: progress.rejection, firstOctets };
}
