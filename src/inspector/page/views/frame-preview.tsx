// Knows: one message below the table: its frames bit by bit, and its payload in each form that it can be read as.
import { useSignal } from '@preact/signals';
import type { FrameRow } from '../../protocol.js';
import type { Decoded, Talk } from '../decoders/decoder.js';
import { Copy } from '../parts/copy.js';
import { Icon } from '../parts/icon.js';
import { Safe } from '../parts/safe.js';
import { Tree } from '../parts/tree.js';
import { octets } from '../state/figures.js';
import { type Form, formsOf } from '../state/forms.js';
import { type Line, opcodeName, readingOf } from '../state/frames.js';
import { server } from '../state/news.js';
import { hexLines, type Reading } from '../state/payload.js';
import { HeaderBits } from './header-bits.js';

const MOST_HEX_OCTETS = 4096;

interface Props {
  readonly line: Line;
  readonly talk: Talk;
  readonly close: () => void;
}

export function FramePreview({ line, talk, close }: Props) {
  const read = readingOf(line);
  // Of a frame that must not be often only the header was read.
  const reading = line.faulty !== undefined && read?.bytes.length === 0 ? undefined : read;
  const forms = reading === undefined ? [] : formsOf(line, talk);
  const chosen = useSignal<string | undefined>(undefined);
  const form = forms.find(({ key }) => key === chosen.value) ?? forms[0];
  return (
    <section class="preview" aria-label={`Frame ${line.n}`}>
      <header>
        <fieldset class="forms" hidden={forms.length === 0}>
          <legend class="unheard">Read as</legend>
          {forms.map(({ key, label }) => (
            <button
              key={key}
              type="button"
              aria-pressed={form?.key === key}
              onClick={() => (chosen.value = key)}
            >
              {label}
            </button>
          ))}
        </fieldset>
        <span class="facts">{facts(line, reading)}</span>
        {reading?.text !== undefined && <Copy label="copy" text={reading.text} title="Copy the text" />}
        <button type="button" class="tool-button" aria-label="Close the frame" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="payload" tabIndex={0}>
        {line.faulty !== undefined && <HeaderBits frame={line.faulty} />}
        {line.frames.length > 1 && <Fragments frames={line.frames} />}
        {reading === undefined || form === undefined ? (
          <Uncaptured line={line} />
        ) : (
          <Payload reading={reading} form={form} />
        )}
      </div>
    </section>
  );
}

function facts(line: Line, reading: Reading | undefined): string {
  const first = line.frames[0]!;
  const bits = [
    line.direction === 'in' ? 'received' : 'sent',
    `${line.frames.at(-1)!.fin ? '' : 'no '}FIN`,
    ...(first.rsv === 0 ? [] : [`RSV ${(first.rsv >> 4).toString(2).padStart(3, '0')}`]),
    first.masked ? 'masked' : 'unmasked',
    `${octets(line.wireBytes)} on the wire`,
    ...(line.inflatedBytes === undefined ? [] : [`${octets(line.inflatedBytes)} inflated`]),
  ];
  if (reading !== undefined && reading.bytes.length < line.payloadBytes)
    bits.push(`the first ${octets(reading.bytes.length)} kept`);
  return bits.join(' · ');
}

function Fragments({ frames }: { readonly frames: readonly FrameRow[] }) {
  return (
    <details class="fragments-list">
      <summary>{frames.length} fragments</summary>
      <ol>
        {frames.map((frame) => (
          <li key={frame.n}>
            {opcodeName(frame.opcode)}
            {frame.fin ? ', FIN' : ''}, {octets(frame.wireBytes)}
          </li>
        ))}
      </ol>
    </details>
  );
}

function Uncaptured({ line }: { readonly line: Line }) {
  if (line.faulty !== undefined) return <p class="kind">Of its payload nothing was read or kept.</p>;
  if (line.note !== undefined) {
    return (
      <p>
        <Safe text={line.note} />
      </p>
    );
  }
  if (line.payloadBytes === 0) return <p class="kind">An empty payload.</p>;
  return (
    <p class="kind">
      {server.value?.capturesPayload
        ? 'Its payload was not captured.'
        : 'The inspector of this server keeps sizes and times, not payloads.'}
    </p>
  );
}

function Payload({ reading, form }: { readonly reading: Reading; readonly form: Form }) {
  if (form.decoded !== undefined) return <DecodedPayload decoded={form.decoded} />;
  if (form.key === 'json') return <Tree value={reading.json} />;
  if (form.key === 'text') return <Text text={reading.text ?? ''} />;
  return (
    <pre class="hex">
      {hexLines(reading.bytes.subarray(0, MOST_HEX_OCTETS)).map((line) => (
        <span key={line.offset}>
          <span class="offset">{line.offset}</span> {line.octets.padEnd(47)}{' '}
          <span class="ascii">{line.text}</span>
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

/** What a protocol makes of it: its own facts, then what it carries. */
function DecodedPayload({ decoded: { brief, facts, body } }: { readonly decoded: Decoded }) {
  return (
    <>
      {facts === undefined && body === undefined && <Text text={brief} />}
      {facts !== undefined && (
        <dl class="decoded">
          {facts.map(([name, value], index) => (
            <div key={`${index} ${name}`}>
              <dt>
                <Safe text={name} />
              </dt>
              <dd>
                <Safe text={value} block />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {body !== undefined && (typeof body === 'string' ? <Text text={body} /> : <Tree value={body} />)}
    </>
  );
}

function Text({ text }: { readonly text: string }) {
  return (
    <pre>
      <Safe text={text} block />
    </pre>
  );
}
