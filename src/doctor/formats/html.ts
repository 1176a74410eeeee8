// Knows: reports as one HTML file that needs nothing else: no script, no network, its style within.
// Must not know: how HTML is escaped (markup.ts), how it looks (html-style.ts). A policy forbids what should never be in it.
import { createHash } from 'node:crypto';
import { reasonUrl } from '../../reason.js';
import type { Finding, Report, StageLine } from '../report.js';
import { clean } from './clean.js';
import { fixesFor, recipeText } from './fixes.js';
import { clientTable, probeList, reflectedTable } from './html-evidence.js';
import { STYLE } from './html-style.js';
import { Markup, markup } from './markup.js';
import { curlCommand } from './reproduce.js';
import {
  budgetText,
  causesText,
  codeText,
  duration,
  headlineOf,
  isUndecided,
  respondentText,
  verdicts,
} from './words.js';

export function html(given: readonly Report[]): string {
  const reports = given.map((report) => clean(report));
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const title = reports.map(({ target, verdict }) => `${target}: ${verdicts[verdict]}`).join('; ');
  // Our own, and in the page as it was hashed.
  const style = new Markup(STYLE);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title.slice(0, 200)}</title>
<style>${style}</style>
</head>
<body>
${reports.map(reportSection)}
</body>
</html>
`.html;
}

function reportSection(report: Report): Markup {
  const { causes, findings, stages, tool, rating, started, exit, budget } = report;
  const command = curlCommand(report);
  const isSplit = isUndecided(causes);
  return markup`<main>
${heading(report)}
<ol class="bar" aria-label="Stages">${stages.map(stageChip)}</ol>
${causes.map((cause, at) => causeSection(report, cause, isSplit && at > 0))}
${report.reflected === undefined ? undefined : reflectedTable(report.reflected)}
<h2>Stages</h2>
<div class="scroll"><table class="stack"><tbody>${stages.map(stageRow)}</tbody></table></div>
${findings.length === 0 ? undefined : markup`<h2>Findings</h2>${findings.map((each) => findingSection(report, each))}`}
${report.clients.length === 0 ? undefined : clientTable(report.clients)}
${report.probes.length === 0 ? undefined : probeList(report.probes)}
${command === '' ? undefined : markup`<h2>Reproduce</h2><pre>${command}</pre>`}
<footer>${tool} · rating ${rating} · ${started} · exit ${exit} · ${budgetText(budget)}, ${duration(budget.ms)}</footer>
</main>`;
}

function heading({ target, verdict, grade, gradeIfTrusted, gradeReason, causes }: Report): Markup {
  const tone =
    grade === null ? 'bad' : /^A/.test(grade) ? 'good' : grade === 'B' || grade === 'C' ? 'warn' : 'bad';
  const trusted =
    gradeIfTrusted === undefined ? undefined : markup`<small>${gradeIfTrusted} if trusted</small>`;
  const badge = grade === null ? undefined : markup`<div class="grade ${tone}">${grade}${trusted}</div>`;
  const reason = causes.length > 0 && grade === null ? causesText(causes) : gradeReason;
  return markup`<header class="top">
<div><h1>${target}</h1><p><span class="${tone}">${verdicts[verdict]}</span><span class="faint"> ${reason}</span></p></div>
${badge}
</header>`;
}

const signs = { good: '✓', warn: '!', bad: '✗', skip: '–', none: '' } as const;

function stageChip({ mark, name, ms }: StageLine): Markup {
  const time = ms === undefined ? undefined : markup`<span class="faint">${duration(ms)}</span>`;
  return markup`<li class="${mark}"><span>${signs[mark]} ${name}</span>${time}</li>`;
}

function stageRow({ mark, name, text, probes }: StageLine): Markup {
  return markup`<tr><td class="sign ${mark}">${signs[mark]}</td><td class="short">${name}</td><td class="wide">${text}</td><td class="faint">${probes.join(' ')}</td></tr>`;
}

function codeLine(finding: Finding): Markup {
  const { code, confidence, sections, cap } = finding;
  const rest = [confidence, cap === undefined ? '' : `at best grade ${cap}`, ...sections].filter(Boolean);
  return markup`<p class="code"><a href="${reasonUrl(code)}"><code>${codeText(finding)}</code></a> <span class="faint">· ${rest.join(' · ')}</span></p>`;
}

function causeSection(report: Report, cause: Finding, isAlternative: boolean): Markup {
  const { respondent } = report;
  const who = respondent === undefined || isAlternative ? '' : respondentText(respondent);
  return markup`<section class="cause">
<h3>${isAlternative ? 'Or: ' : ''}${headlineOf(cause)}</h3>
${codeLine(cause)}
${argument(cause)}
<dl class="rows">
${cause.decide === undefined ? undefined : markup`<dt>To decide</dt><dd><pre>${cause.decide}</pre></dd>`}
${who === '' ? undefined : row('Who answered', who)}
${(cause.remarks ?? []).map(({ label, text }) => row(label, text))}
${fixRow(report, cause)}
</dl>
</section>`;
}

function findingSection(report: Report, finding: Finding): Markup {
  const tone = finding.severity === 'error' ? 'bad' : finding.severity === 'warn' ? 'warn' : 'faint';
  return markup`<section class="finding">
<h3><span class="${tone}">${finding.severity}</span> ${headlineOf(finding)}</h3>
${codeLine(finding)}
${argument(finding)}
<dl class="rows">${(finding.remarks ?? []).map(({ label, text }) => row(label, text))}${fixRow(report, finding)}</dl>
</section>`;
}

function argument({ steps, detail }: Finding): Markup {
  const rows = steps.map(({ probe, asked, answered, note }) =>
    probe === '' && answered === ''
      ? markup`<tr><td></td><td class="wide" colspan="3">${asked} ${note}</td></tr>`
      : markup`<tr><td class="short faint">${probe}</td><td>${asked}</td><td class="text wide">${answered}</td><td class="faint wide">${note}</td></tr>`,
  );
  const table = markup`<div class="scroll"><table class="stack"><tbody>${rows}</tbody></table></div>`;
  return markup`${steps.length === 0 ? undefined : table}${detail === '' ? undefined : markup`<p>${detail}</p>`}`;
}

function row(label: string, text: string): Markup {
  return markup`<dt>${label}</dt><dd><p>${text}</p></dd>`;
}

function fixRow(report: Report, finding: Finding): Markup {
  const { sentence, shown } = fixesFor(finding, report);
  const others = finding.recipes.filter((recipe) => !shown.includes(recipe));
  const hidden =
    others.length === 0
      ? undefined
      : markup`<details><summary class="faint">For other programs</summary><div>${others.map(recipeMarkup)}</div></details>`;
  return markup`<dt>Do this</dt><dd>${sentence === '' ? undefined : markup`<p>${sentence}</p>`}${shown.map(recipeMarkup)}${hidden}</dd>`;
}

function recipeMarkup(recipe: Finding['recipes'][number]): Markup {
  const change = (line: string) => (/^\+ /.test(line) ? 'added' : /^- /.test(line) ? 'removed' : '');
  const code = recipe.lines.map((line) => markup`<span class="${change(line)}">${line}</span>`);
  return markup`<p>${recipeText(recipe)}</p>${recipe.lines.length === 0 ? undefined : markup`<pre>${code}</pre>`}`;
}
