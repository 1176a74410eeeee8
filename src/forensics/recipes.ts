// Knows: what to write into which configuration so that a fault is gone. Must not know: who is asked, or how it is shown.

/** A change to one program's configuration. */
export interface Recipe {
  /** `nginx`, `haproxy`, `apache`, `caddy`, `varnish`, `envoy`, `cloudflare`, `node`, `python`, `go`, `client` … */
  readonly hop: string;
  /** One sentence: where it goes. */
  readonly text: string;
  /** The lines; `+ ` and `- ` at the start where some are added or removed. */
  readonly lines: readonly string[];
}
