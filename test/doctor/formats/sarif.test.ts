// SARIF 2.1.0: what the standard and code scanning ask of a log, and alerts that stay the same from run to run.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sarif } from '../../../src/doctor/formats/sarif.js';
import { reasonUrl } from '../../../src/reason.js';
import { all, finding, gradeB, healthy, hostile, report, stripped } from './reports.js';

// biome-ignore lint/suspicious/noExplicitAny: a foreign document
const read = (...given: Parameters<typeof sarif>): any => JSON.parse(sarif(...given));

describe('SARIF', () => {
  test('every report is a log with what §3 requires', () => {
    for (const [name, each] of Object.entries(all)) {
      const log = read([each]);
      assert.equal(log.version, '2.1.0');
      assert.equal(log.runs.length, 1);
      const [run] = log.runs;
      assert.equal(run.tool.driver.name, 'handfast doctor');
      const rules = run.tool.driver.rules as { id: string }[];
      assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
      assert.equal(run.results.length, each.causes.length + each.findings.length, name);
      for (const result of run.results) {
        assert.equal(rules[result.ruleIndex]!.id, result.ruleId);
        assert.ok(['error', 'warning', 'note'].includes(result.level));
        assert.notEqual(result.message.text, '');
        const [location] = result.locations;
        assert.equal(location.physicalLocation.artifactLocation.uri, '.handfast.yml');
        assert.equal(location.physicalLocation.region.startLine, 1);
        assert.match(result.partialFingerprints['handfast/v1'], /^[0-9a-f]{64}$/);
      }
    }
  });

  test('a rule is the row of the catalogue, the same whoever found it', () => {
    const [rule] = read([stripped]).runs[0].tool.driver.rules.filter(
      ({ id }: { id: string }) => id === 'PROXY_UPGRADE_STRIPPED',
    );
    assert.equal(rule.helpUri, reasonUrl('PROXY_UPGRADE_STRIPPED'));
    assert.notEqual(rule.shortDescription.text, stripped.causes[0]!.title);
    assert.equal(rule.properties['security-severity'], undefined);
  });

  test('security findings say how bad they are, as code scanning wants it', () => {
    const [rule] = read([gradeB]).runs[0].tool.driver.rules;
    assert.equal(rule.id, 'SEC_ORIGIN_UNCHECKED');
    assert.ok(Number(rule.properties['security-severity']) > 0);
    assert.ok(rule.properties.tags.includes('security'));
  });

  test('an alert is known by its code and target, not by its words or the time', () => {
    const print = (each: typeof stripped) =>
      read([each]).runs[0].results[0].partialFingerprints['handfast/v1'];
    const later = { ...gradeB, started: '2027-01-01T00:00:00Z', tool: 'handfast 2.0.0' };
    const reworded = {
      ...later,
      findings: later.findings.map((each) => ({ ...each, title: 'other', detail: '' })),
    };
    assert.equal(print(gradeB), print(reworded));
    assert.notEqual(print(gradeB), print({ ...gradeB, target: 'wss://other.example/' }));
    const twice = report({
      findings: [finding({ code: 'OPS_CERT_SOON' }), finding({ code: 'OPS_CERT_SOON' })],
    });
    assert.equal(read([twice]).runs[0].results.length, 1);
  });

  test('the file that alerts are shown at, as a URI', () => {
    const [result] = read([stripped], { file: 'deploy/my nginx.conf' }).runs[0].results;
    assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, 'deploy/my%20nginx.conf');
    assert.equal(result.locations[0].logicalLocations[0].fullyQualifiedName, stripped.target);
  });

  test('several targets share rules; none at all is a log too', () => {
    const { tool, results, invocations } = read([stripped, gradeB, healthy]).runs[0];
    assert.equal(results.length, 4);
    assert.equal(tool.driver.rules.length, 4);
    assert.deepEqual(
      invocations.map(({ exitCode }: { exitCode: number }) => exitCode),
      [2, 0, 0],
    );
    assert.deepEqual(read([]).runs[0].results, []);
  });

  test('hostile text stays text', () => {
    assert.doesNotMatch(sarif([hostile]), /[^\P{Cc}\n]|[\p{Cf}\p{Cs}]/u);
  });
});
