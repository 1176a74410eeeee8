// Knows: what the HTML report shows as proof: probes with both heads read aloud, frames, clients, what a backend saw.
// Must not know: what follows from it.
import type { HeadLine } from '../../forensics/annotate.js';
import type { ClientVerdict } from '../../forensics/clients.js';
import { properName } from '../../forensics/program-names.js';
import type { ProbeShown, ReflectedLine } from '../report.js';
import { requestLines, responseLines } from './heads.js';
import { type Markup, markup } from './markup.js';
import { duration } from './words.js';

const outcomes = {
  accepts: ['good', '✓ opens'],
  refuses: ['bad', '✗ refuses'],
  hangs: ['bad', '✗ hangs'],
} as const;

/** Who would take this answer. */
export function clientTable(clients: readonly ClientVerdict[]): Markup {
  const rows = clients.map(({ client, version, outcome, message, code }) => {
    const [tone, word] = outcomes[outcome];
    return markup`<tr><td class="short">${properName(client)} <span class="faint">${version}</span></td><td class="short ${tone}">${word}</td><td class="wide">${message}${code === undefined ? undefined : markup` <code>${code}</code>`}</td></tr>`;
  });
  return markup`<h2>Clients</h2><div class="scroll"><table class="stack"><tbody>${rows}</tbody></table></div>`;
}

export function reflectedTable(lines: readonly ReflectedLine[]): Markup {
  const tones = { ' ': '', '-': 'removed', '+': 'added', '~': 'added' } as const;
  const rows = lines.map(
    ({ mark, sent, seen, code }) =>
      markup`<tr class="${tones[mark]}"><td class="sign">${mark}</td><td class="text">${sent}</td><td class="text">${mark === '-' ? '(removed)' : seen}${code === undefined ? undefined : markup`<br><b>${code}</b>`}</td></tr>`,
  );
  return markup`<h2>What reached the backend</h2><div class="scroll"><table><thead><tr><th></th><th>sent by us</th><th>seen by the backend</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

export function probeList(probes: readonly ProbeShown[]): Markup {
  return markup`<h2>Probes</h2>${probes.map(probeDetails)}`;
}

function probeDetails(probe: ProbeShown): Markup {
  const { id, about, result, address, body, events, end, times } = probe;
  const spent = Object.entries(times).map(([name, ms]) => `${name.replace(/Ms$/, '')} ${duration(ms)}`);
  return markup`<details>
<summary><b>${id}</b><span class="what">${about}</span><code>${result}</code></summary>
<p class="faint">${[address, ...spent, end].filter((part) => part !== undefined).join(' · ')}</p>
${headTable('Request', requestLines(probe), probe.request)}
${headTable('Answer', responseLines(probe), probe.response)}
${body === undefined || body === '' ? undefined : markup`<pre>${body}</pre>`}
${events.length === 0 ? undefined : frameTable(events)}
</details>`;
}

const signs = { good: '✓', warn: '!', bad: '✗', skip: '–', none: '' } as const;

/** Every line with what it is; as it stands where it cannot be read as a head. */
function headTable(title: string, lines: readonly HeadLine[], text: string | undefined): Markup | undefined {
  if (lines.length === 0) return text === undefined ? undefined : markup`<pre>${text}</pre>`;
  const rows = lines.map(({ label, value, mark, code, note, section }) => {
    const shown = label === '' ? value : `${label}: ${value}`;
    const about = [code, note].filter(Boolean).join(' · ');
    return markup`<tr><td class="sign ${mark}">${signs[mark]}</td><td class="text">${shown}</td><td class="wide">${about} <span class="faint">${section}</span></td></tr>`;
  });
  return markup`<div class="scroll"><table class="stack heads"><thead><tr><th></th><th>${title}</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function frameTable(events: ProbeShown['events']): Markup {
  const rows = events.map(
    ({ atMs, direction, text }) =>
      markup`<tr><td class="short faint">${duration(atMs)}</td><td class="short">${direction === 'in' ? '← in' : '→ out'}</td><td class="text">${text}</td></tr>`,
  );
  return markup`<div class="scroll"><table><thead><tr><th>Time</th><th></th><th>Frame</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
