// Knows: the inspector of the command `serve`: whether there is one, where it is, and who may look at it.
// Must not know: the server, or how an inspector works.
import { isIP } from 'node:net';
import { type Inspector, inspect } from '../inspector/mount.js';
import { INSPECTOR_PATH } from '../inspector/protocol.js';
import type { ServeOptions } from './serve.js';

type Asked = Pick<ServeOptions, 'inspect' | 'inspectToken' | 'inspectActions' | 'chat' | 'host'>;

/** Undefined where none is asked for, and in production without a token. @throws TypeError for a token that is no secret. */
export function inspectorFor(asked: Asked): Inspector | undefined {
  const { inspect: isAsked, inspectToken, inspectActions: actions, chat } = asked;
  if (!isAsked || lacksToken(inspectToken)) return undefined;
  return inspect({ token: inspectToken || undefined, name: chat ? 'chat' : 'echo', actions });
}

/** What a proxy on this machine passes on may look as if it came from here. */
function lacksToken(token: string | undefined): boolean {
  return !token && process.env.NODE_ENV === 'production';
}

/** The line that tells where it is, and a note on who may look. */
export function inspectorLines(
  server: URL,
  { inspect: isAsked, inspectToken, host }: Asked,
): { readonly where?: string; readonly note?: string } {
  if (!isAsked) return {};
  if (lacksToken(inspectToken))
    return { note: `no inspector: with NODE_ENV=production it wants a token, ${TOKEN}` };
  const url = new URL(INSPECTOR_PATH, server);
  url.protocol = server.protocol === 'wss:' ? 'https:' : 'http:';
  const isEverywhere = ['0.0.0.0', '[::]'].includes(url.hostname);
  if (isEverywhere) url.hostname = 'localhost';
  const where = `inspector at ${url.href}`;
  if (inspectToken || isLoopback(host)) return { where };
  const who = isEverywhere ? 'only this machine may look' : `nobody may look by ${host}`;
  return { where, note: `${who} at the inspector without a token: ${TOKEN}` };
}

const TOKEN = '--inspect-token TOKEN, or HANDFAST_INSPECT_TOKEN in the environment';

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
