/** What one turn does with what it saw, with eyes and hands that a test holds. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  asked,
  healthy,
  memberExample,
  newborn,
  withMembers,
  withPods,
} from '../../testing/observed-example.ts';
import { apiError } from '../kube/failures.ts';
import { decide } from '../plan/decide.ts';
import type { Action } from '../plan/decision.ts';
import type { Observed, RecordedStatus } from '../plan/observed.ts';
import { type ApplyRefusal, Refused } from './refusals.ts';
import { type Eyes, type Hands, takeTurn, type TurnResult } from './turn.ts';

interface Told {
  readonly result: TurnResult;
  readonly acts: string[];
  readonly podCounts: number[];
  readonly statuses: RecordedStatus[];
  /** To which versions these were written. */
  readonly versions: string[];
  readonly events: string[];
}

/** `cached`: as the caches have it; `fresh`: as the API server has it when it is asked, the same unless told otherwise. */
async function turnOf(
  cached: Observed | undefined,
  fresh: Observed | 'gone' | undefined = cached,
  act: (action: Action) => void = () => undefined,
  refusals: readonly ApplyRefusal[] = [],
): Promise<Told> {
  const told = {
    acts: [] as string[],
    podCounts: [] as number[],
    statuses: [] as RecordedStatus[],
    versions: [] as string[],
    events: [] as string[],
  };
  const eyes: Eyes = {
    look: () => Promise.resolve(cached),
    lookAgain: () => Promise.resolve(fresh === 'gone' ? undefined : fresh),
  };
  const hands: Hands = {
    applyObjects: ({ podCount }) => {
      told.podCounts.push(podCount);
      return Promise.resolve(refusals);
    },
    writeStatus: (status, version) => {
      told.statuses.push(status);
      told.versions.push(version);
      return Promise.resolve();
    },
    act: async (action) => {
      await Promise.resolve(act(action));
      told.acts.push(action.kind);
    },
    tell: ({ reason }) => void told.events.push(reason),
  };
  return { result: await takeTurn(eyes, hands), ...told };
}

const OLD = { revision: 'old' };
const outdated = withPods(healthy(), { 0: OLD, 1: OLD, 2: OLD });
const [zero, one, two] = [0, 1, 2].map((ordinal) => memberExample(ordinal));
const settled = (observed: Observed): Observed => ({ ...observed, status: decide(observed).status });
/** Two were removed, and their volumes are marked: two pods may go. */
const shrunk: Observed = {
  ...asked(1, withMembers(healthy(), [zero!])),
  volumes: healthy().volumes.map((volume) =>
    volume.ordinal === 0 ? volume : { ...volume, replicaId: undefined, removedReplicaId: volume.replicaId },
  ),
};

const see = (): Promise<Observed> => Promise.resolve(outdated);

suite('takeTurn()', () => {
  test('carries out what both looks want, and tells of it', async () => {
    const { acts, events, result } = await turnOf(outdated);
    assert.deepEqual(acts, ['deletePod']);
    assert.deepEqual(
      result.done.map(({ kind }) => kind),
      ['deletePod'],
    );
    assert.ok(events.includes('OutdatedPodDeleted'));
  });

  test('takes nothing away because a cache is stale: another pod, another spec, another world', async () => {
    const anew = withPods(outdated, { 2: { ...OLD, uid: 'another' } });
    const worse = withPods(outdated, { 1: { ...OLD, deleting: true } });
    const done = healthy();
    for (const fresh of [anew, worse, done, 'gone'] as const) {
      const { acts, events } = await turnOf(outdated, fresh);
      assert.deepEqual(acts, []);
      assert.ok(!events.includes('OutdatedPodDeleted'));
    }
  });

  test('goes on beside what is refused, and says so', async () => {
    const refusal = { kind: 'PodDisruptionBudget', name: 'demo', message: 'exceeded quota' };
    const { acts, statuses, result } = await turnOf(outdated, outdated, undefined, [refusal]);
    assert.deepEqual(acts, ['deletePod']);
    assert.equal(result.refused, undefined);
    const told = statuses[0]?.conditions.filter(({ reason }) => reason === 'ApplyRefused') ?? [];
    assert.deepEqual(
      told.map(({ type, status, message }) => [type, status, message]),
      ['Progressing', 'Degraded'].map((type) => [type, 'True', 'PodDisruptionBudget demo: exceeded quota']),
    );
    // Said once.
    const again = { ...outdated, status: statuses[0]!, nowMs: outdated.nowMs + 5_000 };
    assert.deepEqual((await turnOf(again, again, undefined, [refusal])).statuses, []);
  });

  test('makes no pod anew while the stateful set is refused, and no member leave whose pod must go', async () => {
    const refusal = { kind: 'StatefulSet', name: 'demo', message: 'denied' };
    for (const observed of [outdated, asked(1, healthy())]) {
      assert.equal((await turnOf(observed)).acts.length, 1);
      const { acts, statuses } = await turnOf(observed, observed, undefined, [refusal]);
      assert.deepEqual(acts, []);
      assert.equal(statuses.length, 1);
    }
  });

  test('writes the status, too, when an action is refused for good', async () => {
    const statuses: RecordedStatus[] = [];
    const denied = apiError('DELETE /pods/demo-2', 403, '{"message":"denied by a rule"}');
    const hands: Hands = {
      applyObjects: () => Promise.resolve([]),
      writeStatus: (status) => Promise.resolve(void statuses.push(status)),
      act: () => Promise.reject(denied),
      tell: () => undefined,
    };
    await assert.rejects(takeTurn({ look: see, lookAgain: see }, hands), denied);
    const progress = statuses[0]?.conditions.find(({ type }) => type === 'Progressing');
    assert.match(progress?.message ?? '', /denied by a rule/);
  });

  test('needs no second look for labels and annotations', async () => {
    const unlabelled = withPods(healthy(), { 0: { labelledLeader: false } });
    assert.deepEqual((await turnOf(unlabelled, 'gone')).acts, ['labelLeader']);
  });

  test('lets fewer pods be only when the API server itself says so', async () => {
    assert.deepEqual((await turnOf(shrunk)).podCounts, [1]);
    const members = withMembers(shrunk, [zero!, one!, two!]);
    assert.deepEqual((await turnOf(shrunk, members)).podCounts, [3]);
    assert.deepEqual((await turnOf(shrunk, 'gone')).podCounts, []);
    assert.deepEqual((await turnOf(shrunk, { ...shrunk, faults: ['no'] })).podCounts, []);
    const two_ = { ...shrunk, spec: { ...shrunk.spec, replicas: 2 } };
    assert.deepEqual((await turnOf(shrunk, two_)).podCounts, [2]);
    assert.deepEqual((await turnOf(two_, shrunk)).podCounts, [2]);
  });

  test('lets more pods be, or as many, without asking again', async () => {
    assert.deepEqual((await turnOf(asked(5, healthy()), 'gone')).podCounts, [5]);
    assert.deepEqual((await turnOf(healthy(), 'gone')).podCounts, [3]);
    assert.deepEqual((await turnOf({ ...healthy(), statefulSet: undefined }, 'gone')).podCounts, [3]);
  });

  test('stops at a refusal, tells no event of what was not done, and says what was refused', async () => {
    const { result, events, statuses } = await turnOf(outdated, outdated, (action) => {
      throw new Refused(action, 'no');
    });
    assert.equal(result.refused?.action.kind, 'deletePod');
    assert.deepEqual(result.done, []);
    assert.deepEqual(events, []);
    assert.equal(statuses.length, 1);
  });

  test('passes on every other failure', async () => {
    const failing = turnOf(outdated, outdated, () => {
      throw new Error('broken');
    });
    await assert.rejects(failing, /broken/);
  });

  test('writes the status when it changes, and only then', async () => {
    assert.equal((await turnOf(healthy())).statuses.length, 1);
    assert.deepEqual((await turnOf(settled(healthy()))).statuses, []);
  });

  test('writes the status to the version that it was decided from, and to no newer one', async () => {
    const fresh = { ...outdated, resourceVersion: '2' };
    assert.deepEqual((await turnOf(outdated, fresh)).versions, [outdated.resourceVersion]);
    assert.deepEqual((await turnOf(shrunk, { ...shrunk, resourceVersion: '2' })).versions, ['1']);
    assert.deepEqual((await turnOf(newborn(), { ...newborn(), resourceVersion: '2' })).versions, ['2']);
  });

  test('records an intent from the API server, and does nothing else with it', async () => {
    const { statuses, acts, podCounts, result } = await turnOf(newborn());
    assert.equal(statuses[0]?.bootstrap?.clusterId, newborn().drawnClusterId);
    assert.deepEqual([acts, podCounts], [[], []]);
    assert.deepEqual(
      result.done.map(({ kind }) => kind),
      ['recordBootstrap'],
    );
  });

  test('records no intent that only a stale cache has', async () => {
    for (const fresh of [healthy(), withPods(newborn(), { 1: { deleting: true } })]) {
      const { statuses, result } = await turnOf(newborn(), fresh);
      assert.deepEqual([statuses, result.done], [[], []]);
      assert.notEqual(result.requeueAfterMs, undefined);
    }
    const gone = await turnOf(newborn(), 'gone');
    assert.deepEqual([gone.statuses, gone.result.requeueAfterMs], [[], undefined]);
  });

  test('is over for good when the cluster is gone', async () => {
    const { result, podCounts } = await turnOf(undefined);
    assert.deepEqual([result.requeueAfterMs, podCounts], [undefined, []]);
  });
});
