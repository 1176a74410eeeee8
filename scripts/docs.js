// `npm run docs` writes docs/reasons.md from the catalogue; with --check it only compares, and fails when they differ.
// The answers are made by the same code that answers on the wire, so the page cannot say anything else.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../docs/reasons.md', import.meta.url));
const { CATALOGUE } = await import('../dist/catalogue.js');
const { HeadParser, headFromHttp2, judgeRequest, refusal, writeRefusal } = await import(
  '../dist/handshake/index.js'
);
const { open } = await import('../dist/connection/settings.js');

const LAYERS = {
  url: 'URL and options',
  browser: 'Before anything is sent: the browser and the page',
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  h2: 'HTTP/2',
  forward: "The forward proxy on the client's side",
  http: 'HTTP before the upgrade',
  route: 'Routing: refused with a status',
  proxy: 'Proxies on the path',
  origin: 'Origin',
  auth: 'Authentication',
  limit: 'Limits',
  request: 'The request',
  response: 'The answer',
  subprotocol: 'Subprotocols',
  extension: 'Extensions',
  frame: 'Frames',
  message: 'Messages',
  ping: 'Ping and pong',
  close: 'Close',
  idle: 'Idle and lifetime',
  security: 'Security findings',
  conformance: 'Conformance findings',
  operation: 'Operation findings',
};
const ACTORS = {
  client: 'the client',
  server: 'the server',
  proxy: 'a proxy on the path',
  network: 'the network on the path',
  nobody: 'nobody: it passes',
};
// RFC 6455 §7.4.1: these two are never sent.
const NOT_SENT = [1005, 1006];
const HEX = /^[0-9a-f]{2}(?: [0-9a-f]{2})*$/;

const text = await render();
if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
  console.log(`docs: ${CATALOGUE.length} reasons in docs/reasons.md`);
} else if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
  console.error('docs/reasons.md is not what the catalogue says; npm run docs writes it');
  process.exit(1);
}

async function render() {
  const layers = Object.keys(LAYERS).filter((layer) => CATALOGUE.some((reason) => reason.layer === layer));
  const strangers = CATALOGUE.filter((reason) => !LAYERS[reason.layer]);
  if (strangers.length > 0)
    throw new Error(`layers without a heading: ${strangers.map((reason) => reason.layer)}`);
  const rows = (layer) => CATALOGUE.filter((reason) => reason.layer === layer);
  const parts = [intro(), '## Contents', ...layers.map((layer) => contents(layer, rows(layer)))];
  for (const layer of layers)
    parts.push(`## ${LAYERS[layer]}`, ...(await Promise.all(rows(layer).map(entry))));
  return `${parts.join('\n\n')}\n`;
}

function intro() {
  return [
    '# Reasons',
    '',
    '<!-- Written by `npm run docs` from the catalogue in src/. Change the rows there. -->',
    '',
    'Every way in which a handshake, a frame or a connection can fail has a row here. The code is what a refusal carries',
    'in its body, what `error.code` says with `WS_` before it, and what a log line shows. `npx handfast explain CODE`',
    'prints the same in a terminal. A code is never used again for another meaning.',
  ].join('\n');
}

function contents(layer, reasons) {
  const lines = reasons.map((reason) => `- [${reason.code}](#${anchor(reason)}): ${reason.title}`);
  return [`**[${LAYERS[layer]}](#${slug(LAYERS[layer])})**`, '', ...lines].join('\n');
}

function anchor(reason) {
  return reason.code.toLowerCase();
}

function slug(title) {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 ]/g, '')
    .replaceAll(' ', '-');
}

async function entry(reason) {
  return [
    `### ${reason.code}`,
    `**${prose(reason.title)}.** ${prose(reason.meaning)}`,
    `**Fix:** ${prose(reason.fix)}`,
    facts(reason),
    example(reason),
    ...(await answer(reason)),
  ].join('\n\n');
}

function facts(reason) {
  return [
    `- Who must act: ${ACTORS[reason.actor]}`,
    `- Does another try help: ${reason.retry}`,
    ...(reason.status ? [`- Status: ${reason.status}`] : []),
    ...(reason.closeCode ? [`- Close code: ${reason.closeCode}`] : []),
    `- Error code: \`WS_${reason.code}\`, stage \`${reason.stage}\``,
    `- Specification: ${reason.sections.map(section).join(', ')}`,
  ].join('\n');
}

// RFC 6455 §4.2.1 becomes a link; what is not an RFC stays as it is.
function section(name) {
  const [, number, place] = /^RFC (\d+)(?: §([\d.]+))?$/.exec(name) ?? [];
  if (!number) return name;
  return `[${name}](https://www.rfc-editor.org/rfc/rfc${number}${place ? `#section-${place}` : ''})`;
}

function example(reason) {
  if (!reason.example.includes('\n') && !HEX.test(reason.example))
    return `Smallest example: ${prose(reason.example)}`;
  return `Smallest example:\n\n${block(reason.example)}`;
}

async function answer(reason) {
  if (reason.status) return [`The answer:\n\n${block(refusalOf(reason))}`];
  if (!reason.closeCode) return [];
  if (NOT_SENT.includes(reason.closeCode)) {
    return [`No close frame says ${reason.closeCode}: it never travels, it is what the close record shows.`];
  }
  const sent = HEX.test(reason.example) ? await closeFrameFor(reason) : undefined;
  if (!sent) return [];
  const words = sent.length > 4 ? `, "${sent.toString('utf8', 4)}"` : '';
  return [
    `The close frame that answers it:\n\n${block(`${hex(sent)}\n= close ${sent.readUInt16BE(2)}${words}`)}`,
  ];
}

// A raw request is judged, so that the answer shows what was seen in it; for the others there is only the row.
function refusalOf(reason) {
  const judged = reason.example.includes('\n') ? rejectionOf(reason.example) : undefined;
  const rejection = judged?.reason.code === reason.code ? judged : { reason, evidence: {} };
  return reason.layer === 'h2' ? overHttp2(rejection) : writeRefusal(rejection);
}

// As the tools of browsers show it: the status is a pseudo-header field, names are in lower case.
function overHttp2(rejection) {
  const { status, fields, body } = refusal(rejection, { carrier: 'h2' });
  const lines = [...fields].map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return [`:status: ${status}`, ...lines, '', body].join('\n');
}

function rejectionOf(example) {
  if (example.startsWith(':')) {
    const raw = example.split('\n').flatMap((line) => line.split(/(?<=.): /, 2));
    const verdict = judgeRequest(headFromHttp2(raw, false));
    return verdict.ok ? undefined : verdict.rejection;
  }
  const bytes = Buffer.from(`${example.replaceAll('\n', '\r\n')}\r\n\r\n`, 'latin1');
  const progress = new HeadParser('request').push(bytes);
  if (progress.state !== 'head') return progress.rejection;
  const verdict = judgeRequest(progress.head);
  return verdict.ok ? undefined : verdict.rejection;
}

// The frames are fed to a real connection, a server's and then a client's; what it sends back is shown, unmasked.
async function closeFrameFor(reason) {
  for (const role of ['server', 'client']) {
    const { record, sent } = await feed(role, Buffer.from(reason.example.replaceAll(' ', ''), 'hex'));
    const echoed =
      record.cause === undefined && sent.length >= 4 && sent.readUInt16BE(2) === reason.closeCode;
    if (record.cause === reason.code || echoed) return sent.length >= 4 ? sent : undefined;
  }
  return undefined;
}

async function feed(role, bytes) {
  const written = [];
  const duplex = new Duplex({ read() {}, write: (chunk, _, done) => done(void written.push(chunk)) });
  const connection = open(duplex, { role, heartbeat: false });
  duplex.push(bytes);
  duplex.push(null);
  const record = await connection.closed;
  const sent = Buffer.concat(written);
  return { record, sent: sent.length > 0 && sent[1] & 0x80 ? unmasked(sent) : sent };
}

function unmasked(frame) {
  const mask = frame.subarray(2, 6);
  const payload = frame.subarray(6).map((byte, at) => byte ^ mask[at & 3]);
  return Buffer.concat([Buffer.from([frame[0], frame[1] & 0x7f]), payload]);
}

function hex(bytes) {
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  return text.length > 24 ? `${text.slice(0, 24).join(' ')} ...` : text.join(' ');
}

function block(content) {
  return `\`\`\`text\n${content.replaceAll('\r\n', '\n').trimEnd()}\n\`\`\``;
}

// Angle brackets and pipes of a row must not become markup.
function prose(words) {
  return words.replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
