// Knows: for what a server ends a whole session of HTTP/2, before or instead of an answer on a stream: rows. RFC 9113 §10.5.
// Must not know: how it is found (`http2-server-session.ts`), or what a single request is refused for.
import { defineReasons } from '../reason.js';

export const SESSION_FAULTS = defineReasons({
  H2_SETTINGS_TIMEOUT: {
    layer: 'h2',
    stage: 'timeout',
    title: 'The client did not begin HTTP/2 in time',
    meaning:
      'A client begins with the preface and SETTINGS, and acknowledges those of the server. That was not done within timeouts.headMs, 5 seconds unless set otherwise; the server sent GOAWAY with SETTINGS_TIMEOUT. Connections that stay silent are a known way to exhaust a server. Browsers say nothing on spare ones, which is no fault.',
    actor: 'client',
    sections: ['RFC 9113 §3.4', 'RFC 9113 §6.5.3'],
    fix: 'Send preface and SETTINGS at once, and acknowledge; on very slow links raise timeouts.headMs on the server.',
    retry: 'later',
    example: 'A connection that chose h2 by ALPN and sends nothing for 5 seconds.',
  },
  H2_RESET_FLOOD: {
    layer: 'h2',
    stage: 'http',
    title: 'The client opens streams and resets them at once',
    meaning:
      'Within ten seconds 100 streams of one session ended before they were answered. Each costs the server work and the client nothing, so the server sent GOAWAY with ENHANCE_YOUR_CALM. Streams that carried an open WebSocket do not count.',
    actor: 'client',
    sections: ['RFC 9113 §10.5', 'RFC 9113 §5.4.1'],
    fix: 'Wait for answers before giving requests up; a proxy should not pass on the resets of many clients on one session.',
    retry: 'later',
    example: 'HEADERS and RST_STREAM with CANCEL, 100 times.',
  },
});
