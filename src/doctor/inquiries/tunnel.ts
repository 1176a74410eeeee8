// Knows: what a forward proxy does to the way: its tunnel, its refusal, and one that the environment names and nobody uses.
// Must not know: how a tunnel is asked for, or what is said inside.
import { finding, step, troubled } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { isAnswered, resultOf } from '../reading.js';

export function tellProxy(own: Case, { id, times: { proxyMs } }: Observation): void {
  const { proxy } = own.target;
  if (proxy === undefined) return;
  const text = `a tunnel through ${proxy}`;
  own.stage({
    stage: 'proxy',
    name: 'Proxy',
    mark: 'good',
    text,
    probes: [id],
    ...(proxyMs !== undefined && { ms: proxyMs }),
  });
}

export function* untunnelled(own: Case, baseline: Observation): Inquiry<void> {
  const { target } = own;
  const text = `${target.proxy}: ${resultOf(baseline)}`;
  own.stage({ stage: 'proxy', name: 'Proxy', mark: 'bad', text, probes: [baseline.id] });
  const { proxy: _, ...route } = own.route;
  const direct = yield* ask({ ...own.variant('without-proxy', 'past the forward proxy', {}), route });
  const cause = troubled(baseline, baseline.trouble!);
  const isBlocked = direct.trouble !== undefined;
  const note = isAnswered(direct)
    ? 'without the proxy somebody answers'
    : isBlocked
      ? 'nor is there a way past it'
      : undefined;
  own.causes.push({ ...cause, steps: [...cause.steps, step(direct, note)] });
}

/** Directly nobody answers; perhaps it is meant to go another way. */
export function* ignoredProxy(own: Case, baseline: Observation, proxy: string): Inquiry<void> {
  const { secure, host, port } = own.target;
  const probe = own.variant('through-proxy', `through ${proxy}`, {});
  const via = yield* ask({ ...probe, route: { secure, host, port, proxy } });
  if (!isAnswered(via)) return;
  const detail =
    'The environment names a forward proxy. Directly nobody answers, through the proxy somebody does: a library that does not read the environment fails like this.';
  own.causes.unshift(
    finding('FWD_IGNORED', { confidence: 'proven', detail, steps: [step(baseline), step(via)] }),
  );
}
