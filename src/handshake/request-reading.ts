// Knows: what the rules for a request want to know of its fields, gathered in one pass over them.
// Must not know: which value is right. A name is told by its length first: most fields of a head are none of ours.
import { type ExtensionOffer, listIncludes, parseExtensions, parseTokenList, SyntaxFault } from './fields.js';
import { HEAD_LIMITS, type RequestHead } from './head.js';

export interface JudgeOptions {
  /** More field lines than this are refused, for heads that another parser read. Default 100. */
  readonly maxFields?: number;
  /** A larger head over HTTP/2 is refused. Default 16,384. */
  readonly maxBytes?: number;
  /** Bytes that came with the head, before any answer; only an audit mentions them. Default 0. */
  readonly earlyBytes?: number;
}

/** A request and what its rules read from it. Of a field that comes several times, the lines are joined as one list. */
export class RequestReading {
  readonly head: RequestHead;
  readonly maxFields: number;
  readonly maxBytes: number;
  readonly earlyBytes: number;
  /** The first of them. */
  host: string | undefined = undefined;
  hosts = 0;
  /** The first of them. */
  origin: string | undefined = undefined;
  origins = 0;
  /** The first of them. */
  key: string | undefined = undefined;
  keys = 0;
  version: string | undefined = undefined;
  versions = 0;
  upgrade: string | undefined = undefined;
  connection: string | undefined = undefined;
  contentLength: string | undefined = undefined;
  transferEncoding: string | undefined = undefined;
  /** The fields of the draft of 2010, `Sec-WebSocket-Key1` and `-Key2`. */
  isHixie = false;
  /** True when Upgrade lists `websocket`. */
  readonly asksForWebSocket: boolean;
  readonly subprotocols: readonly string[] | SyntaxFault;
  readonly extensions: readonly ExtensionOffer[] | SyntaxFault;
  #subprotocols: string | undefined = undefined;
  #extensions: string | undefined = undefined;

  constructor(head: RequestHead, options: JudgeOptions = {}) {
    this.head = head;
    this.maxFields = options.maxFields ?? HEAD_LIMITS.maxFields;
    this.maxBytes = options.maxBytes ?? HEAD_LIMITS.maxBytes;
    this.earlyBytes = options.earlyBytes ?? 0;
    const { fields } = head;
    for (let at = 0; at < fields.size; at++) this.#note(at);
    this.asksForWebSocket = this.upgrade !== undefined && listIncludes(this.upgrade, 'websocket');
    this.subprotocols = readSubprotocols(this.#subprotocols);
    this.extensions = this.#extensions === undefined ? NONE : parseExtensions(this.#extensions);
  }

  #note(at: number): void {
    const { fields } = this.head;
    switch (fields.nameLength(at)) {
      case 4:
        if (fields.isNamed(at, 'host') && this.hosts++ === 0) this.host = fields.value(at);
        break;
      case 6:
        if (fields.isNamed(at, 'origin') && this.origins++ === 0) this.origin = fields.value(at);
        break;
      case 7:
        if (fields.isNamed(at, 'upgrade')) this.upgrade = joined(this.upgrade, fields.value(at));
        break;
      case 10:
        if (fields.isNamed(at, 'connection')) this.connection = joined(this.connection, fields.value(at));
        break;
      case 14:
        if (fields.isNamed(at, 'content-length')) {
          this.contentLength = joined(this.contentLength, fields.value(at));
        }
        break;
      default:
        this.#noteLong(at);
    }
  }

  #noteLong(at: number): void {
    const { fields } = this.head;
    switch (fields.nameLength(at)) {
      case 17:
        if (fields.isNamed(at, 'sec-websocket-key')) {
          if (this.keys++ === 0) this.key = fields.value(at);
        } else if (fields.isNamed(at, 'transfer-encoding')) {
          this.transferEncoding = joined(this.transferEncoding, fields.value(at));
        }
        break;
      case 18:
        this.isHixie ||= fields.isNamed(at, 'sec-websocket-key1') || fields.isNamed(at, 'sec-websocket-key2');
        break;
      case 21:
        if (fields.isNamed(at, 'sec-websocket-version')) {
          this.versions++;
          this.version = joined(this.version, fields.value(at));
        }
        break;
      case 22:
        if (fields.isNamed(at, 'sec-websocket-protocol')) {
          this.#subprotocols = joined(this.#subprotocols, fields.value(at));
        }
        break;
      case 24:
        if (fields.isNamed(at, 'sec-websocket-extensions')) {
          this.#extensions = joined(this.#extensions, fields.value(at));
        }
        break;
    }
  }
}

/** RFC 9110 §5.3. */
function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

const NONE: readonly never[] = [];

function readSubprotocols(value: string | undefined): readonly string[] | SyntaxFault {
  if (value === undefined) return NONE;
  const names = parseTokenList(value);
  if (names instanceof SyntaxFault) return names;
  // RFC 6455 §4.3: 1#token; §4.1(10): each of them once.
  if (names.length === 0) return new SyntaxFault(0, 'at least one name');
  return new Set(names).size === names.length ? names : new SyntaxFault(0, 'each name once');
}
