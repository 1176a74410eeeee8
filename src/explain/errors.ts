// Knows: how an error message of a browser or a library is explained: which row, how sure, what it leaves open.
// Must not know: the messages themselves, which stand in the tables.
import { ANSWER_TEXTS } from './answer-texts.js';
import { doctorCommand, doctorOnUrl } from './decide.js';
import { type Confidence, type Explanation, explanationOf } from './explanation.js';
import { FRAME_TEXTS } from './frame-texts.js';
import type { Material } from './material.js';
import { PAGE_TEXTS } from './page-texts.js';
import { REACH_TEXTS } from './reach-texts.js';
import { REFUSAL_TEXTS } from './refusal-texts.js';
import { showText } from './show.js';
import { causesOfStatus } from './statuses.js';
import { findText, type TextFound } from './texts.js';

/** What is more exact stands before what is more general. */
const tables = [PAGE_TEXTS, ANSWER_TEXTS, REFUSAL_TEXTS, FRAME_TEXTS, REACH_TEXTS];

/** An error message is short; in a longer text only its beginning is searched. */
const searched = 64 * 1024;

export function explainError({ text }: Material): readonly Explanation[] | undefined {
  const found = findError(text);
  return found === undefined ? undefined : [found];
}

export function findError(text: string): Explanation | undefined {
  const found = findText(text.slice(0, searched), tables);
  return found === undefined ? undefined : explanationOfText(found, text);
}

function explanationOfText({ known, match }: TextFound, text: string): Explanation {
  const isBrowser = known.from.startsWith('Chromium');
  const codes = known.codes === 'status' ? causesOfStatus(Number(match[1] ?? 400), isBrowser) : known.codes;
  const isStatus = known.codes === 'status';
  return explanationOf(codes[0]!, confidenceOf(codes, isStatus), {
    source: `Error of ${known.from}`,
    candidates: codes.slice(1),
    saw: `${showText(match[0])}${known.note === '' ? '' : `\n${known.note}`}`,
    ...openQuestion(codes, isStatus, isBrowser, text),
  });
}

function confidenceOf(codes: readonly string[], isStatus: boolean): Confidence {
  if (codes.length === 1 && !isStatus) return 'strong';
  return codes.length > 3 && !isStatus ? 'possible' : 'likely';
}

function openQuestion(
  codes: readonly string[],
  isStatus: boolean,
  isBrowser: boolean,
  text: string,
): Partial<Explanation> {
  if (!isStatus && codes.length === 1) return {};
  const url = /\bwss?:\/\/[^\s'"<>()]{1,1000}/.exec(text)?.[0].replace(/[.,;:]$/, '');
  const decide =
    url === undefined ? doctorOnUrl : doctorCommand({ url, profile: isBrowser ? 'chrome' : undefined });
  const couldNotKnow = isStatus
    ? 'Who answered and why: a status is all that this message keeps of the answer.'
    : 'Which of them it is: the message is the same for each.';
  return { couldNotKnow, decide };
}
