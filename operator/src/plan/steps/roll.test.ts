import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  FRESH,
  healthy,
  idOf,
  memberExample,
  NOW_MS,
  podExample,
  STRANGER_ID,
  withMembers,
  withPods,
  asked,
  viewExample,
} from '../../../testing/observed-example.ts';
import { decide } from '../decide.ts';
import type { Observed } from '../observed.ts';
import { isBroken, roll } from './roll.ts';

const zero = memberExample(0);
const one = memberExample(1);
const two = memberExample(2);
const behind = (ordinal: number) => memberExample(ordinal, { lagSlots: 900 });
const OLD = { revision: 'old' };
const GONE = { ready: false, running: false, waitingReason: 'CrashLoopBackOff' };
const deleted = (observed: Observed): string[] =>
  decide(observed).actions.flatMap((action) => (action.kind === 'deletePod' ? [action.pod.name] : []));
const reason = (observed: Observed): string | undefined =>
  decide(observed).status.conditions.find(({ type }) => type === 'Progressing')?.reason;
/** Whether the budgets are asked. */
const evicts = (observed: Observed): boolean[] =>
  decide(observed).actions.flatMap((action) => (action.kind === 'deletePod' ? [action.evicts] : []));

suite('roll()', () => {
  test('takes a fresh replica for broken: it has nothing to lose', () => {
    const pod = podExample(2);
    assert.equal(isBroken(pod, answering(healthy(), { 2: FRESH }), viewExample(healthy())), true);
    assert.equal(isBroken(pod, healthy(), viewExample(healthy())), false);
  });

  test('asks the disruption budgets for a voter that serves, and for nobody else', () => {
    const outdated = withPods(healthy(), { 2: OLD });
    assert.deepEqual(evicts(outdated), [true]);
    const learner = memberExample(2, { voter: false });
    const others = [
      withMembers(outdated, [zero, one, behind(2)]),
      withPods(outdated, { 2: { ...OLD, ready: false } }),
      withMembers(outdated, [zero, one, learner]),
      withPods(answering(withMembers(outdated, [zero, one]), { 2: undefined }), { 2: { ...OLD, ...GONE } }),
      withPods(healthy(1), { 0: OLD }),
    ];
    // One that may get its vote gets it first.
    assert.deepEqual(others.map(evicts), [[false], [false], [], [false], [false]]);
  });

  test('takes no pod for broken that is ready, runs, answers, or is connected to the leader', () => {
    const unheard = answering(healthy(), { 2: undefined });
    const cut = withMembers(unheard, [zero, one, memberExample(2, { connected: false })]);
    const down = { ready: false, running: false };
    const cases: [Observed, Parameters<typeof podExample>[1], boolean, boolean][] = [
      // With a leader its word counts, without one the kubelet's.
      [cut, down, true, true],
      [cut, { ready: true }, false, false],
      [cut, { ready: false, running: true }, true, false],
      [unheard, down, false, true],
      [withMembers(healthy(), [zero, one, memberExample(2, { connected: false })]), down, false, false],
    ];
    for (const [observed, changes, led, leaderless] of cases) {
      const pod = podExample(2, changes);
      assert.equal(
        isBroken(pod, observed, viewExample(observed)),
        led,
        `${JSON.stringify(changes)} with a leader`,
      );
      assert.equal(isBroken(pod, observed, undefined), leaderless, `${JSON.stringify(changes)} without`);
    }
  });

  test('begins with who is missed least: no member, no vote, not level, the highest', () => {
    const all = { 0: OLD, 1: OLD, 2: OLD };
    const first = (members: ReturnType<typeof memberExample>[]): string | undefined => {
      const observed = withMembers(withPods(healthy(), all), members);
      const [action] = roll(observed, viewExample(observed), { kind: 'held' })?.actions ?? [];
      return action?.kind === 'deletePod' ? action.pod.name : undefined;
    };
    assert.equal(first([zero, two]), 'demo-1');
    assert.equal(first([zero, memberExample(1, { voter: false }), two]), 'demo-1');
    const slow = withMembers(withPods(healthy(), all), [zero, behind(1), two]);
    assert.deepEqual(deleted(slow), ['demo-1']);
    assert.deepEqual(deleted(withPods(healthy(), all)), ['demo-2']);
    // Not even when the kubelet has not found it ready yet.
    const unready = withPods(healthy(), { ...all, 0: { ...OLD, ready: false } });
    assert.deepEqual(deleted(unready), ['demo-2']);
  });

  test('waits for a voter that was made anew, not for one that is no pod of this cluster', () => {
    const elsewhere = memberExample(3, { host: 'db.example.com', connected: false });
    const five = withMembers(withPods(healthy(), { 2: OLD }), [zero, one, two, elsewhere]);
    assert.equal(reason(five), 'WaitingForQuorum');
    assert.equal(
      reason(withMembers(withPods(healthy(), { 2: OLD }), [zero, behind(1), two])),
      'WaitingForMember',
    );
  });

  test('ends the only voter only where one was asked for', () => {
    const old = withPods(healthy(), { 0: OLD });
    for (const observed of [withMembers(old, [zero]), asked(1, withMembers(old, [zero, two]))]) {
      const step = roll(observed, viewExample(observed), { kind: 'held' });
      assert.deepEqual([step?.reason, step?.actions], ['WaitingForQuorum', []]);
    }
  });

  test('hands over to one that has caught up, or waits', () => {
    const old = withPods(healthy(), { 0: OLD });
    const [action] = decide(old).actions;
    assert.deepEqual(action, { kind: 'transfer', leaderPod: 'demo-0', to: idOf(1) });
  });

  suite('without a leader, for long,', () => {
    const condition = {
      type: 'QuorumAvailable',
      status: 'False',
      reason: 'NoLeader',
      message: '',
      observedGeneration: 1,
      sinceMs: NOW_MS - 60_000,
    } as const;
    const leaderless = answering(withPods(healthy(), { 0: OLD, 1: OLD }), {
      0: { role: 'candidate', leader: undefined },
      1: { leader: undefined },
      2: { leader: undefined },
    });
    const long = (observed: Observed): Observed => ({
      ...observed,
      status: { ...observed.status, conditions: [condition] },
    });

    test('one after the other, the highest first', () => {
      assert.deepEqual(deleted(long(leaderless)), ['demo-1']);
      assert.deepEqual(evicts(long(leaderless)), [false]);
    });

    test('not while one is being made anew', () => {
      assert.deepEqual(deleted(long(withPods(leaderless, { 2: GONE }))), []);
      assert.deepEqual(deleted(long(withPods(leaderless, { 2: { deleting: true } }))), []);
      assert.deepEqual(deleted(long({ ...leaderless, pods: leaderless.pods.slice(0, 2) })), []);
    });

    test('also when the quorum is lost for good', () => {
      const lost = answering(leaderless, {
        1: { ...FRESH, id: STRANGER_ID },
        2: { ...FRESH, id: 'e'.repeat(12) },
      });
      assert.deepEqual(deleted(long(withPods(lost, { 1: { revision: 'new' } }))), ['demo-0']);
    });

    test('but not when too few answer to tell', () => {
      assert.deepEqual(deleted(long(answering(leaderless, { 1: undefined, 2: undefined }))), []);
    });
  });
});
