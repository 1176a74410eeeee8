// Knows: what changed between two reports of one target: the verdict, the grade, stages, causes and findings.
// Must not know: how the change is shown. Times and counts change in every run and are no change.
import type { Finding, Report } from '../report.js';
import { codeText, gradeText, verdicts } from './words.js';

export interface Change {
  readonly kind: 'better' | 'worse' | 'other';
  /** A sentence part: `new: SEC_ORIGIN_UNCHECKED, Any page may connect`. */
  readonly text: string;
}

const grades = ['T', 'F', 'D', 'C', 'B', 'A-', 'A', 'A+'];
const marks = ['bad', 'warn', 'skip', 'none', 'good'];

/** In the order of a report; empty where nothing changed that matters. */
export function changesBetween(earlier: Report, later: Report): Change[] {
  return [
    ...verdictChange(earlier, later),
    ...gradeChange(earlier, later),
    ...stageChanges(earlier, later),
    ...findingChanges([...earlier.causes, ...earlier.findings], [...later.causes, ...later.findings]),
  ];
}

function verdictChange(earlier: Report, later: Report): Change[] {
  if (earlier.verdict === later.verdict) return [];
  const isGood = ({ verdict }: Report) => verdict === 'good' || verdict === 'findings';
  const kind = isGood(later) === isGood(earlier) ? 'other' : isGood(later) ? 'better' : 'worse';
  return [{ kind, text: `${verdicts[earlier.verdict]} → ${verdicts[later.verdict]}` }];
}

function gradeChange(earlier: Report, later: Report): Change[] {
  const [before, after] = [gradeText(earlier), gradeText(later)];
  if (before === after) return [];
  return [{ kind: compared(grades, earlier.grade, later.grade), text: `grade ${before} → ${after}` }];
}

function stageChanges(earlier: Report, later: Report): Change[] {
  const before = new Map(earlier.stages.map((stage) => [stage.stage, stage]));
  const after = new Set(later.stages.map(({ stage }) => stage));
  const changed = later.stages.flatMap((stage): Change[] => {
    const old = before.get(stage.stage);
    if (old?.mark === stage.mark) return [];
    const was = old === undefined ? 'not checked before' : `was: ${old.text || old.mark}`;
    return [
      {
        kind: compared(marks, old?.mark, stage.mark),
        text: `${stage.name}: ${stage.text || stage.mark} (${was})`,
      },
    ];
  });
  const gone = earlier.stages.filter(({ stage }) => !after.has(stage));
  return [
    ...changed,
    ...gone.map(({ name }): Change => ({ kind: 'other', text: `${name}: not checked now` })),
  ];
}

function findingChanges(before: readonly Finding[], after: readonly Finding[]): Change[] {
  const missing = (from: readonly Finding[], others: readonly Finding[]) =>
    from.filter((finding) => !others.some((other) => codeText(other) === codeText(finding)));
  const told = (word: string, kind: Change['kind']) => (finding: Finding) => ({
    kind: finding.severity === 'note' ? ('other' as const) : kind,
    text: `${word}: ${codeText(finding)}, ${finding.title}`,
  });
  return [
    ...missing(after, before).map(told('new', 'worse')),
    ...missing(before, after).map(told('gone', 'better')),
  ];
}

function compared(
  order: readonly string[],
  before: string | null | undefined,
  after: string | null | undefined,
): Change['kind'] {
  const [from, to] = [order.indexOf(before ?? ''), order.indexOf(after ?? '')];
  if (from < 0 || to < 0) return 'other';
  return to > from ? 'better' : 'worse';
}
