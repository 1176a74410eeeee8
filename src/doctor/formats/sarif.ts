// Knows: reports as SARIF 2.1.0, for code scanning: a rule for each code, a result for each finding.
// Must not know: where the configuration at fault is; whoever asks names the file that alerts are shown at.
import { createHash } from 'node:crypto';
import { catalogue } from '../../catalogue.js';
import { reasonUrl } from '../../reason.js';
import type { Finding, Report, Severity } from '../report.js';
import { clean } from './clean.js';
import { codeText, evidenceOf, headlineOf } from './words.js';

export interface SarifOptions {
  /** Path of the file that alerts belong to, relative to the repository. Default `.handfast.yml`. */
  readonly file?: string;
}

// SARIF 2.1.0 §3.27.10.
const levels: Readonly<Record<Severity, string>> = { error: 'error', warn: 'warning', note: 'note' };

/** How code scanning ranks them: 7 and above is high, 4 and above medium. CVSS has no say about endpoints. */
const dangers: Readonly<Record<string, string>> = {
  SEC_CSWSH: '8.1',
  SEC_ORIGIN_BYPASS: '6.5',
  SEC_PLAINTEXT: '7.4',
  SEC_TLS_OLD: '5.9',
  SEC_ORIGIN_UNCHECKED: '5.3',
  SEC_TOKEN_IN_URL: '5.3',
};

export function sarif(given: readonly Report[], { file = '.handfast.yml' }: SarifOptions = {}): string {
  const reports = given.map((report) => clean(report));
  const found = reports.flatMap((report) => allFindings(report).map((finding) => ({ report, finding })));
  const rules = new Map(found.map(({ finding }) => [finding.code, finding]));
  const codes = [...rules.keys()];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: driver(reports, [...rules.values()]) },
        columnKind: 'utf16CodeUnits',
        invocations: reports.map(invocation),
        results: found.map(({ report, finding }) =>
          result(report, finding, codes.indexOf(finding.code), file),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

/** Each code once for each target: one alert that opens and closes. */
function allFindings({ causes, findings }: Report): Finding[] {
  return [...new Map([...findings, ...causes].map((finding) => [codeText(finding), finding])).values()];
}

function driver([first]: readonly Report[], findings: readonly Finding[]): object {
  const [name = 'handfast', version = '0'] = (first?.tool ?? 'handfast').split(' ');
  return {
    name: `${name} doctor`,
    semanticVersion: version,
    informationUri: 'https://handfast.dev/',
    rules: findings.map(rule),
  };
}

/** The row of the catalogue: the same for every endpoint. */
function rule({ code, severity, title, detail, fix }: Finding): object {
  const reason = catalogue.get(code);
  const help = reason?.fix ?? fix;
  return {
    id: code,
    name: code,
    shortDescription: { text: reason?.title ?? title },
    fullDescription: { text: reason?.meaning ?? (detail || title) },
    helpUri: reasonUrl(code),
    help: { text: help, markdown: `${escaped(help)}\n\n[${code}](${reasonUrl(code)})` },
    defaultConfiguration: { level: levels[severity] },
    properties: {
      tags: [code.startsWith('SEC_') ? 'security' : 'reliability', 'websocket', reason?.layer ?? 'http'],
      ...(code.startsWith('SEC_') && { 'security-severity': dangers[code] ?? '4.0' }),
    },
  };
}

function invocation({ started, target, exit, budget }: Report): object {
  return {
    executionSuccessful: true,
    exitCode: exit,
    startTimeUtc: started,
    endTimeUtc: new Date(Date.parse(started) + budget.ms).toISOString(),
    arguments: ['doctor', target],
  };
}

function result({ target }: Report, finding: Finding, ruleIndex: number, file: string): object {
  const { code, severity, detail, fix, confidence, cap } = finding;
  return {
    ruleId: code,
    ruleIndex,
    level: levels[severity],
    message: { text: [`${headlineOf(finding)}: ${target}`, detail, fix].filter(Boolean).join('\n') },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: target, kind: 'resource' }],
      },
    ],
    // The alert is the same as long as the code and the target are: it closes by itself when they are gone.
    partialFingerprints: { 'handfast/v1': fingerprint(`${codeText(finding)}\n${target}`) },
    properties: { confidence, evidence: evidenceOf(finding), ...(cap !== undefined && { cap }) },
  };
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|@]/g, '\\$&');
}
