// Knows: in which forms a message can be read, the most telling first: what its connection speaks, JSON, what else it may be, text, octets.
// Must not know: how a form is drawn. It is worked out for what is looked at only: a list may have very many frames.
import type { HandshakeRow } from '../../protocol.js';
import type { Decoded, Talk } from '../decoders/decoder.js';
import { type Decoding, decodings } from '../decoders/table.js';
import { type Line, readingOf } from './frames.js';
import type { Reading } from './payload.js';
import { pieces } from './visible.js';

export interface Form {
  /** `json`, `text`, `hex`, or the key of a decoder. */
  readonly key: string;
  readonly label: string;
  readonly decoded?: Decoded;
}

const TEXT = 1;
const known = new WeakMap<Line, readonly Form[]>();

export function talkOf({ subprotocol, target }: Pick<HandshakeRow, 'subprotocol' | 'target'>): Talk {
  return { subprotocol, path: target.split(/[?#]/)[0]! };
}

/** None where no payload was captured. */
export function formsOf(line: Line, talk: Talk): readonly Form[] {
  const before = known.get(line);
  if (before !== undefined) return before;
  const reading = readingOf(line);
  if (reading === undefined) return [];
  const forms = formsOfReading(reading, line.isControl ? undefined : line.opcode, talk);
  known.set(line, forms);
  return forms;
}

/** `opcode`: of a message; what control frames carry is no protocol's. */
export function formsOfReading(reading: Reading, opcode: number | undefined, talk: Talk): readonly Form[] {
  const { bytes, text, json, isWhole } = reading;
  const payload = { bytes, text, json, isWhole, isText: opcode === TEXT };
  const found = opcode === undefined ? [] : decodings(payload, talk);
  const written = text === undefined ? [] : [{ key: 'text', label: 'Text' }];
  const isNumber = opcode === undefined && hidesSome(text);
  return [
    ...found.filter(({ isSpoken }) => isSpoken).map(formOf),
    ...(json === undefined ? [] : [{ key: 'json', label: 'JSON' }]),
    ...found.filter(({ isSpoken }) => !isSpoken).map(formOf),
    ...(isNumber ? [] : written),
    { key: 'hex', label: 'Hex' },
    ...(isNumber ? written : []),
  ];
}

/** Pings often carry a number in octets, which happens to be UTF-8. */
function hidesSome(text = ''): boolean {
  return pieces(text).some(({ hidden }) => hidden !== undefined);
}

function formOf({ key, label, decoded }: Decoding): Form {
  return { key, label, decoded };
}
