// What is made of the figures: medians, ratios, whether a goal was met, and the table.
import { readFileSync } from 'node:fs';
import { ROWS } from './rows.js';

const isWs = (rival) => rival.startsWith('ws');
const called = (rival) => (rival === 'ws-native' ? 'ws + bufferutil' : rival);

/** A figure with its unit. */
export function show(row, value) {
  if (!ROWS[row].timed) return `${Math.round(value).toLocaleString('en')} B`;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} µs`;
}

/** One object a row. `results` has a Map of each row's figures by rival. */
export function report(results) {
  return [...results].map(([row, byRival]) => {
    const medians = Object.fromEntries([...byRival].map(([rival, numbers]) => [rival, median(numbers)]));
    return {
      row,
      load: ROWS[row].load,
      unit: ROWS[row].timed ? `µs of CPU per ${ROWS[row].timed}` : 'bytes of RSS per connection',
      rounds: Object.fromEntries(byRival),
      median: medians,
      goal: goal(row),
      missed: missed(row, medians),
    };
  });
}

/** In Markdown, with a column for each rival, the ratios, and the goals. */
export function table(results, rivals) {
  const pairs = rivals
    .filter(isWs)
    .flatMap((base) => rivals.filter((rival) => !isWs(rival)).map((rival) => [rival, base]))
    .filter(([rival, base]) => rival === 'handfast' || base === 'ws');
  const head = [
    'load',
    ...rivals.map(title),
    ...pairs.map(([rival, base]) => `${rival} ÷ ${base === 'ws' ? 'ws' : `(${called(base)})`}`),
    'goal',
    'met',
  ];
  const lines = report(results).map(({ row, load, median: of, goal, missed }) => [
    load,
    ...rivals.map((rival) => (of[rival] === undefined ? '–' : show(row, of[rival]))),
    ...pairs.map(([rival, base]) => ratio(of[rival], of[base])),
    goal,
    verdict(missed),
  ]);
  const cells = [head, head.map((_, at) => (at === 0 || at === head.length - 1 ? '---' : '---:')), ...lines];
  return cells.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function goal(row) {
  const { goal, ahead, atMost } = ROWS[row];
  const parts = [`≤ ${goal.toFixed(2)}`];
  if (ahead) parts.push(`< ${ahead}`);
  if (atMost) parts.push(`≤ ${show(row, atMost)}`);
  return parts.join(', ');
}

// What the goal is missed against; undefined when not all that it needs was measured.
function missed(row, { handfast, ...of }) {
  const { goal, ahead, atMost } = ROWS[row];
  if (handfast === undefined || of.ws === undefined || (ahead && of[ahead] === undefined)) return undefined;
  const bases = Object.keys(of).filter((rival) => isWs(rival) && handfast > goal * of[rival]);
  const missed = bases.map(called);
  if (ahead && handfast >= of[ahead]) missed.push(ahead);
  if (atMost && handfast > atMost) missed.push(show(row, atMost));
  return missed;
}

function verdict(missed) {
  if (missed === undefined) return '–';
  return missed.length === 0 ? 'yes' : `no: ${missed.join(', ')}`;
}

function ratio(value, base) {
  if (value === undefined || base === undefined) return '–';
  return (value / base).toFixed(value < 0.1 * base ? 3 : 2);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function title(rival) {
  const version = (file) => JSON.parse(readFileSync(file, 'utf8')).version;
  if (rival === 'handfast') return `handfast ${version('../package.json')}`;
  if (rival === 'ws-native') return `${called(rival)} ${version('node_modules/bufferutil/package.json')}`;
  return `${rival} ${version(`node_modules/${rival}/package.json`)}`;
}
