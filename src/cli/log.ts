// Knows: what `serve` says while it runs: one line a handshake, and one for each act of a watcher, for people or for machines.
// Must not know: the server. It listens to the diagnostics channels, where secrets have to be taken out.

import { showTarget } from '../forensics/redact.js';
import { printable } from '../reason.js';
import { type ActTrace, acts, type FaultTrace, faults, type HandshakeTrace, handshakes } from '../trace.js';
import type { Terminal } from './terminal.js';

export type Write = (line: string) => void;

/** Writes a line for each handshake, fault and act of a watcher until the returned function is called. */
export function startLog(terminal: Terminal, isJson: boolean, write: Write): () => void {
  const onHandshake = (message: unknown) => {
    const trace = message as HandshakeTrace;
    write(isJson ? JSON.stringify(handshakeRecord(trace)) : handshakeLine(terminal, trace, new Date()));
  };
  const onFault = (message: unknown) => {
    const { what, error } = message as FaultTrace;
    const detail = printable(error instanceof Error ? error.message : String(error));
    if (isJson) write(JSON.stringify({ time: new Date().toISOString(), event: 'fault', what, detail }));
    else write(terminal.text(`${clock(new Date())} ${terminal.sign('bad')} ${what}: ${detail}`));
  };
  const onAct = (message: unknown) => {
    const act = message as ActTrace;
    write(isJson ? JSON.stringify(actRecord(act)) : actLine(terminal, act, new Date()));
  };
  handshakes.subscribe(onHandshake);
  acts.subscribe(onAct);
  faults.subscribe(onFault);
  return () => {
    handshakes.unsubscribe(onHandshake);
    acts.unsubscribe(onAct);
    faults.unsubscribe(onFault);
  };
}

export function clock(time: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Such as `15:04:05 ✓ 101 GET /room/42 127.0.0.1 json 2 ms`; an agreed extension stands behind the subprotocol. */
export function handshakeLine(terminal: Terminal, trace: HandshakeTrace, time: Date): string {
  const mark = trace.outcome === 'accepted' ? 'good' : trace.outcome === 'abandoned' ? 'skip' : 'bad';
  const parts = [
    clock(time),
    terminal.sign(mark),
    trace.status === 0 ? '---' : String(trace.status),
    printable(trace.method, 16),
    showTarget(trace.target, 120),
    trace.address,
    trace.rejection?.reason.code ?? (trace.outcome === 'abandoned' ? 'left before the answer' : ''),
    printable(trace.subprotocol, 60),
    printable(trace.extensions, 160),
    milliseconds(trace.tookMs),
  ];
  return terminal.text(parts.filter((part) => part !== '').join(' '));
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

function handshakeRecord(trace: HandshakeTrace): Record<string, unknown> {
  return {
    time: new Date().toISOString(),
    event: 'handshake',
    id: trace.id,
    outcome: trace.outcome,
    status: trace.status,
    carrier: trace.carrier,
    method: printable(trace.method, 16),
    target: showTarget(trace.target),
    address: trace.address,
    origin: trace.origin === undefined ? undefined : printable(trace.origin),
    code: trace.rejection?.reason.code,
    subprotocol: trace.subprotocol,
    extensions: trace.extensions,
    ms: Math.round(trace.tookMs * 100) / 100,
  };
}

/** Such as `15:04:05 ! inspector 127.0.0.1 close 1001 "enough" of #7`; one that was denied has its reason behind it. */
export function actLine(terminal: Terminal, trace: ActTrace, time: Date): string {
  const { by, act, id, bytes, code, reason, denied } = trace;
  const parts = [
    clock(time),
    terminal.sign(denied === undefined ? 'warn' : 'skip'),
    `inspector ${by} ${act}`,
    code === undefined ? '' : String(code),
    reason ? `"${printable(reason)}"` : '',
    bytes === undefined ? '' : `${bytes} octets`,
    `of #${id}`,
    denied === undefined ? '' : `denied: ${denied}`,
  ];
  return terminal.text(parts.filter((part) => part !== '').join(' '));
}

function actRecord({ by, act, id, bytes, code, reason, denied }: ActTrace): Record<string, unknown> {
  const said = reason === undefined ? undefined : printable(reason);
  return { time: new Date().toISOString(), event: 'act', by, act, id, bytes, code, reason: said, denied };
}
