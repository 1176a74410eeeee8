// Who listens to a reader hears of each part of a frame as it is read, and of what must not be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageReader } from '../../src/frames/messages.js';
import { clientReader, faultLine, findings, hex, show } from './hex.js';

/** What is heard, one line a part. */
function heard(reader: MessageReader, ...octets: string[]): string[] {
  const lines: string[] = [];
  const said = (fault: Parameters<typeof faultLine>[0] | undefined) =>
    fault === undefined ? '' : ` ${faultLine(fault)}`;
  reader.listener = {
    part: ({ header, bytes, start, end, last }, fault) =>
      void lines.push(`${header.opcode} ${show(bytes.subarray(start, end))}${last ? '.' : ''}${said(fault)}`),
    misfit: ({ opcode }, fault) => void lines.push(`${opcode}${said(fault)}`),
  };
  findings(reader, ...octets.map(hex));
  return lines;
}

test('a message in fragments, a ping in between, and a frame that comes in two portions', () => {
  assert.deepEqual(heard(clientReader(), '0101 61 8901 2a 8002 62', '63'), [
    '1 61.',
    '9 2a.',
    '0 62',
    '0 63.',
  ]);
});

test('a text that is none is heard with its fault', () => {
  assert.deepEqual(heard(clientReader(), '8101 ff'), ['1 ff. MSG_UTF8 1007: octet 0xff at offset 0']);
});

test('a header that must not be is heard without a payload', () => {
  const [line, ...others] = heard(clientReader(), '8301 61');
  assert.match(line ?? '', /^3 FRAME_OPCODE 1002: /);
  assert.deepEqual(others, []);
  assert.match(heard(clientReader(), '8001 61')[0] ?? '', /^0 FRAME_CONTINUATION 1002: /);
});
