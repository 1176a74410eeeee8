// Knows: one handshake explained: what is wrong and how it is put right, both heads field by field, the steps, the accept
// value, the way it came, which clients would open.
import type { Detail } from '../../protocol.js';
import { Heads } from '../parts/heads.js';
import { Icon } from '../parts/icon.js';
import { Mark } from '../parts/mark.js';
import { Safe } from '../parts/safe.js';
import { measured } from '../state/figures.js';
import { Wrong } from './wrong.js';

export function Handshake({ facts }: { readonly facts: Detail }) {
  return (
    <>
      {facts.reason !== undefined && <Wrong reason={facts.reason} recipes={facts.recipes} />}
      {facts.firstOctets !== undefined && <FirstOctets octets={facts.firstOctets} />}
      <Heads request={facts.request} response={facts.response} />
      <div class="sections">
        {facts.steps.length > 0 && <Steps steps={facts.steps} />}
        {facts.accept !== undefined && <Accept accept={facts.accept} />}
        {facts.hops.length > 0 && <Hops hops={facts.hops} />}
        {facts.clients.length > 0 && <Clients clients={facts.clients} />}
      </div>
    </>
  );
}

function FirstOctets({ octets }: { readonly octets: NonNullable<Detail['firstOctets']> }) {
  return (
    <section class="card">
      <h3>The first octets</h3>
      <p>
        <Safe text={octets.spelled} />
      </p>
      <code class="octets">{octets.hex}</code>
    </section>
  );
}

function Steps({ steps }: { readonly steps: Detail['steps'] }) {
  const longest = Math.max(1, ...steps.map((step) => step.ms ?? 0));
  return (
    <section class="card">
      <h3>Step by step</h3>
      <ol class="steps">
        {steps.map((step) => (
          <li key={step.name}>
            <Mark mark={step.mark} />
            <span class="name">{step.name}</span>
            <span class="text">
              <Safe text={step.text} />
            </span>
            {step.ms !== undefined && (
              <span class="took">
                <span class="bar-of" aria-hidden="true">
                  <span style={{ width: `${(step.ms / longest) * 100}%` }} />
                </span>
                {measured(step.ms)}
              </span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** RFC 6455 §4.2.2: SHA-1 of the key and the GUID, in base64. */
function Accept({ accept }: { readonly accept: NonNullable<Detail['accept']> }) {
  const isSent = accept.sent !== '';
  const isRight = accept.sent === accept.expected;
  return (
    <section class="card">
      <h3>The accept value</h3>
      <dl class="accept">
        <dt>key</dt>
        <dd>
          <Safe text={accept.key} />
        </dd>
        <dt>+ GUID</dt>
        <dd>{GUID}</dd>
        <dt>SHA-1, base64</dt>
        <dd>{accept.expected}</dd>
        <dt>sent</dt>
        <dd>
          <Mark mark={isSent ? (isRight ? 'good' : 'bad') : 'skip'} />{' '}
          {isSent ? <Safe text={accept.sent} /> : 'nothing: it was not accepted'}
        </dd>
      </dl>
    </section>
  );
}

function Hops({ hops }: { readonly hops: Detail['hops'] }) {
  return (
    <section class="card">
      <h3>The way it came</h3>
      <ol class="hops">
        {hops.map((hop) => (
          <li key={hop.name}>
            <b>
              <Safe text={hop.name} />
            </b>
            <span>
              <Safe text={hop.tell} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Clients({ clients }: { readonly clients: Detail['clients'] }) {
  return (
    <section class="card">
      <h3>Who would open on this answer</h3>
      <table class="clients">
        <thead>
          <tr>
            <th scope="col">Client</th>
            <th scope="col">Outcome</th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {clients.map((client) => (
            <tr key={`${client.client} ${client.version}`}>
              <th scope="row">
                {client.client} <span class="version">{client.version}</span>
              </th>
              <td class={client.outcome === 'accepts' ? 'tone-good' : 'tone-bad'}>
                <Icon name={client.outcome === 'accepts' ? 'good' : 'bad'} /> {client.outcome}
              </td>
              <td>{client.message === undefined ? '' : <Safe text={client.message} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
