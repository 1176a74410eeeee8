// Knows: how a connection ended, told: who, in which phase, with which code, why, how the transport went.

import { type CloseCode, closeCode } from '../../../forensics/close-codes.js';
import type { Detail, EndState, HandshakeRow } from '../../protocol.js';
import { Icon } from '../parts/icon.js';
import { Prose } from '../parts/prose.js';
import { Safe } from '../parts/safe.js';
import { Spec } from '../parts/spec.js';
import { clock, span } from '../state/figures.js';
import { Cause } from './cause.js';

const initiators: Readonly<Record<EndState['initiator'], string>> = {
  local: 'this server',
  peer: 'the client',
  network: 'nobody: the network',
};
const hows: Readonly<Record<EndState['how'], string>> = {
  fin: 'FIN, in order',
  rst: 'RST, cut off',
  error: 'with an error',
  destroyed: 'destroyed here',
};

/** So says the table of close codes where all went well. */
const NOTHING_TO_DO = 'Nothing.';

export function End({ row, facts }: { readonly row: HandshakeRow; readonly facts: Detail }) {
  const end = row.connection?.end;
  if (end === undefined) return <p class="nothing">The connection is open.</p>;
  const code = closeCode(end.code);
  return (
    <>
      <section class={`card ending ${end.clean ? 'is-clean' : 'is-cut'}`}>
        <h3>
          <Icon name={end.clean ? 'closed' : 'cut'} />
          <span class="figure">{end.code}</span> {code?.name ?? ''}
          <span class="who">{end.who}</span>
        </h3>
        {facts.end !== undefined && <Cause cause={facts.end.cause} open={facts.hops.length + 1} />}
        {facts.end === undefined && code !== undefined && <Meaning code={code} />}
      </section>
      <section class="card">
        <h3>What was seen</h3>
        {facts.end !== undefined && (
          <p>
            <Safe text={facts.end.explanation} />
          </p>
        )}
        <dl class="facts-list">
          <Fact name="ended by">{initiators[end.initiator]}</Fact>
          {facts.end === undefined && <OwnFacts end={end} />}
          {end.cause !== undefined && (
            <Fact name="recorded as">
              <Safe text={end.cause} />
            </Fact>
          )}
          <Fact name="at">
            {clock(end.at, true)}, after {span(row.connection!.openMs)}
          </Fact>
          {facts.end?.facts.map(([name, value]) => (
            <Fact key={name} name={name}>
              <Safe text={value} />
            </Fact>
          ))}
        </dl>
      </section>
    </>
  );
}

/** Of the code alone, where the server has kept no more. */
function Meaning({ code }: { readonly code: CloseCode }) {
  return (
    <p>
      <Prose text={code.action === NOTHING_TO_DO ? code.meaning : `${code.meaning} ${code.action}`} />{' '}
      <Spec section={code.section} />
    </p>
  );
}

/** What the row says of itself, where the server has kept no more. */
function OwnFacts({ end }: { readonly end: EndState }) {
  return (
    <>
      <Fact name="close frames">{end.clean ? 'both ways' : 'not both'}</Fact>
      <Fact name="reason given">{end.reason === '' ? 'none' : <Safe text={end.reason} />}</Fact>
      <Fact name="transport">{hows[end.how]}</Fact>
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
