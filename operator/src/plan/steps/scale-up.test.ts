import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  healthy,
  idOf,
  kindsOf,
  memberExample,
  OTHER_CLUSTER,
  STRANGER_ID,
  withMembers,
  withPods,
  asked,
  viewExample,
  FRESH,
} from '../../../testing/observed-example.ts';
import type { Observed } from '../observed.ts';
import { addLearner, promote } from './scale-up.ts';

const zero = memberExample(0);
const one = memberExample(1);
const two = memberExample(2);
const behind = (ordinal: number) => memberExample(ordinal, { lagSlots: 900 });

const grown = (members = [zero, one]): Observed =>
  answering(withMembers(asked(4, healthy(4)), members), {
    2: { ...FRESH, id: STRANGER_ID },
    3: { ...FRESH, id: 'e'.repeat(12) },
  });
const joins = (observed: Observed): string | undefined => {
  const [action] = addLearner(observed, viewExample(observed))?.actions ?? [];
  return action?.kind === 'addLearner' ? `${action.pod} ${action.id}` : undefined;
};
const promoted = (members: ReturnType<typeof memberExample>[]): string[] => {
  const observed = withMembers(healthy(4), members);
  return kindsOf(promote(observed, viewExample(observed))?.actions);
};
suite('addLearner() and promote()', () => {
  test('take in one at a time, the lowest first', () => {
    assert.equal(joins(grown()), `demo-2 ${STRANGER_ID}`);
    const learning = memberExample(2, { id: STRANGER_ID, voter: false, lagSlots: 900 });
    const busy = answering(grown([zero, one, learning]), { 2: { cluster: CLUSTER, leader: idOf(0) } });
    assert.equal(joins(busy), undefined);
  });

  test('are held up by no learner that is down, or lost its disk', () => {
    const down = memberExample(2, { voter: false, connected: false });
    assert.equal(joins(answering(grown([zero, one, down]), { 2: undefined })), `demo-3 ${'e'.repeat(12)}`);
    const lost = memberExample(2, { voter: false });
    assert.equal(joins(grown([zero, one, lost])), `demo-3 ${'e'.repeat(12)}`);
  });

  test('pass over who may not join', () => {
    const next = `demo-3 ${'e'.repeat(12)}`;
    assert.equal(joins(withPods(grown(), { 2: { deleting: true } })), next);
    assert.equal(joins(answering(grown(), { 2: { cluster: OTHER_CLUSTER } })), next);
    assert.equal(joins(answering(grown(), { 0: { removed: [STRANGER_ID] } })), next);
    assert.equal(joins(answering(grown(), { 2: undefined })), next);
    assert.equal(joins({ ...grown(), pods: grown().pods.filter(({ ordinal }) => ordinal !== 2) }), next);
    assert.equal(joins(answering(grown(), { 2: { cluster: CLUSTER } })), `demo-2 ${STRANGER_ID}`);
  });

  test('say for which pod they wait', () => {
    const nobody = answering(grown(), { 2: undefined, 3: undefined });
    assert.match(addLearner(nobody, viewExample(nobody))?.message ?? '', /^demo-2 is to join/);
    assert.equal(addLearner(healthy(), viewExample(healthy())), undefined);
  });

  test('give no vote to a place that is to go, nor beside a member that lost its disk', () => {
    const learner = memberExample(2, { voter: false });
    const members = [zero, one, learner];
    const stays = withMembers(healthy(), members);
    assert.deepEqual(kindsOf(promote(stays, viewExample(stays))?.actions), ['promote']);
    const goes = asked(2, stays);
    assert.equal(promote(goes, viewExample(goes)), undefined);
    const twin = withMembers(answering(healthy(), { 2: { id: STRANGER_ID } }), [
      zero,
      one,
      two,
      memberExample(2, { id: STRANGER_ID, voter: false }),
    ]);
    assert.equal(promote(twin, viewExample(twin)), undefined);
  });

  test('give a vote only where a quorum with it has caught up', () => {
    const learner = memberExample(3, { voter: false });
    // Of four voters three are a quorum: two and the new one.
    assert.deepEqual(promoted([zero, one, behind(2), learner]), ['promote']);
    assert.deepEqual(promoted([zero, behind(1), behind(2), learner]), []);
    // Of three voters two are.
    assert.deepEqual(promoted([zero, behind(1), learner]), ['promote']);
    assert.deepEqual(promoted([behind(0), behind(1), learner]), []);
  });
});
