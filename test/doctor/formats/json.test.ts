// The JSON report against its published schema, and read back for comparison.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { jsonReport, jsonText, readReports } from '../../../src/doctor/formats/json.js';
import { reasonUrl } from '../../../src/reason.js';
import { root } from '../../support/needs.js';
import { all, finding, healthy, origin, report, stripped } from './reports.js';

const schema = JSON.parse(readFileSync(new URL('docs/doctor-report.schema.json', root), 'utf8'));
const validate = new Ajv2020({ allErrors: true, formats: { uri: /^https:/ } }).compile(schema);

describe('the JSON report', () => {
  for (const [name, each] of Object.entries(all)) {
    test(`${name} is as docs/doctor-report.schema.json has it`, () => {
      const value = JSON.parse(jsonText([each]));
      assert.ok(validate(value), JSON.stringify(validate.errors));
    });
  }

  test('the schema refuses what is no report', () => {
    const broken: readonly Record<string, unknown>[] = [
      {},
      { ...jsonReport(healthy), schema: 'handfast-report/2' },
      { ...jsonReport(healthy), grade: 'E' },
      { ...jsonReport(healthy), exit: 7 },
      { ...jsonReport(stripped), causes: stripped.causes },
    ];
    for (const value of broken) assert.equal(validate(value), false, JSON.stringify(value).slice(0, 80));
  });

  test('a finding is a problem document and names its probes', () => {
    const [cause] = JSON.parse(jsonText([origin])).causes;
    assert.equal(cause.type, reasonUrl('ORIGIN_REJECTED'));
    assert.equal(cause.layer, 'origin');
    assert.equal(cause.title, 'The server refuses your Origin');
    assert.deepEqual(cause.evidence, ['p1', 'p2', 'p3']);
  });

  test('several reports are a line each', () => {
    const text = jsonText([healthy, stripped], 'line');
    assert.deepEqual(
      text.split('\n').map((line) => (line === '' ? '' : JSON.parse(line).target)),
      [healthy.target, stripped.target, ''],
    );
  });

  test('nothing in it controls a terminal or turns text around', () => {
    for (const form of ['indented', 'line'] as const) {
      assert.doesNotMatch(jsonText(Object.values(all), form), /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\u2028\u2029]/u);
    }
  });
});

describe('reading reports', () => {
  test('one, several in lines, several in an array', () => {
    const one = readReports(jsonText([healthy]));
    const lines = readReports(jsonText([healthy, stripped], 'line'));
    const array = readReports(JSON.stringify([jsonReport(healthy), jsonReport(stripped)]));
    assert.ok(typeof one === 'object' && typeof lines === 'object');
    assert.equal(one[0]!.target, healthy.target);
    assert.deepEqual(
      lines.map(({ target }) => target),
      [healthy.target, stripped.target],
    );
    assert.deepEqual(array, lines);
  });

  test('what it does not know it refuses in words', () => {
    for (const text of ['', 'no', '[]', '{}', '3', 'null', '{"schema":"handfast-report/1"}', '{"a":1}\n{']) {
      assert.equal(typeof readReports(text), 'string', text);
    }
    const unfit = [
      { stages: [null] },
      { causes: [{ code: 1, title: '' }] },
      { findings: 'none' },
      { target: undefined },
    ];
    for (const change of unfit) {
      assert.equal(typeof readReports(JSON.stringify({ ...healthy, ...change })), 'string');
    }
  });

  test('what a file says is made safe as well', () => {
    const [read] = readReports(
      JSON.stringify(report({ findings: [finding({ title: 'a\x1b[31mb\u202e' })] })),
    ) as ReturnType<typeof report>[];
    assert.equal(read!.findings[0]!.title, 'a\\x1b[31mb\\u{202e}');
  });
});
