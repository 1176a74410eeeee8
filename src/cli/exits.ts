// Knows: the exit codes of every command and what each means.
// Must not know: who returns them.

export const exits = {
  good: 0,
  /** The command itself could not do its work, such as a port in use; or what works fails a limit of `doctor`. */
  failed: 1,
  /** A handshake refused or invalid, or a fault found by `explain`. */
  refused: 2,
  /** Not reachable: URL, DNS, TCP, TLS, forward proxy. */
  unreachable: 3,
  /** Stopped by a rate limit or the deadline, or only possible causes were found. */
  undecided: 4,
  /** Opened, then cut or closed with an error. */
  cut: 5,
  usage: 64,
  bug: 70,
  interrupted: 130,
} as const;
