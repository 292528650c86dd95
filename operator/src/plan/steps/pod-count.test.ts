import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  healthy,
  memberExample,
  withMembers,
  asked,
  viewExample,
  newborn,
} from '../../../testing/observed-example.ts';
import { podCountOf } from './pod-count.ts';

const counted = (changeUnderWay: boolean | undefined): number => {
  const left = withMembers(asked(1, { ...healthy(), volumes: [] }), [memberExample(0)]);
  const observed = answering(left, { 0: { changeUnderWay } });
  return podCountOf(observed, CLUSTER, viewExample(observed));
};
suite('podCountOf()', () => {
  test('keeps the pods of members that have no mark yet', () => {
    const grown = asked(1, { ...healthy(), volumes: [] });
    assert.equal(podCountOf(grown, CLUSTER, viewExample(grown)), 3);
  });

  test('takes no pod away while a change of the members is under way, or may be', () => {
    assert.deepEqual([counted(true), counted(undefined), counted(false)], [3, 3, 1]);
  });

  test('makes pods for members that somebody who answers knows of, when no leader is known', () => {
    const members = [0, 1, 2, 3, 4].map((ordinal) => memberExample(ordinal));
    const alone = { ...asked(3, healthy(3)), statefulSet: undefined, volumes: [] };
    const observed = answering(withMembers(alone, members), { 0: undefined, 1: undefined });
    assert.equal(podCountOf(observed, CLUSTER, undefined), 5);
    assert.equal(podCountOf(observed, undefined, undefined), 3);
  });

  test('believes nobody of no cluster who the members are', () => {
    const confused = answering(asked(3, { ...newborn(), statefulSet: undefined, volumes: [] }), {
      0: { members: [memberExample(6)] },
    });
    assert.equal(podCountOf(confused, undefined, undefined), 3);
  });
});
