import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseRequest } from './recovery-request.ts';

suite('parseRequest()', () => {
  test('takes names in any order, once each', () => {
    assert.deepEqual(parseRequest('demo=demo-2, demo-0,demo-2', 'demo'), ['demo-0', 'demo-2']);
    const longest = `demo=${' '.repeat(1_024 - 11)}demo-0`;
    assert.deepEqual(parseRequest(longest, 'demo'), ['demo-0']);
    assert.equal(typeof parseRequest(`${longest} `, 'demo'), 'string');
  });

  const refused: [string, RegExp][] = [
    ['demo-0', /must repeat/],
    ['shop=demo-0', /must repeat/],
    ['demo=demo-0=demo-1', /must repeat/],
    ['demo=', /"" is no pod/],
    [`demo=${'demo-0,'.repeat(200)}`, /at most 1024 characters/],
  ];
  for (const [request, message] of refused) {
    test(`refuses ${JSON.stringify(request.slice(0, 30))}`, () => {
      const answer = parseRequest(request, 'demo');
      assert.match(typeof answer === 'string' ? answer : 'taken', message);
    });
  }
});
