// Knows: what a right server refuses: another version, a request without a key, a subprotocol that it does not speak. RFC 6455 §4.2, §4.4.
// Must not know: frames (`deviant-frames.ts`).
import { printable } from '../../reason.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry } from '../observation.js';
import { fieldOf, isOpen, isReaction, resultOf, statusOf } from '../reading.js';

export function* conformance(own: Case): Inquiry<void> {
  const version = yield* ask(own.variant('version-99', 'version 99', { version: '99' }));
  if (!isReaction(version)) return;
  const listed = fieldOf(version, 'sec-websocket-version');
  const warn = (code: string, detail: string, seen = version) =>
    own.findings.push(
      finding(code, {
        confidence: 'proven',
        severity: 'warn',
        detail,
        steps: [step(seen)],
        hops: own.hopNames,
      }),
    );
  const isRight = statusOf(version) === 426 && /\b13\b/.test(listed ?? '');
  own.merits.set('version 99 refused with 426', isRight);
  if (isOpen(version)) warn('CONF_VERSION_UNCHECKED', 'It opens for a version that does not exist.');
  else if (!isRight) {
    const missing = listed === undefined ? ' and no Sec-WebSocket-Version' : '';
    warn(
      'CONF_VERSION_STATUS',
      `Version 99 is answered with ${resultOf(version)}${missing}; 426 with the versions that it speaks would tell the client.`,
    );
  }
  const shown = listed === undefined ? '' : ` and "Sec-WebSocket-Version: ${printable(listed, 40)}"`;
  const text = isOpen(version)
    ? 'version 99 opens'
    : `99 is refused with ${statusOf(version) || resultOf(version)}${shown}`;
  own.stage({
    stage: 'version',
    name: 'Version',
    mark: isRight ? 'good' : 'warn',
    text,
    probes: [version.id],
  });
  const keyless = yield* ask(own.variant('no-key', 'no Sec-WebSocket-Key', { key: null }));
  if (!isReaction(keyless)) return;
  if (isOpen(keyless))
    warn('CONF_KEY_UNCHECKED', 'It opens without a key, so its accept value proves nothing.', keyless);
  own.ran.add('conformance');
}

const UNKNOWN = 'x-handfast-none';

/** Whether a subprotocol that nobody speaks is agreed on. */
export function* unknownSubprotocol(own: Case): Inquiry<void> {
  const seen = yield* ask(
    own.variant('subprotocol-unknown', `subprotocol ${UNKNOWN}`, { subprotocols: [UNKNOWN] }),
  );
  if (!isOpen(seen) || fieldOf(seen, 'sec-websocket-protocol') !== UNKNOWN) return;
  const detail = `It agrees to "${UNKNOWN}", which nobody speaks: it takes whatever is asked for.`;
  own.findings.push(
    finding('PROTO_ECHO_ANY', { confidence: 'proven', severity: 'warn', detail, steps: [step(seen)] }),
  );
}
