// Knows: the report, the one value that every output is written from: terminal, JSON, JUnit, SARIF, HTML, Markdown.
// Must not know: how it was found, or how it is shown. All text in it is safe to print: escaped, bounded, secrets redacted.
import type { Mark } from '../forensics/annotate.js';
import type { ClientVerdict } from '../forensics/clients.js';
import type { Recipe } from '../forensics/recipes.js';
import type { ReflectedLine } from '../forensics/reflection-diff.js';
import type { Respondent } from '../forensics/respondents.js';

export type { ReflectedLine } from '../forensics/reflection-diff.js';

/** How sure a finding is. `proven`: one thing was changed and the answer flipped, or the octets themselves show it. */
export type Confidence = 'proven' | 'strong' | 'likely' | 'possible';

export type Severity = 'error' | 'warn' | 'note';

export type Grade = 'A+' | 'A' | 'A-' | 'B' | 'C' | 'D' | 'F' | 'T';

/** One line of the argument for a finding: what was asked, what came. */
export interface Step {
  /** `p3`; empty for a line that is no probe. */
  readonly probe: string;
  readonly asked: string;
  readonly answered: string;
  readonly note?: string;
}

/** What else belongs to a finding, under its own label: `Note`, `Suspects`, `Look here`. The text keeps its line breaks. */
export interface Remark {
  readonly label: string;
  readonly text: string;
}

export interface Finding {
  readonly code: string;
  /** Within the code: `WRONG_GUID` of `RESP_ACCEPT_WRONG`. */
  readonly subcause?: string;
  readonly title: string;
  readonly confidence: Confidence;
  readonly severity: Severity;
  /** The best grade that an endpoint with it can have. */
  readonly cap?: Grade;
  /** What is the matter with this very endpoint, in one sentence: people are told it in place of the title. */
  readonly headline?: string;
  /** One to three sentences: what follows from the steps besides. Empty where the headline says all. */
  readonly detail: string;
  readonly steps: readonly Step[];
  readonly sections: readonly string[];
  /** What to do, for this endpoint; first the recognised hop's. */
  readonly fix: string;
  readonly recipes: readonly Recipe[];
  readonly remarks?: readonly Remark[];
  /** The command that decides, where this is not the only candidate. */
  readonly decide?: string;
}

/** `dns` … `idle` in the order of the path: the lines at the head of the report. */
export interface StageLine {
  readonly stage: string;
  readonly name: string;
  readonly mark: Mark;
  readonly text: string;
  readonly ms?: number;
  readonly probes: readonly string[];
}

export type Verdict =
  | 'good'
  | 'findings'
  | 'handshake-refused'
  | 'handshake-invalid'
  | 'unreachable'
  | 'undecided'
  | 'cut';

/** A probe as the report shows it. */
export interface ProbeShown {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly about: string;
  readonly address?: string;
  readonly result: string;
  readonly request?: string;
  readonly response?: string;
  readonly body?: string;
  readonly bodySha256?: string;
  readonly times: Readonly<Record<string, number>>;
  readonly events: ReadonlyArray<{
    readonly atMs: number;
    readonly direction: 'in' | 'out';
    readonly text: string;
  }>;
  readonly end?: string;
}

export interface Report {
  readonly schema: 'handfast-report/1';
  /** `handfast 0.1.0` */
  readonly tool: string;
  /** The version of the rules of the grade. */
  readonly rating: string;
  readonly target: string;
  /** ISO 8601. */
  readonly started: string;
  readonly exit: number;
  readonly verdict: Verdict;
  readonly grade: Grade | null;
  /** With grade T: what it would be if the certificate were trusted. */
  readonly gradeIfTrusted?: Grade;
  /** What sets the grade, or why there is none. */
  readonly gradeReason: string;
  readonly stages: readonly StageLine[];
  /** Why the handshake failed, the likeliest first. More than one only with `decide`. */
  readonly causes: readonly Finding[];
  /** Everything else worth knowing, worst first. */
  readonly findings: readonly Finding[];
  readonly respondent?: Respondent;
  /** Who would take the answer, where it was a 101. */
  readonly clients: readonly ClientVerdict[];
  readonly reflected?: readonly ReflectedLine[];
  readonly probes: readonly ProbeShown[];
  readonly budget: {
    readonly connections: number;
    readonly bytesOut: number;
    readonly bytesIn: number;
    readonly ms: number;
  };
}
