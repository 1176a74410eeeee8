// Fields of the handshake that nginx takes away or hides, in the request and in the answer. RFC 6455 §4, §9.
import { REFLECT_TOKEN } from './backends.js';
import { type NginxRow, right } from './nginx-lines.js';

const CHAT = { subprotocols: ['chat.v2', 'chat.v1'] };
const drop = (field: string) => `proxy_set_header ${field} "";`;
const hide = (field: string) => `proxy_hide_header ${field};`;

const requests: readonly NginxRow[] = [
  {
    name: 'Sec-WebSocket-Extensions dropped',
    expect: [],
    lines: ({ ws }) => right(ws, drop('Sec-WebSocket-Extensions')),
    shows: /^HTTP\/1\.1 101 (?![\s\S]*Sec-WebSocket-Extensions)/,
  },
  {
    name: 'Sec-WebSocket-Extensions dropped, reflected',
    expect: [],
    findings: ['PROXY_HEADER_DROPPED'],
    options: { reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => right(reflecting, drop('Sec-WebSocket-Extensions')),
    shows: /./,
  },
  {
    name: 'Sec-WebSocket-Protocol dropped',
    expect: ['PROTO_NOT_SELECTED'],
    why: 'to a client it is all the same whether the offer, the choice or the server was lost; the row with reflect tells',
    options: CHAT,
    lines: ({ ws }) => right(ws, drop('Sec-WebSocket-Protocol')),
    shows: /^HTTP\/1\.1 101 (?![\s\S]*Sec-WebSocket-Protocol)/,
  },
  {
    name: 'Sec-WebSocket-Protocol dropped, reflected',
    expect: ['PROXY_HEADER_DROPPED'],
    options: { ...CHAT, reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => right(reflecting, drop('Sec-WebSocket-Protocol')),
    shows: /./,
  },
  {
    name: 'Sec-WebSocket-Key dropped',
    expect: ['PROXY_HEADER_DROPPED'],
    lines: ({ ws }) => right(ws, drop('Sec-WebSocket-Key')),
    shows: /^HTTP\/1\.1 400 [\s\S]*Missing or invalid Sec-WebSocket-Key header/,
  },
  {
    name: 'Sec-WebSocket-Version dropped',
    expect: ['PROXY_HEADER_DROPPED'],
    lines: ({ ws }) => right(ws, drop('Sec-WebSocket-Version')),
    shows: /^HTTP\/1\.1 400 [\s\S]*Missing or invalid Sec-WebSocket-Version header/,
  },
  {
    name: 'Origin dropped, reflected',
    expect: [],
    findings: ['PROXY_HEADER_DROPPED'],
    options: { reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => right(reflecting, drop('Origin')),
    shows: /./,
  },
];

const answers: readonly NginxRow[] = [
  {
    name: 'Sec-WebSocket-Protocol hidden',
    expect: ['PROTO_NOT_SELECTED'],
    options: CHAT,
    lines: ({ ws }) => right(ws, hide('Sec-WebSocket-Protocol')),
    shows: /^HTTP\/1\.1 101 (?![\s\S]*Sec-WebSocket-Protocol)/,
  },
  {
    name: 'Sec-WebSocket-Extensions hidden, and the server greets compressed',
    expect: ['EXT_STRIPPED_ONE_WAY'],
    lines: ({ greeting }) => right(greeting, hide('Sec-WebSocket-Extensions')),
    shows: /^HTTP\/1\.1 101 (?![\s\S]*Sec-WebSocket-Extensions)[\s\S]*\n\n\\xc1/,
  },
  {
    name: 'Sec-WebSocket-Accept hidden',
    expect: ['RESP_ACCEPT_MISSING'],
    lines: ({ ws }) => right(ws, hide('Sec-WebSocket-Accept')),
    shows: /^HTTP\/1\.1 101 (?![\s\S]*Sec-WebSocket-Accept)/,
  },
  {
    name: 'Upgrade hidden',
    expect: ['RESP_UPGRADE_MISSING'],
    lines: ({ ws }) => right(ws, hide('Upgrade')),
    shows: /^HTTP\/1\.1 101 (?![\s\S]*\nUpgrade:)/,
  },
  {
    name: "another key's accept, passed on",
    expect: ['RESP_ACCEPT_WRONG'],
    subcause: 'RFC_SAMPLE_HARDCODED',
    lines: ({ wrongAccept }) => right(wrongAccept),
    shows: /\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\n/,
  },
  {
    name: 'a 101 without Connection, which nginx mends',
    expect: [],
    lines: ({ withoutConnection }) => right(withoutConnection),
    shows: /^HTTP\/1\.1 101 [\s\S]*\nConnection: upgrade\n/,
  },
];

export const nginxFields: readonly NginxRow[] = [...requests, ...answers];
