// Knows: how the inspector's news comes as a stream of events over plain HTTP, for where no WebSocket opens (WHATWG HTML §9.2).
// Must not know: what the messages are for (`inspect.ts`). Whoever answers may be anybody: what is kept of it is bounded.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** The inspector tells its figures once a second. */
const SILENCE_MS = 30_000;

export interface EventStream {
  /** Called with the data of each event. @throws nothing that it does not catch itself. */
  listen(listener: (data: string) => void): void;
  leave(): void;
  /** Why it has ended; undefined for who has left. */
  readonly ended: Promise<string | undefined>;
}

/** The status where the answer is no stream of events; 0 where none comes. */
export async function openEvents(
  url: URL,
  token: string | undefined,
  mostBytes: number,
): Promise<EventStream | number> {
  const headers = {
    Accept: 'text/event-stream',
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
  const answer = await new Promise<IncomingMessage | undefined>((resolve) => {
    const ask = url.protocol === 'https:' ? requestHttps : requestHttp;
    const asking = ask(url, { headers, agent: false }, resolve);
    asking.on('error', () => resolve(undefined));
    asking.setTimeout(SILENCE_MS, () => asking.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
    asking.end();
  });
  if (answer === undefined) return 0;
  if (answer.statusCode === 200 && /^text\/event-stream\b/.test(answer.headers['content-type'] ?? ''))
    return read(answer, new Events(mostBytes));
  answer.destroy();
  return answer.statusCode!;
}

function read(answer: IncomingMessage, events: Events): EventStream {
  let hasLeft = false;
  let why = 'The server, or a proxy on the way, ended the stream.';
  const ended = new Promise<string | undefined>((resolve) => {
    answer.once('close', () => resolve(hasLeft ? undefined : why));
  });
  answer.setEncoding('utf8').on('error', (error) => {
    why = `The stream broke: ${error.message}.`;
  });
  return {
    listen: (listener) =>
      void answer.on('data', (text: string) => {
        const all = events.take(text);
        if (all === undefined) return answer.destroy(new Error('an event was too long'));
        for (const data of all) if (!hasLeft) listener(data);
      }),
    leave: () => {
      hasLeft = true;
      answer.destroy();
    },
    ended,
  };
}

/** The text of a stream, cut into its events. A lone CR, which would end a line too, is written by no inspector. */
export class Events {
  readonly #mostLength: number;
  #rest = '';
  #data: string[] = [];
  #length = 0;
  #name = '';

  constructor(mostLength: number) {
    this.#mostLength = mostLength;
  }

  /** The data of each event without a name that is whole now; undefined once one is too long. */
  take(text: string): string[] | undefined {
    const found: string[] = [];
    const lines = text.split('\n');
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop()!;
    for (const line of lines) {
      this.#length += line.length;
      if (line !== '' && line !== '\r') this.#line(line.endsWith('\r') ? line.slice(0, -1) : line);
      else {
        if (this.#data.length > 0 && this.#name === '') found.push(this.#data.join('\n'));
        [this.#data, this.#name, this.#length] = [[], '', 0];
      }
    }
    return this.#length + this.#rest.length > this.#mostLength ? undefined : found;
  }

  #line(line: string): void {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#name = value;
  }
}
