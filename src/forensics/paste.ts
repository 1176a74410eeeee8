// Knows: how to find the heads in what people paste: raw heads with CRLF or LF, `curl -v`, the browsers' copied headers.
// Must not know: what is right in a handshake. It reads leniently, so that a faulty head can be shown line by line.
import { Fields, type RequestHead, type ResponseHead } from '../handshake/head.js';

/** A head as pasted. `raw` is the same with CRLF, for the strict parser; absent when there was no start line. */
export interface Pasted<Head> {
  readonly head: Head;
  readonly raw: string | undefined;
  /** What followed the head, at most 2000 characters. */
  readonly body: string;
  /** Lines of the head that are no field at all. */
  readonly strays: readonly string[];
}

/** One request and the answers to it; either may be missing from the paste. */
export interface Exchange {
  readonly request?: Pasted<RequestHead>;
  /** Interim answers such as 103 before the last one. */
  readonly interim: readonly Pasted<ResponseHead>[];
  readonly response?: Pasted<ResponseHead>;
}

const requestLine = /^([^\s:]+) +(\S.*) HTTP\/(\d+(?:\.\d+)?)$/i;
const statusLine = /^HTTP\/(\d+(?:\.\d+)?) +(\d{3})(?: (.*))?$/i;
const fieldLine = /^(:?[^:\s][^:]*?):(?:[ \t]*)(.*)$/;

interface Block {
  readonly start: string | undefined;
  readonly fields: string[];
  readonly body: string[];
}

/** All exchanges in the text, in order; none when nothing looks like a head. */
export function findExchanges(text: string): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const block of findBlocks(text)) {
    if (isRequest(block)) exchanges.push({ request: pasted(block, requestHead(block)), interim: [] });
    else addResponse(exchanges, pasted(block, responseHead(block)));
  }
  return exchanges;
}

function addResponse(exchanges: Exchange[], response: Pasted<ResponseHead>): void {
  const last = exchanges.at(-1);
  if (last === undefined || last.response !== undefined) {
    exchanges.push({ interim: [], response });
  } else if (response.head.status < 200 && response.head.status !== 101) {
    exchanges[exchanges.length - 1] = { ...last, interim: [...last.interim, response] };
  } else {
    exchanges[exchanges.length - 1] = { ...last, response };
  }
}

function findBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let isInBody = false;
  for (const line of unprefixed(text)) {
    const isStart = requestLine.test(line) || statusLine.test(line);
    const block = blocks.at(-1);
    if (isStart) {
      blocks.push({ start: line, fields: [], body: [] });
      isInBody = false;
    } else if (block === undefined) {
      if (fieldLine.test(line)) blocks.push({ start: undefined, fields: [line], body: [] });
    } else if (isInBody) block.body.push(line);
    else if (line === '') isInBody = true;
    else block.fields.push(line);
  }
  return blocks.filter((block) => block.start !== undefined || block.fields.length > 1);
}

/** Lines without line ends and without the marks of `curl -v`; its `*` and `{ }` lines are its own talk. */
function unprefixed(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const isCurl = lines.some((line) => /^[<>] (?:HTTP\/|\S+ \S+ HTTP\/)/.test(line));
  if (!isCurl) return lines.map(withoutTrailing);
  return lines.flatMap((line) => {
    if (/^[<>](?: |$)/.test(line)) return [line.slice(2)];
    return /^[*{}]/.test(line) ? [] : [line];
  });
}

/** Without spaces and tabs at the end. A pattern would look at each run of spaces from each of its places. */
function withoutTrailing(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line.slice(0, end);
}

function isRequest(block: Block): boolean {
  if (block.start !== undefined) return requestLine.test(block.start);
  return !block.fields.some((line) => /^(?:sec-websocket-accept|server|set-cookie):/i.test(line));
}

function pasted<Head>(block: Block, head: Head): Pasted<Head> {
  const strays = block.fields.filter((line) => !fieldLine.test(line));
  const raw =
    block.start === undefined ? undefined : `${[block.start, ...block.fields].join('\r\n')}\r\n\r\n`;
  return { head, raw, body: block.body.join('\n').trim().slice(0, 2000), strays };
}

function requestHead(block: Block): RequestHead {
  const match = requestLine.exec(block.start ?? '');
  const target = withoutTrailing(match?.[2] ?? '/');
  return {
    carrier: 'h1',
    method: match?.[1] ?? 'GET',
    // DevTools copies the whole URL where the wire had only the path.
    target: target.replace(/^wss?:\/\/[^/?#]*/i, '') || '/',
    version: match?.[3] ?? '1.1',
    fields: fieldsOf(block),
  };
}

function responseHead(block: Block): ResponseHead {
  const match = statusLine.exec(block.start ?? '');
  return {
    carrier: 'h1',
    version: match?.[1] ?? '1.1',
    status: Number(match?.[2] ?? 101),
    reason: match?.[3] ?? '',
    fields: fieldsOf(block),
  };
}

function fieldsOf(block: Block): Fields {
  const fields = new Fields();
  for (const line of block.fields) {
    const match = fieldLine.exec(line);
    if (match) fields.append(match[1]!.trim(), match[2]!);
  }
  return fields;
}
