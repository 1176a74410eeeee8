// Knows: what an explanation is: the one value that every reader of `explain` yields and that the command line prints.
// Must not know: how an input is read, or how it is shown. All text in it is safe to print: escaped, bounded, without secrets.
import { catalogue } from '../catalogue.js';
import type { HeadLine } from '../forensics/annotate.js';
import type { ClientVerdict } from '../forensics/clients.js';
import type { Recipe } from '../forensics/recipes.js';

/** How sure an explanation is. `proven`: the octets themselves show it; `likely` and `possible`: others look the same. */
export type Confidence = 'proven' | 'strong' | 'likely' | 'possible';

/** A part of the input read aloud, line by line. */
export interface Listing {
  /** Which part it is; empty where that is plain. */
  readonly about: string;
  readonly lines: readonly HeadLine[];
}

export interface Explanation {
  /** What the input is, such as `HAProxy log line`; empty where that is plain. */
  readonly source: string;
  readonly listings: readonly Listing[];
  /** False as soon as something is wrong. */
  readonly isGood: boolean;
  /** One sentence without its full stop: the cause, or that all is well. */
  readonly title: string;
  /** The row of the catalogue; undefined where all is well, or where nothing can be told. */
  readonly code?: string;
  /** Within the code: `WRONG_GUID` of `RESP_ACCEPT_WRONG`. */
  readonly subcause?: string;
  readonly confidence?: Confidence;
  /** Codes that would look the same, the likeliest first. */
  readonly candidates: readonly string[];
  readonly saw: string;
  readonly why: string;
  /** Who answered, or who ended it. */
  readonly who: string;
  readonly fix: string;
  readonly recipes: readonly Recipe[];
  /** Which clients would take the answer, where it was a 101 that is not right. */
  readonly clients: readonly ClientVerdict[];
  /** What this kind of input cannot show. */
  readonly couldNotKnow: string;
  /** The command that decides; empty where nothing is left to decide. */
  readonly decide: string;
}

type Part = Partial<Explanation> & Pick<Explanation, 'isGood' | 'title'>;

export function explanation(part: Part): Explanation {
  return { ...empty, ...part };
}

const empty = {
  source: '',
  listings: [],
  candidates: [],
  saw: '',
  why: '',
  who: '',
  fix: '',
  recipes: [],
  clients: [],
  couldNotKnow: '',
  decide: '',
};

/** What the row of a code says, as far as `part` does not say it better. */
export function explanationOf(
  code: string,
  confidence: Confidence,
  part: Partial<Explanation> = {},
): Explanation {
  const row = catalogue.get(code);
  return explanation({
    isGood: false,
    code,
    confidence,
    title: row?.title ?? code,
    why: row?.meaning ?? '',
    fix: row?.fix ?? '',
    ...part,
  });
}

/** A line that is not judged. */
export function plainLine(value: string, note = '', section = ''): HeadLine {
  return { label: '', value, mark: 'none', note, section };
}
