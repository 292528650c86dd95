import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
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
import { healLostVolume } from './heal.ts';

const zero = memberExample(0);
const one = memberExample(1);

const displaced = (ordinal: number, observed = healthy()): Observed =>
  answering(observed, { [ordinal]: { ...FRESH, id: STRANGER_ID } });
suite('healLostVolume()', () => {
  test('says nothing when no volume is lost', () => {
    assert.equal(healLostVolume(healthy(), viewExample(healthy())), undefined);
  });

  test('takes a learner that lost its disk out at once', () => {
    const learner = memberExample(2, { voter: false });
    const observed = displaced(2, withMembers(healthy(), [zero, one, learner]));
    assert.deepEqual(kindsOf(healLostVolume(observed, viewExample(observed))?.actions), ['removeMember']);
  });

  test('takes nobody out because a member that lives elsewhere answered at its address', () => {
    const swapped = answering(healthy(), { 1: { id: idOf(2) }, 2: undefined });
    assert.equal(healLostVolume(swapped, viewExample(swapped)), undefined);
    const learner = memberExample(2, { voter: false });
    const mistaken = answering(withMembers(healthy(), [zero, one, learner]), { 2: { id: idOf(1) } });
    assert.equal(healLostVolume(mistaken, viewExample(mistaken)), undefined);
  });

  test('leaves a place alone that is to go', () => {
    const observed = asked(2, displaced(2));
    assert.equal(healLostVolume(observed, viewExample(observed)), undefined);
  });

  test('does not take in who may not join', () => {
    for (const changes of [{ id: STRANGER_ID, cluster: OTHER_CLUSTER }]) {
      const observed = answering(healthy(), { 2: { ...FRESH, ...changes } });
      assert.equal(healLostVolume(observed, viewExample(observed)), undefined);
    }
    const leaving = withPods(displaced(2), { 2: { deleting: true } });
    assert.equal(healLostVolume(leaving, viewExample(leaving)), undefined);
  });

  test('goes on with the next one while the first one waits', () => {
    const members = [0, 1, 2, 3, 4].map((ordinal) => memberExample(ordinal));
    const catching = memberExample(1, { id: STRANGER_ID, voter: false, lagSlots: 900 });
    const observed = answering(withMembers(healthy(5), [...members, catching]), {
      1: { id: STRANGER_ID },
      2: { ...FRESH, id: 'e'.repeat(12) },
    });
    const [action] = healLostVolume(observed, viewExample(observed))?.actions ?? [];
    assert.deepEqual(action, { kind: 'addLearner', leaderPod: 'demo-0', id: 'e'.repeat(12), pod: 'demo-2' });
  });

  test('waits in the order of the places, and says for which', () => {
    const members = [0, 1, 2, 3, 4].map((ordinal) => memberExample(ordinal));
    const both = [2, 1].map((ordinal) =>
      memberExample(ordinal, { id: `${ordinal}f`.repeat(6), voter: false, lagSlots: 900 }),
    );
    const observed = answering(withMembers(healthy(5), [...members.toReversed(), ...both]), {
      1: { id: '1f'.repeat(6) },
      2: { id: '2f'.repeat(6) },
    });
    const step = healLostVolume(observed, viewExample(observed));
    assert.deepEqual(step?.actions, []);
    assert.match(step?.message ?? '', /^demo-1 lost/);
  });
});
