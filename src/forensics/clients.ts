// Knows: which clients would take a 101, as measured. Must not know: where it came from.

export interface ClientVerdict {
  /** `chrome`, `firefox`, `ws`, `undici`, `bun`, `deno`, `python`, `go` */
  readonly client: string;
  /** The version that was measured. */
  readonly version: string;
  readonly outcome: 'accepts' | 'refuses' | 'hangs';
  /** What that client says, word for word where it was measured. */
  readonly message?: string;
  /** The catalogue's code of what it stumbles over. */
  readonly code?: string;
}
