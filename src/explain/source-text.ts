// Knows: what to say about source text that holds a GUID for the accept value (RFC 6455 §1.3).
// Must not know: how a wrong one is recognised, which forensics/ does.
import { findWrongGuid, type TextPart, type WrongGuid } from '../forensics/wrong-guids.js';
import { GUID } from '../handshake/key.js';
import { type Explanation, explanation, explanationOf, plainLine } from './explanation.js';
import type { Material } from './material.js';

export function explainSource({ text }: Material): readonly Explanation[] | undefined {
  const wrong = findWrongGuid(text);
  if (wrong !== undefined) return [explainWrong(wrong)];
  if (!text.includes(GUID)) return undefined;
  return [
    explanation({
      isGood: true,
      source: 'Source text',
      title: 'The GUID in it is the one of RFC 6455',
      couldNotKnow: 'Whether the rest is right: SHA-1 of the key as it came and then the GUID, in base64.',
      decide: 'handfast doctor URL',
    }),
  ];
}

function explainWrong({ guid, line, wrongPart, isKnown }: WrongGuid): Explanation {
  const from = isKnown ? 'It stands in published code and in what language models write.' : '';
  return explanationOf('RESP_ACCEPT_WRONG', 'strong', {
    subcause: isKnown ? 'WRONG_GUID' : 'GUID_TYPO',
    source: 'Source text',
    listings: [
      {
        about: '',
        lines: [
          { ...plainLine(guid, `line ${line}; ${placeOf(wrongPart, guid)}`, 'RFC 6455 §1.3'), mark: 'bad' },
          { ...plainLine(GUID, 'the right one', 'RFC 6455 §1.3'), mark: 'good' },
        ],
      },
    ],
    saw: `${guid} in line ${line}. ${from}`.trim(),
    why: 'Server and client by the same author agree with each other, and every browser refuses the server.',
    fix: `Replace it by "${GUID}". The key dGhlIHNhbXBsZSBub25jZQ== must give s3pPLMBiTxaQ9kYGzzhZRbK+xOo=.`,
  });
}

function placeOf({ at, length }: TextPart, guid: string): string {
  return length === 0
    ? `a character is missing behind ${at}`
    : `${guid.slice(at, at + length)} is not the RFC's`;
}
