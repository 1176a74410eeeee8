// Knows: the three ways into the doctor: to record a run, to diagnose a recording, and both at once.
// Must not know: how probes travel, or how a report is shown. Diagnosing is pure: the same recording gives the same report.
import { judgeUrl } from '../client/url.js';
import { scrub } from '../forensics/redact.js';
import { type ForwardProxy, parseProxy } from '../transport/forward-proxy.js';
import { proxyFor } from '../transport/proxy-environment.js';
import { version } from '../version.js';
import { compose } from './compose.js';
import { examine } from './examine.js';
import { finding, remark } from './findings.js';
import { Case } from './inquiry.js';
import { Run } from './network/run.js';
import type { Inquiry, Observation, Probe } from './observation.js';
import type { DiagnoseOptions } from './options.js';
import { checkOptions } from './options-check.js';
import { type Recording, recordingOf } from './recording.js';
import { withoutSecrets } from './redaction.js';
import type { Report } from './report.js';
import { secretsOf } from './secrets.js';
import { type Target, targetOf } from './target.js';

const tool = `handfast ${version}`;
const TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 16;
/** Of `own`: twelve frames, three requests, half a head. */
const OWN_CONNECTIONS = 17;
const OWN_TIMEOUT_MS = 100_000;

/**
 * Finds out why a WebSocket does not open, or what is weak about one that does. Never rejects for what a peer does: that is what the
 * report tells. Asks nobody but the resolver, the target and, if there is one, the forward proxy and the page.
 * @throws TypeError or RangeError (as a rejection) for options that cannot be meant, before anything is sent.
 */
export async function diagnose(url: string | URL, options: DiagnoseOptions = {}): Promise<Report> {
  return replay(await record(url, options));
}

/**
 * What `record` and `diagnose` would reject with, before anything is sent; what they throw afterwards is a fault of theirs.
 * @throws TypeError or RangeError for options that cannot be meant, and for a proxy of the environment that is none.
 */
export function checkUsage(url: string | URL, options: DiagnoseOptions = {}): void {
  checkOptions(options);
  const judged = judgeUrl(url);
  if (judged.ok) proxiesOf(judged.value, options);
}

/**
 * Makes the probes of a diagnosis, and keeps what came of them. Secrets are taken out unless `showSecrets` says otherwise.
 * @throws TypeError or RangeError (as a rejection) as `checkUsage` does.
 */
export async function record(url: string | URL, options: DiagnoseOptions = {}): Promise<Recording> {
  checkUsage(url, options);
  const started = new Date().toISOString();
  const judged = judgeUrl(url);
  if (!judged.ok) {
    const { reason, evidence } = judged.rejection;
    return recordingOf({
      tool,
      started,
      url: withoutUser(scrub(String(url))),
      trouble: { code: reason.code, ...evidence, ...(evidence.seen && { seen: withoutUser(evidence.seen) }) },
      observations: [],
      ms: 0,
    });
  }
  const ways = proxiesOf(judged.value, options);
  const target = targetOf(judged.value, options, ways.names);
  const run = new Run({
    ...limitsOf(options),
    material: options.tls ?? {},
    proxies: ways.proxies,
    signal: options.signal,
    onprobe: options.onprobe,
  });
  const token = typeof options.reflect === 'string' ? options.reflect : '';
  await run.drive(examine(target, started, token));
  const recording = recordingOf({
    tool,
    started,
    url: target.url,
    target,
    observations: run.observations,
    ms: run.ms,
  });
  if (options.showSecrets) return recording;
  return withoutSecrets(recording, secretsOf(target, [token, ...ways.proxies.flatMap(credentialsOf)]));
}

/** What is no URL can hold a password that no rule of URLs finds. */
function withoutUser(text: string): string {
  return text.replace(/^(\w+:\/\/)?.*@/s, '$1…@');
}

/** The report of a recording. Pure. @throws TypeError for a recording that lacks its target. */
export function replay(recording: Recording): Report {
  const { target, started, trouble, observations } = recording;
  if (target === undefined) {
    if (trouble === undefined) throw new TypeError('a recording has a target or tells why not');
    return compose(recording, withoutTarget(trouble, started));
  }
  return compose(recording, driven(examine(target, started), observations));
}

function credentialsOf({ credentials }: ForwardProxy): readonly string[] {
  return credentials === undefined
    ? []
    : [credentials.password, credentials.user, `${credentials.user}:${credentials.password}`];
}

/** Answers an inquiry out of a recording; what is not in it was not made. */
function driven<Result>(inquiry: Inquiry<Result>, observations: readonly Observation[]): Result {
  const byKey = new Map(observations.map((seen) => [seen.probe.key, seen]));
  const answer = (probe: Probe) => {
    const seen = byKey.get(probe.key);
    return seen?.probe.kind === probe.kind ? seen : notMade(probe);
  };
  let step = inquiry.next([]);
  while (!step.done) step = inquiry.next(step.value.map(answer));
  return step.value;
}

function notMade(probe: Probe): Observation {
  const nothing = {
    startedMs: 0,
    times: { totalMs: 0 },
    frames: [],
    connections: 0,
    bytesOut: 0,
    bytesIn: 0,
  };
  return { id: 'p0', probe, skipped: 'stopped', ...nothing };
}

function withoutTarget(
  { code, field, seen, wanted }: NonNullable<Recording['trouble']>,
  started: string,
): Case {
  const own = new Case({} as Target, started);
  const text = [field, seen, wanted === undefined ? undefined : `wanted ${wanted}`]
    .filter(Boolean)
    .join(': ');
  own.stage({ stage: 'url', name: 'URL', mark: 'bad', text, probes: [] });
  own.causes.push(finding(code, { confidence: 'proven', detail: '', steps: [remark(text)] }));
  return own;
}

function limitsOf(options: DiagnoseOptions) {
  const {
    stageMs = 5000,
    maxConnections = MAX_CONNECTIONS,
    idleMs = 0,
    expectOpenMs = 0,
    own = false,
  } = options;
  const timeoutMs = options.timeoutMs ?? (own ? OWN_TIMEOUT_MS : TIMEOUT_MS);
  return {
    stageMs,
    timeoutMs: timeoutMs + idleMs + expectOpenMs,
    maxConnections: maxConnections + (idleMs > 0 ? 2 : 0) + (own ? OWN_CONNECTIONS : 0),
  };
}

interface Ways {
  readonly names: Pick<Target, 'proxy' | 'environmentProxy'>;
  /** With their credentials, which no target has. */
  readonly proxies: readonly ForwardProxy[];
}

function proxiesOf(url: URL, { proxy }: DiagnoseOptions): Ways {
  const environment = proxyFor(url, process.env);
  const chosen = proxy === undefined ? environment : proxy === null ? undefined : parseProxy(proxy);
  const ignored = proxy === null ? environment : undefined;
  return {
    names: {
      ...(chosen !== undefined && { proxy: chosen.name }),
      ...(ignored !== undefined && { environmentProxy: ignored.name }),
    },
    proxies: [chosen, ignored].filter((one) => one !== undefined),
  };
}
