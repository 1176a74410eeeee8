// Knows: HAR 1.2 as a schema, as strict as its text is, with what the importer of Chromium's DevTools (HARFormat.ts) refuses: a
// date or a number that is none. Must not know: who wrote the archive. http://www.softwareishard.com/blog/har-12-spec/
import { Ajv, type ErrorObject } from 'ajv';

const object = (properties: Record<string, object>, ...optional: string[]) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  // Names that begin with an underscore are anybody's own.
  patternProperties: { '^_': {} },
  additionalProperties: false,
});
const list = (items: object) => ({ type: 'array', items });
const string = { type: 'string' };
const number = { type: 'number' };
const date = {
  type: 'string',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
};
const time = { type: 'number', minimum: 0 };
const pairs = list(object({ name: string, value: string }));
const message = object({ type: { enum: ['send', 'receive'] }, time, opcode: number, data: string });

const request = object({
  method: string,
  url: { type: 'string', pattern: '^wss?://' },
  httpVersion: string,
  cookies: { type: 'array' },
  headers: pairs,
  queryString: pairs,
  headersSize: number,
  bodySize: number,
});
const response = object({
  status: number,
  statusText: string,
  httpVersion: string,
  cookies: { type: 'array' },
  headers: pairs,
  content: object({ size: time, mimeType: string, text: string }, 'text'),
  redirectURL: string,
  headersSize: number,
  bodySize: number,
});
const entry = {
  ...object(
    {
      startedDateTime: date,
      time,
      request,
      response,
      cache: { type: 'object' },
      timings: object({ send: time, wait: time, receive: time }),
      serverIPAddress: string,
      connection: string,
      _resourceType: { const: 'websocket' },
      _webSocketMessages: list(message),
    },
    'connection',
    '_webSocketMessages',
  ),
};
const creator = object({ name: string, version: string });
const log = object({ version: { const: '1.2' }, creator, pages: { type: 'array' }, entries: list(entry) });

const validate = new Ajv({ allowMatchingProperties: true, allErrors: true }).compile(object({ log }));

/** What of it is no HAR 1.2; empty when it is one. */
export function harFaults(har: unknown): string[] {
  validate(har);
  return (validate.errors ?? []).map(
    ({ instancePath, message }: ErrorObject) => `${instancePath} ${message}`,
  );
}
