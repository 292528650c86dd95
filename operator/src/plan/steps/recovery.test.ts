import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  healthy,
  memberExample,
  NOW_MS,
  OTHER_CLUSTER,
  podExample,
} from '../../../testing/observed-example.ts';
import { NO_STATUS } from '../../../testing/world.ts';
import type { Observed, RecoveryLatch } from '../observed.ts';
import { parseRequest, recover } from './recovery.ts';

const LOST = { kind: 'lost', voters: 3, gone: [] } as const;
const latch: RecoveryLatch = {
  request: 'demo=demo-0',
  fromCluster: CLUSTER,
  toCluster: OTHER_CLUSTER,
  seedPod: 'demo-0',
  survivors: ['demo-0'],
  done: false,
  startedMs: NOW_MS - 60_000,
};

const ordered = (recover_: string, observed = healthy()): Observed => ({ ...observed, recover: recover_ });
const seedOf = (observed: Observed): unknown => {
  const [action] = recover(observed, LOST)?.actions ?? [];
  return action?.kind === 'recordRecovery' ? action.latch.seedPod : undefined;
};
const made = (ageMs: number, cluster: string | undefined): string[] => {
  const pods = [podExample(0, { createdMs: NOW_MS - ageMs })];
  const observed = answering({ ...healthy(), pods }, { 0: { cluster, members: [memberExample(0)] } });
  const step = recover({ ...observed, status: { ...healthy().status, recovery: latch } }, LOST);
  return (step?.actions ?? []).map(({ kind }) => kind);
};
suite('recover()', () => {
  test('begins with the one that knows most to be chosen, and with the first one when none answers', () => {
    const two = answering(ordered('demo=demo-0,demo-1,demo-2'), { 1: { chosen: 200 }, 2: { chosen: 150 } });
    assert.equal(seedOf(two), 'demo-1');
    const silent = answering(ordered('demo=demo-2,demo-1'), { 0: undefined, 1: undefined, 2: undefined });
    assert.equal(seedOf(silent), 'demo-1');
  });

  test('does nothing about a cluster that nobody recorded', () => {
    const unknown = { ...ordered('demo=demo-0'), status: NO_STATUS };
    assert.match(recover(unknown, LOST)?.message ?? '', /no cluster was ever founded here/);
  });

  test('makes those anew that have not read their orders: older than they, or members of the old cluster for long', () => {
    assert.deepEqual(made(61_000, undefined), ['deletePod']);
    assert.deepEqual(made(60_000, undefined), []);
    assert.deepEqual(made(30_000, CLUSTER), ['deletePod']);
    assert.deepEqual(made(29_000, CLUSTER), []);
    assert.deepEqual(made(30_000, undefined), []);
  });
});

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
