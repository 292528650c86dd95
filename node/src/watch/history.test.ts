import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ChangeEvent } from './change-event.ts';
import { History } from './history.ts';

function add(history: History, revision: number, value = ''): void {
  history.add('put', 'k', value, undefined, revision, revision, 1, 0);
}

function revisionsOf(history: History): number[] {
  return Array.from({ length: history.size }, (_, index) => history.revisionAt(history.first + index));
}

test('the oldest revisions go as a whole when there are too many events', () => {
  const history = new History(4, 100_000, 100_000);
  for (const revision of [1, 2, 2, 2]) add(history, revision);
  assert.deepEqual([history.compactedThrough, revisionsOf(history)], [0, [1, 2, 2, 2]]);
  add(history, 3);
  assert.deepEqual([history.compactedThrough, revisionsOf(history)], [1, [2, 2, 2, 3]]);
  add(history, 4);
  assert.deepEqual([history.compactedThrough, revisionsOf(history)], [2, [3, 4]]);
});

test('the oldest revisions go when the bytes are too many, and the newest stays whatever its size', () => {
  const history = new History(100, 6_400, 100_000);
  for (let revision = 1; revision <= 20; revision += 1) add(history, revision, 'x'.repeat(600));
  assert.ok(history.bytes <= 7_000, `${history.bytes} bytes`);
  assert.equal(history.compactedThrough, 20 - history.size);
  for (let index = 0; index < 3; index += 1) add(history, 21, 'x'.repeat(5_000));
  assert.deepEqual(revisionsOf(history), [21, 21, 21]);
  assert.ok(history.bytes > 15_000);
});

test('of a revision that is too large nothing is kept, and nothing before it', () => {
  const history = new History(100, 6_400, 100_000);
  add(history, 1, 'x');
  for (let index = 0; index < 3; index += 1) add(history, 2, 'x'.repeat(40_000));
  assert.deepEqual([history.size, history.compactedThrough], [0, 2]);
  add(history, 2, 'x');
  assert.equal(history.size, 0);
  assert.ok(history.bytes <= 7_000, `${history.bytes} bytes`);
  add(history, 3, 'x');
  assert.deepEqual([revisionsOf(history), history.compactedThrough], [[3], 2]);
});

test('long values are counted, though they are not copied', () => {
  const history = new History(100_000, 64_000_000, 64_000_000);
  const value = 'x'.repeat(1_000_000);
  for (let revision = 1; revision <= 200; revision += 1) {
    history.add('put', 'k', value, value, revision, 1, revision, 0);
    assert.ok(history.bytes <= 70_000_000, `${history.bytes} bytes`);
  }
  assert.ok(history.size >= 20, `${history.size} events`);
  assert.equal(history.at(history.first).previous, value);
  assert.equal(history.keyAt(history.first), 'k');
});

test('an event comes out as it went in', () => {
  const history = new History(100, 6_400_000, 100_000);
  const all: (readonly [...ConstructorParameters<typeof ChangeEvent>])[] = [
    ['put', 'k\xff', 'v\x00', undefined, 7, 7, 1, 0],
    ['put', '', '', '', 8, 7, 2, 9.2e18],
    ['delete', 'k', '', 'p'.repeat(500), 9, 0, 0, 0],
    ['clear', '', '', undefined, 10, 0, 0, 0],
    ['put', 'k', 'v'.repeat(70_000), 'p', 11, 11, 1, 0],
    ['delete', 'k', '', 'p'.repeat(70_000), 12, 0, 0, 0],
  ];
  for (const one of all) history.add(...one);
  assert.deepEqual(
    all.map((_, position) => history.at(position)),
    all.map((one) => new ChangeEvent(...one)),
  );
  assert.deepEqual(
    [0, 3].map((position) => history.keyAt(position)),
    ['k\xff', undefined],
  );
});

test('after a reset nothing up to its revision is known, and positions go on', () => {
  const history = new History(100, 6_400, 100_000);
  add(history, 1);
  history.reset(7);
  assert.deepEqual([history.size, history.compactedThrough, history.first], [0, 7, 1]);
  add(history, 8);
  assert.equal(history.positionOf(8), 1);
  assert.throws(() => history.at(0), /HistoryHolds/);
});

test('it holds the end of a list, in whole revisions and within its limits, and finds each revision', () => {
  const steps = fc.array(fc.record({ step: fc.nat(2), bytes: fc.nat(300) }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 150 }), (all, eventsMax) => {
      const history = new History(eventsMax, 20_000, 100_000);
      const list: { revision: number; value: string }[] = [];
      let revision = 1;
      for (const { step, bytes } of all) {
        revision += step;
        const value = 'x'.repeat(bytes);
        add(history, revision, value);
        list.push({ revision, value });
        const hasSeveral = history.revisionAt(history.first) !== revision;
        assert.ok(!hasSeveral || history.size <= eventsMax);
        assert.ok(!hasSeveral || history.bytes <= 21_000);
      }
      const held = list.filter((one) => one.revision > history.compactedThrough);
      assert.deepEqual(
        held,
        Array.from({ length: history.size }, (_, index) => {
          const event = history.at(history.first + index);
          return { revision: event.revision, value: event.value };
        }),
      );
      assert.ok(held.length >= Math.min(list.length, Math.floor(eventsMax / 2), 20));
      for (let asked = 0; asked <= revision + 1; asked += 1) {
        const expected = held.findIndex((one) => one.revision >= asked);
        assert.equal(history.positionOf(asked) - history.first, expected < 0 ? held.length : expected);
      }
    }),
    { numRuns: 100 },
  );
});
