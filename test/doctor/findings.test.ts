// How a finding is put together: from its row, and from what was seen.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { finding, remark, step, troubled } from '../../src/doctor/findings.js';
import { Case } from '../../src/doctor/inquiry.js';
import { answered, HUNG_UP, observation, STARTED, target } from './driver.js';

describe('a finding', () => {
  test('has what its row says, unless something else is said', () => {
    const plain = finding('ROUTE_GONE', { confidence: 'strong' });
    assert.equal(plain.severity, 'error');
    assert.ok(plain.title !== '' && plain.detail !== '' && plain.fix !== '' && plain.sections.length > 0);
    const own = finding('ROUTE_GONE', {
      confidence: 'strong',
      headline: 'It is gone',
      fix: 'Bring it back',
      recipes: [],
    });
    assert.deepEqual(
      [own.headline, own.detail, own.fix, own.recipes],
      ['It is gone', '', 'Bring it back', []],
    );
  });

  test('has the recipes of the programs on the way first', () => {
    const { recipes } = finding('PROXY_UPGRADE_STRIPPED', { confidence: 'proven', hops: ['haproxy'] });
    assert.equal(recipes[0]!.hop, 'haproxy');
  });

  test('of a row that is not there is a fault of ours', () => {
    assert.throws(() => finding('NO_SUCH_ROW', { confidence: 'proven' }), TypeError);
  });
});

test('a step is a probe and its answer in a word', () => {
  assert.deepEqual(step(observation(answered('404 Not Found')), 'why'), {
    probe: 'p1',
    asked: 'baseline',
    answered: '404',
    note: 'why',
  });
  assert.deepEqual(step(observation(HUNG_UP), undefined, 'as asked'), {
    probe: 'p1',
    asked: 'as asked',
    answered: 'HTTP_EMPTY_REPLY',
  });
  assert.equal(remark('by the way').probe, '');
});

test('trouble is told once in the words of who had it', () => {
  const told = (seen?: string, message?: string) =>
    troubled(observation(HUNG_UP), {
      code: 'TCP_REFUSED',
      ...(seen !== undefined && { seen }),
      ...(message !== undefined && { message }),
    }).detail;
  assert.equal(told('ECONNREFUSED', 'connect ECONNREFUSED'), 'I saw: ECONNREFUSED; connect ECONNREFUSED.');
  assert.equal(told('same', 'same'), 'I saw: same.');
  assert.doesNotMatch(told(), /I saw/);
});

test('a case without a baseline knows no proxy', () => {
  assert.equal(new Case(target(), STARTED).isProxied, false);
});
