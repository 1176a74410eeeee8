// Knows: after how long the usual proxies, load balancers and platforms end a connection that is silent, and which of them look at its
// age instead, 2026-11: measured, or from the documentation of each. Must not know: how long any connection was silent.
// They make suspects, never a proof: whoever has set another number is not here.

export interface UsualLimit {
  readonly seconds: number;
  /** Who has it, in words. */
  readonly who: string;
  /** The same as `respondents.ts` calls them. */
  readonly hops: readonly string[];
  /** Whether it counts from the beginning, whatever passes, and not from the last octet. */
  readonly isOfAge: boolean;
}

const ofSilence = (seconds: number, who: string, ...hops: string[]): UsualLimit => ({
  seconds,
  who,
  hops,
  isOfAge: false,
});
const ofAge = (seconds: number, who: string, ...hops: string[]): UsualLimit => ({
  seconds,
  who,
  hops,
  isOfAge: true,
});

/** The shortest first. */
export const USUAL_LIMITS: readonly UsualLimit[] = [
  ofAge(30, 'a backend service of GCP (default)', 'gcp'),
  ofSilence(55, 'Heroku', 'heroku'),
  ofSilence(
    60,
    'nginx (proxy_read_timeout), AWS ALB and Classic ELB, ingress-nginx, Varnish (pipe_timeout), nghttpx',
    ...['nginx', 'openresty', 'alb', 'ingress-nginx', 'varnish', 'nghttpx'],
  ),
  ofSilence(100, 'Cloudflare', 'cloudflare'),
  ofSilence(230, 'Azure App Service and its load balancer', 'azure'),
  ofSilence(300, 'Envoy (stream_idle_timeout), Apache of Debian (Timeout)', 'envoy', 'apache'),
  ofSilence(350, 'AWS NLB', 'nlb'),
  ofSilence(600, 'CloudFront, AWS API Gateway, TCP of GCP', 'cloudfront', 'api-gateway', 'gcp'),
  ofAge(7200, 'AWS API Gateway (lifetime)', 'api-gateway'),
];

/** Those that are as long as this, but for what timers and lines are late. */
export function usualLimitsAt(ms: number): readonly UsualLimit[] {
  const seconds = ms / 1000;
  return USUAL_LIMITS.filter(
    (limit) => Math.abs(seconds - limit.seconds) <= Math.max(1, limit.seconds * 0.02),
  );
}
