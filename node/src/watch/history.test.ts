import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ChangeEvent } from './change-event.ts';
import { History } from './history.ts';

function event(revision: number, value = ''): ChangeEvent {
  return new ChangeEvent('put', 'k', value, undefined, revision, revision, 1, 0);
}

function revisionsOf(history: History): number[] {
  return Array.from({ length: history.size }, (_, index) => history.at(history.first + index).revision);
}

test('the oldest revisions go as a whole when there are too many events', () => {
  const history = new History(4, Infinity);
  for (const revision of [1, 2, 2, 2]) history.add(event(revision));
  assert.deepEqual([history.compactedThrough, revisionsOf(history)], [0, [1, 2, 2, 2]]);
  history.add(event(3));
  assert.deepEqual([history.compactedThrough, revisionsOf(history)], [1, [2, 2, 2, 3]]);
  history.add(event(4));
  assert.deepEqual([history.compactedThrough, revisionsOf(history)], [2, [3, 4]]);
});

test('the oldest revisions go when the bytes are too many, and the newest stays whatever its size', () => {
  const history = new History(100, 1_000);
  history.add(event(1, 'x'.repeat(600)));
  history.add(event(2, 'x'.repeat(600)));
  assert.deepEqual(revisionsOf(history), [2]);
  history.add(event(3, 'x'.repeat(5_000)));
  history.add(event(3, 'x'.repeat(5_000)));
  assert.deepEqual(revisionsOf(history), [3, 3]);
  assert.ok(history.bytes > 10_000);
});

test('after a reset nothing up to its revision is known, and positions go on', () => {
  const history = new History(100, 1_000);
  history.add(event(1));
  history.reset(7);
  assert.deepEqual([history.size, history.bytes, history.compactedThrough, history.first], [0, 0, 7, 1]);
  history.add(event(8));
  assert.equal(history.positionOf(8), 1);
  assert.throws(() => history.at(0), /HistoryHolds/);
});

test('it holds what a list would, whatever comes, and finds each revision', () => {
  const steps = fc.array(fc.record({ step: fc.nat(2), bytes: fc.nat(300) }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 150 }), (all, eventsMax) => {
      const history = new History(eventsMax, 20_000);
      const list: ChangeEvent[] = [];
      let revision = 1;
      for (const { step, bytes } of all) {
        revision += step;
        const added = event(revision, 'x'.repeat(bytes));
        history.add(added);
        list.push(added);
        const over = () => list.length > eventsMax || list.reduce((sum, one) => sum + one.bytes, 0) > 20_000;
        while (over() && list[0]?.revision !== revision) {
          const oldest = list[0]?.revision;
          while (list[0]?.revision === oldest) list.shift();
        }
        assert.equal(history.size, list.length);
      }
      assert.deepEqual(
        revisionsOf(history),
        list.map((one) => one.revision),
      );
      for (let asked = 0; asked <= revision + 1; asked += 1) {
        const expected = list.findIndex((one) => one.revision >= asked);
        assert.equal(history.positionOf(asked) - history.first, expected < 0 ? list.length : expected);
      }
    }),
    { numRuns: 50 },
  );
});
