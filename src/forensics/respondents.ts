// Knows: which programs are told by what in an answer. Must not know: why it was asked for.

/** Programs that an answer shows on its way, the one nearest to us first, the one that wrote it last. */
export interface Respondent {
  readonly hops: readonly HopSeen[];
  /** Never `proven`: what an answer says about itself can be forged or copied. */
  readonly confidence: 'strong' | 'likely' | 'possible';
}

export interface HopSeen {
  /** `nginx`, `haproxy`, `caddy`, `apache`, `varnish`, `squid`, `nghttpx`, `envoy`, `cloudflare` …, `ws`, `express` … */
  readonly name: string;
  readonly version?: string;
  readonly role: 'proxy' | 'server' | 'platform';
  /** Whether the answer itself is its own: its error page, its words. */
  readonly wrote: boolean;
  /** What told it. */
  readonly tell: string;
}
