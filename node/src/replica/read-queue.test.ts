/** Reads wait for the core's word, then for their slot, and never get an answer that is unknown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../kv/store.ts';
import { Failure, type ReplySink } from './door.ts';
import { REST_TURNS } from './limits.ts';
import { ReadQueue } from './read-queue.ts';
import { Outcomes } from './testing/outcomes.ts';

const GET = 1;
const SET = 2;
const KEYS = 40;
const CONTEXT = { nowMs: 0, random: 0 };

function storeWith(key: string, value: string): Store {
  const store = new Store();
  store.execute(SET, [key, value], CONTEXT);
  return store;
}

test('reads that gathered are asked for together, and run when their slot is applied', () => {
  const queue = new ReadQueue(100);
  const sink = new Outcomes();
  const store = storeWith('a', '1');
  queue.add(GET, ['a'], sink, 1, 0);
  queue.add(GET, ['b'], sink, 2, 0);
  assert.equal(queue.hasGathered, true);
  assert.equal(queue.ask(5), 100);
  assert.equal(queue.hasGathered, false);
  assert.deepEqual(queue.answer({ id: 100, index: 8 }, 9), { durationMs: 4, reads: 2 });
  queue.run(7, store, CONTEXT);
  assert.deepEqual(sink.take(), []);
  queue.run(8, store, CONTEXT);
  assert.deepEqual(sink.take(), [
    [1, '"1"'],
    [2, 'null'],
  ]);
  queue.run(9, store, CONTEXT);
  assert.deepEqual(sink.take(), []);
  assert.equal(queue.count, 0);
});

test('reads that come after the question was asked wait for the next one', () => {
  const queue = new ReadQueue(100);
  const sink = new Outcomes();
  queue.add(GET, ['a'], sink, 1, 0);
  queue.ask(0);
  queue.add(GET, ['a'], sink, 2, 0);
  queue.answer({ id: 100, index: 1 }, 0);
  queue.run(1, new Store(), CONTEXT);
  assert.deepEqual(sink.take(), [[1, 'null']]);
  assert.equal(queue.hasGathered, true);
});

test('an answer of 0 means "ask again": the reads keep their place, under a new id', () => {
  const queue = new ReadQueue(100);
  const sink = new Outcomes();
  queue.add(GET, ['a'], sink, 1, 0);
  queue.ask(0);
  queue.add(GET, ['a'], sink, 2, 0);
  assert.equal(queue.answer({ id: 100, index: 0 }, 0), undefined);
  queue.retry();
  assert.equal(queue.ask(0), 101);
  queue.answer({ id: 101, index: 1 }, 0);
  queue.run(1, new Store(), CONTEXT);
  assert.deepEqual(
    sink.take().map(([token]) => token),
    [1, 2],
  );
});

test('an answer to an id that is not open finds nobody', () => {
  const queue = new ReadQueue(100);
  const sink = new Outcomes();
  queue.add(GET, ['a'], sink, 1, 0);
  queue.ask(0);
  assert.equal(queue.answer({ id: 99, index: 1 }, 0), undefined);
  queue.answer({ id: 100, index: 1 }, 0);
  assert.equal(queue.answer({ id: 100, index: 1 }, 0), undefined);
  queue.run(1, new Store(), CONTEXT);
  assert.equal(sink.take().length, 1);
});

test('a read that waits too long is surely not done, wherever it waits', () => {
  const queue = new ReadQueue(100);
  const sink = new Outcomes();
  queue.add(GET, ['a'], sink, 1, 10);
  queue.answer({ id: queue.ask(10), index: 50 }, 10);
  queue.add(GET, ['a'], sink, 2, 20);
  queue.ask(20);
  queue.add(GET, ['a'], sink, 3, 30);
  queue.add(GET, ['a'], sink, 4, 90);
  queue.expire(5);
  assert.deepEqual(sink.take(), []);
  queue.expire(30);
  assert.deepEqual(
    sink.take().toSorted(([one], [other]) => one - other),
    [
      [1, 'notDone'],
      [2, 'notDone'],
      [3, 'notDone'],
    ],
  );
  assert.equal(queue.count, 1);
  assert.equal(queue.answer({ id: 101, index: 60 }, 40), undefined);
  queue.run(60, new Store(), CONTEXT);
  assert.deepEqual(sink.take(), []);
});

test('without a leader only what has gathered is refused', () => {
  const queue = new ReadQueue(100);
  const sink = new Outcomes();
  queue.add(GET, ['a'], sink, 1, 0);
  queue.ask(0);
  queue.add(GET, ['a'], sink, 2, 0);
  queue.add(GET, ['a'], sink, 3, 50);
  queue.refuseGathered(40, 'no leader is known');
  assert.deepEqual(sink.take(), [[2, 'notDone']]);
  assert.equal(queue.count, 2);
});

test('a long read that takes too long is told so, and that the quorum was not the reason', () => {
  const queue = new ReadQueue(100);
  const reasons: string[] = [];
  const sink: ReplySink = {
    settle: (_token, outcome) => {
      reasons.push(outcome instanceof Failure ? outcome.reason : 'answered');
    },
  };
  const store = storeWith('a', '1');
  for (const token of [1, 2]) queue.add(KEYS, ['*'], sink, token, 0);
  queue.answer({ id: queue.ask(0), index: 1 }, 0);
  queue.run(1, store, CONTEXT);
  queue.add(GET, ['a'], sink, 3, 0);
  queue.ask(0);
  queue.expire(10);
  assert.deepEqual(reasons, [
    'answered',
    'no quorum answered in time',
    'a read may take 5 s: ask for less at a time, by SCAN or in pages',
  ]);
  assert.equal(queue.run(1, store, CONTEXT), false);
});

test('long reads take a step in one of several turns, so that others are not slowed by each', () => {
  const queue = new ReadQueue(100);
  const sink = new Outcomes();
  const store = storeWith('a', '1');
  for (const token of [1, 2, 3]) queue.add(KEYS, ['*'], sink, token, 0);
  queue.ask(0);
  queue.answer({ id: 100, index: 1 }, 0);
  const turns: number[] = [];
  for (let turn = 1; queue.run(1, store, CONTEXT) || turn === 1; turn += 1) {
    if (sink.take().length > 0) turns.push(turn);
  }
  turns.push(sink.take().length);
  assert.deepEqual(turns, [1, 1 + 1 + REST_TURNS, 1]);
});
