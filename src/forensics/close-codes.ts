// Knows: the close codes of RFC 6455 §7.4 and of the registry that followed: what each says, and what to do about it.
// Must not know: any connection.

export interface CloseCode {
  readonly name: string;
  readonly meaning: string;
  readonly action: string;
  /** False for the codes that never stand in a close frame. */
  readonly isSent: boolean;
  readonly section: string;
}

const code = (
  name: string,
  meaning: string,
  action: string,
  section = 'RFC 6455 §7.4.1',
  isSent = true,
): CloseCode => ({
  name,
  meaning,
  action,
  isSent,
  section,
});

const registry = 'IANA WebSocket Close Code Number Registry';

const codes: Readonly<Record<number, CloseCode>> = {
  1000: code('normal closure', 'The purpose of the connection is fulfilled.', 'Nothing.'),
  1001: code(
    'going away',
    'The server shuts down, or the browser leaves the page.',
    'A client may connect again, after a random delay so that not all return at once.',
  ),
  1002: code(
    'protocol error',
    'The other side received something that RFC 6455 does not allow.',
    'Find which frame: a masked frame from a server, a set RSV bit without an extension, a fragmented control frame. Behind a proxy, try without it.',
  ),
  1003: code(
    'unsupported data',
    'The other side cannot take this type of message, such as binary where it wants text.',
    'Send the other type.',
  ),
  1004: code('reserved', 'Has no meaning; never send it.', 'Correct the sender.', 'RFC 6455 §7.4.1', false),
  1005: code(
    'no status received',
    'Never sent: your own side writes it when the close frame carried no code.',
    'Nothing, or have the other side name a code.',
    'RFC 6455 §7.4.1',
    false,
  ),
  1006: code(
    'abnormal closure',
    'Never sent: your own side writes it when the connection ended without a close frame. In a browser also after a handshake that failed.',
    'If it never opened: `handfast doctor URL` finds the cause that the browser hides. If it was cut after a fixed silence (60 s, 100 s), a proxy has an idle timeout: ping from the server every 25 s. If it was cut at random: look for a crash or a restart on the server.',
    'RFC 6455 §7.4.1',
    false,
  ),
  1007: code(
    'invalid payload data',
    'A text message was not valid UTF-8.',
    'Send bytes as a binary message, or encode the text as UTF-8 and never cut a character in two.',
  ),
  1008: code(
    'policy violation',
    "A rule of the application was broken: often missing or stale credentials, or sending too fast. The close frame's reason says which.",
    'Read the reason; do not reconnect with the same behaviour.',
  ),
  1009: code(
    'message too big',
    'A message was larger than the other side reads.',
    'Send it in parts, or raise the limit of the receiver (handfast: maxMessageBytes, 1 MiB by default).',
  ),
  1010: code(
    'mandatory extension',
    'The client needed an extension that the server did not agree to.',
    'Turn it on at the server, or let the client do without. The reason names it.',
  ),
  1011: code(
    'internal error',
    'The server met something unexpected, such as an exception in a handler.',
    "Look in the server's log at the time of the close.",
  ),
  1012: code(
    'service restart',
    'The server restarts.',
    'Connect again after a random delay of 5 to 30 seconds.',
    registry,
  ),
  1013: code(
    'try again later',
    'The server is overloaded.',
    'Connect again later, or to another address.',
    registry,
  ),
  1014: code(
    'bad gateway',
    'A gateway received an invalid answer from the server behind it.',
    'Look at the server behind the gateway.',
    registry,
  ),
  1015: code(
    'TLS handshake',
    'Never sent: your own side writes it when TLS failed.',
    'Check the certificate: its names, its dates, its chain.',
    'RFC 6455 §7.4.1',
    false,
  ),
  3000: code('unauthorized', 'Credentials are missing or wrong.', 'Sign in, then connect again.', registry),
  3003: code('forbidden', 'The identity is known and not allowed.', 'Ask for the right.', registry),
  3008: code('timeout', 'The other side waited too long for something.', 'See the reason.', registry),
};

/** What a close code says; undefined when the number can be none (RFC 6455 §7.4.2). */
export function closeCode(number: number): CloseCode | undefined {
  if (Object.hasOwn(codes, number)) return codes[number];
  if (number >= 1000 && number < 3000) {
    return code(
      'reserved for the protocol',
      'Not assigned; RFC 6455 keeps 1000 to 2999 for itself and its extensions. A peer that receives it fails the connection.',
      'Use a code from 4000 to 4999 for your own purposes.',
      'RFC 6455 §7.4.2',
      false,
    );
  }
  if (number >= 3000 && number < 4000) {
    return code(
      'registered for a library or framework',
      'Not one that is known here.',
      'Look it up in the registry, and read the reason beside it.',
      'RFC 6455 §7.4.2',
    );
  }
  if (number >= 4000 && number < 5000) {
    return code(
      'private to the application',
      'Its meaning is what the two ends agreed.',
      "Read the close frame's reason and the application's documentation.",
      'RFC 6455 §7.4.2',
    );
  }
  return undefined;
}
