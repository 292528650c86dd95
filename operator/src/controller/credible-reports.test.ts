import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FRESH, idOf, memberExample, reportExample, STRANGER_ID } from '../../testing/observed-example.ts';
import type { ReplicaReport } from '../plan/observed.ts';
import { credibleReports } from './credible-reports.ts';

const members = [0, 1, 2].map((ordinal) => memberExample(ordinal));
const report = (ordinal: number): ReplicaReport => reportExample(ordinal, members);
const believed = (...answers: readonly ReplicaReport[]): string[] => [
  ...credibleReports(new Map(answers.map((answer, ordinal) => [`demo-${ordinal}`, answer]))).keys(),
];

suite('credibleReports()', () => {
  test('believes members at their places, and strangers at any', () => {
    assert.deepEqual(believed(report(0), report(1), report(2)), ['demo-0', 'demo-1', 'demo-2']);
    const stranger = { ...report(2), ...FRESH, id: STRANGER_ID };
    assert.deepEqual(believed(report(0), report(1), stranger), ['demo-0', 'demo-1', 'demo-2']);
  });

  test('believes neither of two members whose addresses are swapped', () => {
    assert.deepEqual(believed(report(0), report(2), report(1)), ['demo-0']);
  });

  test('believes a member at its own place, and not at the address that another pod had before', () => {
    assert.deepEqual(believed(report(0), report(2), report(2)), ['demo-0', 'demo-2']);
  });

  test('believes neither of two who have no place yet and say the same id', () => {
    const fresh = { ...report(1), ...FRESH, id: idOf(1) };
    assert.deepEqual(believed(report(0), fresh, fresh), ['demo-0']);
  });
});
