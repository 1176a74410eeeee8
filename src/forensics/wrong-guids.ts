// Knows: texts that are taken for the GUID of RFC 6455 §1.3 and are not: those that public code has, those that one slip of the
// fingers makes, and how to find one in a source. Must not know: keys and accept values.
import { GUID } from '../handshake/key.js';

/** A part of a text, counted from 0. */
export interface TextPart {
  readonly at: number;
  readonly length: number;
}

const FIRST_GROUPS = '258EAFA5-E914-47DA-95CA-';

// Found in 2026-11 by searches with capped results, so a lower bound; generated code is full of them.
const LAST_GROUPS = `
  5AB0DC85B11C 5AB0DC85B11F 5AB0DC85B39A 5AB0DC85B711 5AB1A2E9F580 5AB1E0495B53 5AB5DC11548B 5AB5DC11885E
  5AB5DC11AD35 5AB5DC11B09B 5AB5DC11B5A0 5AB5DC11B735 5AB5DC11CE56 5AB5DC11D65B 5AB5DC11E5A5 5AB5DC11E65B
  5AB5DC286688 5AB5DC69C85E 5AB5DC76CB65 5AB5DC852E59 5AB5DC85B11B 5AB5DC85B175 5AB5DC85B178 5AB5DC85B3C8
  5AB5DC85B7E2 5AB5DC8CDE5B 5AB5E4BE6AC6 5AB9964DA7F3 5AB9AA10ABE4 5AB9C04E64DC 5AB9DC525C63 5AB9DC799073
  5AB9DC80CB65 5AB9F0F8DC04 5AB9FB669B5A 5AB9FC19B34A 5AB9FE30B130 5AB9FFC3B2E8 5ABFAB0B5B5F 5ABFB7FE4357
  5BAB11DC85B6 A5AB0DC85B11 A5AB53DC1758 A5AB53DC65B4 A5AB53DC764E C5AB57C8A2AE C5AB5DC11B5A6 C5AB5DC65340
  C5AB5DC8500B C5AB5DC85B11 C5AB5E0285C2 C5AB5E4F89F5`;

/** Those seen in public code, 52 of them. They differ from the right one in their last group. */
export const WRONG_GUIDS: readonly string[] = LAST_GROUPS.trim()
  .split(/\s+/)
  .map((group) => FIRST_GROUPS + group);

export interface Mistyped {
  readonly guid: string;
  /** `character 26 is 6 in place of 5`, counted from 1. */
  readonly what: string;
}

/** Hexadecimal digits, dash and space, and letters that are taken for digits. */
const TYPED = '0123456789ABCDEF- OIl';

/** All texts that are one slip from the right one: another character, one too many, one too few, two swapped. */
export function* mistypedGuids(): Generator<Mistyped> {
  for (let at = 0; at < GUID.length; at++) {
    for (const typed of TYPED) {
      if (typed === GUID[at]) continue;
      const what = `character ${at + 1} is ${named(typed)} in place of ${named(GUID[at]!)}`;
      yield { guid: GUID.slice(0, at) + typed + GUID.slice(at + 1), what };
    }
  }
  for (let at = 0; at <= GUID.length; at++) {
    for (const typed of TYPED) {
      const what = `character ${at + 1}, ${named(typed)}, is one too many`;
      yield { guid: GUID.slice(0, at) + typed + GUID.slice(at), what };
    }
  }
  for (let at = 0; at < GUID.length; at++) {
    const what = `character ${at + 1}, ${named(GUID[at]!)}, is missing`;
    yield { guid: GUID.slice(0, at) + GUID.slice(at + 1), what };
  }
  for (let at = 1; at < GUID.length; at++) {
    if (GUID[at - 1] === GUID[at]) continue;
    const what = `characters ${at} and ${at + 1} are swapped`;
    yield { guid: GUID.slice(0, at - 1) + GUID[at]! + GUID[at - 1]! + GUID.slice(at + 1), what };
  }
}

function named(character: string): string {
  if (character === ' ') return 'a space';
  return character === '-' ? 'a dash' : character;
}

/**
 * What stands between the parts that the start and the end of a text have in common with the right GUID. Empty where a character is
 * missing; of those seen in public code, which are no slips, the whole last group.
 */
export function wrongPartOf(text: string): TextPart {
  if (WRONG_GUIDS.includes(text))
    return { at: FIRST_GROUPS.length, length: text.length - FIRST_GROUPS.length };
  const most = Math.min(text.length, GUID.length);
  let at = 0;
  while (at < most && text[at] === GUID[at]) at++;
  let behind = 0;
  while (behind < most - at && text[text.length - 1 - behind] === GUID[GUID.length - 1 - behind]) behind++;
  return { at, length: text.length - at - behind };
}

export interface WrongGuid {
  readonly guid: string;
  /** Where it stands in the source, counted from 0. */
  readonly at: number;
  /** Its line, counted from 1. */
  readonly line: number;
  readonly wrongPart: TextPart;
  /** Whether other public code has it too. */
  readonly isKnown: boolean;
}

/** Words as long as a GUID with or without dashes, give or take a few characters. */
const CANDIDATE = /(?<![\w-])[\w-]{30,40}(?![\w-])/g;
/** Whoever wrote one of these meant the GUID of RFC 6455. */
const MEANT = /^258EAFA5E914|E91447DA95CA|C5AB0DC85B11$/;

/** The first text in a source that is meant to be the GUID of RFC 6455 and is not; undefined when there is none. */
export function findWrongGuid(source: string): WrongGuid | undefined {
  for (const { 0: guid, index: at } of source.matchAll(CANDIDATE)) {
    if (guid === GUID || !MEANT.test(guid.replaceAll('-', '').toUpperCase())) continue;
    const line = source.slice(0, at).split('\n').length;
    return { guid, at, line, wrongPart: wrongPartOf(guid), isKnown: WRONG_GUIDS.includes(guid) };
  }
  return undefined;
}
