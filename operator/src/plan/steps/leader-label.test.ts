import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { healthy, withPods, ledBy, viewExample } from '../../../testing/observed-example.ts';
import type { Observed } from '../observed.ts';
import { isLeaderReachable, labelLeader } from './leader-label.ts';

const reachable = (observed: Observed, led = true): boolean =>
  isLeaderReachable(observed, led ? viewExample(observed) : undefined);
suite("the leader's label", () => {
  test('is given before it is taken away, so that some pod has it', () => {
    const observed = ledBy(2, healthy());
    assert.deepEqual(
      labelLeader(observed, viewExample(observed)).map(
        (action) => action.kind === 'labelLeader' && [action.pod.name, action.leads],
      ),
      [
        ['demo-2', true],
        ['demo-0', false],
      ],
    );
  });

  test('is left on a pod that goes', () => {
    const observed = withPods(ledBy(2, healthy()), { 0: { deleting: true } });
    assert.equal(labelLeader(observed, viewExample(observed)).length, 1);
  });

  test('selects somebody, or the Service takes every pod', () => {
    assert.equal(reachable(healthy()), true);
    assert.equal(reachable(withPods(healthy(), { 0: { ready: false } })), false);
    assert.equal(reachable(withPods(healthy(), { 0: { deleting: true } })), false);
    assert.equal(reachable(healthy(), false), true);
    assert.equal(reachable(withPods(healthy(), { 0: { labelledLeader: false } }), false), false);
  });
});
