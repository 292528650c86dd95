import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { START_MS, logArbitrary, queued } from './commands.arbitrary.ts';
import type { LogStep } from './commands.arbitrary.ts';
import { INTERNAL } from './internal-codes.ts';
import type { RecordImage } from './key-record.ts';
import { NaiveStore } from './testing/naive-store.ts';
import type { Reply } from './reply.ts';
import { Store } from './store.ts';
import { encodeTransaction } from './transaction.ts';

const CONTEXT = { nowMs: START_MS, random: 0.5 };

function run(store: Store, ...words: string[]): Reply {
  const { code, args } = queued(words);
  return store.execute(code, args, CONTEXT);
}

function perform(store: Store, step: LogStep): Reply {
  if (step.kind === 'expire') return store.expireDue(step.stampMs, step.keysMax);
  return store.execute(step.code, step.args, { nowMs: step.nowMs, random: 0.5 });
}

function contents(store: Store): RecordImage[] {
  const view = store.openView();
  const images: RecordImage[] = [];
  for (let image = view.next(); image !== undefined; image = view.next()) images.push(image);
  view.close();
  return images;
}

test('Store gives each changing command one revision, and none to what changes nothing', () => {
  const store = new Store();
  run(store, 'SET', 'a', '1');
  assert.equal(store.revision, 1);
  run(store, 'MSET', 'a', '2', 'b', '3', 'c', '4');
  assert.equal(store.revision, 2);
  run(store, 'DEL', 'nothing');
  run(store, 'GET', 'a');
  run(store, 'PERSIST', 'a');
  run(store, 'INCRBY', 'a', 'text');
  run(store, 'GETEX', 'a');
  assert.equal(store.revision, 2);
  run(store, 'FLUSHALL');
  run(store, 'FLUSHALL');
  assert.equal(store.revision, 3);
});

test('Store gives a transaction as a whole one revision', () => {
  const store = new Store();
  const commands = [queued(['SET', 'a', '1']), queued(['INCR', 'a']), queued(['SET', 'b', '1'])];
  store.execute(INTERNAL.exec, encodeTransaction([], 0, commands), CONTEXT);
  assert.equal(store.revision, 1);
  assert.deepEqual(
    contents(store).map(({ key, createRevision, modifyRevision, version }) => [
      key,
      createRevision,
      modifyRevision,
      version,
    ]),
    [
      ['a', 1, 1, 2],
      ['b', 1, 1, 1],
    ],
  );
});

test('Store expireDue() deletes by deadline, then key, each with its own revision', () => {
  const store = new Store();
  run(store, 'SET', 'late', '1', 'PX', '20');
  run(store, 'SET', 'b', '1', 'PX', '10');
  run(store, 'SET', 'a', '1', 'PX', '10');
  run(store, 'SET', 'stays', '1');
  assert.equal(store.earliestDeadlineMs(), START_MS + 10);
  assert.equal(store.expireDue(START_MS + 9, 10), 0);
  assert.equal(store.expireDue(START_MS + 100, 1), 1);
  assert.equal(run(store, 'EXISTS', 'a'), 0);
  assert.equal(run(store, 'EXISTS', 'b'), 1);
  assert.equal(store.expireDue(START_MS + 100, 10), 2);
  assert.equal(store.revision, 7);
  assert.equal(store.size, 1);
  assert.equal(store.earliestDeadlineMs(), undefined);
});

test('Store keeps a key past its deadline until expiry is applied, and says that no time is left', () => {
  const store = new Store();
  run(store, 'SET', 'a', '1', 'PX', '10');
  const later = { nowMs: START_MS + 1000, random: 0 };
  assert.equal(store.execute(queued(['GET', 'a']).code, ['a'], later), '1');
  assert.equal(store.execute(queued(['PTTL', 'a']).code, ['a'], later), 0);
  store.expireDue(later.nowMs, 10);
  assert.equal(store.execute(queued(['PTTL', 'a']).code, ['a'], later), -2);
});

test('Store counts bytes back to zero when everything is gone', () => {
  const store = new Store();
  run(store, 'SET', 'a', 'value');
  run(store, 'APPEND', 'a', ' and more');
  run(store, 'SET', 'b', 'x', 'PX', '5');
  assert.ok(store.bytes > 0);
  run(store, 'GETDEL', 'a');
  store.expireDue(START_MS + 5, 10);
  assert.equal(store.bytes, 0);
});

test('Store behaves like a naive model: replies, revisions, deadlines, contents', () => {
  fc.assert(
    fc.property(logArbitrary, (log) => {
      const store = new Store();
      const naive = new NaiveStore();
      for (const step of log) {
        const reply = perform(store, step);
        const expected = naive.perform(step);
        if (expected !== undefined) assert.deepEqual(reply, expected.reply, JSON.stringify(step));
        assert.equal(store.revision, naive.revision, JSON.stringify(step));
        assert.equal(store.size, naive.records.size);
        assert.equal(store.earliestDeadlineMs(), naive.earliestDeadlineMs());
      }
      const sequences = new Map([...store.from('')].map(([key, record]) => [key, record.createSequence]));
      const expected = naive
        .contents()
        .map((record) => ({ ...record, createSequence: sequences.get(record.key) }));
      assert.deepEqual(contents(store), expected);
    }),
    { numRuns: 300 },
  );
});

test('two Stores that apply the same log have the same digest, and one reply less makes another', () => {
  fc.assert(
    fc.property(logArbitrary, (log) => {
      const left = new Store();
      const right = new Store();
      for (const [slot, step] of log.entries()) {
        perform(left, step);
        perform(right, step);
        left.mixBatch(slot, 7);
        right.mixBatch(slot, 7);
        assert.equal(left.digest, right.digest);
      }
      const before = left.digest;
      run(left, 'SET', 'a', '1');
      assert.notEqual(left.digest, before);
    }),
    { numRuns: 100 },
  );
});

test('a Store restored from a view goes on exactly as the original', () => {
  fc.assert(
    fc.property(logArbitrary, logArbitrary, (before, after) => {
      const original = new Store();
      for (const step of before) perform(original, step);
      const view = original.openView();
      const restored = new Store();
      restored.beginRestore(view.header);
      for (const image of contents(original)) restored.restoreRecord(image);
      restored.endRestore(view.header.keys);
      view.close();
      assert.equal(restored.digest, original.digest);
      assert.equal(restored.bytes, original.bytes);
      for (const step of after) {
        assert.deepEqual(perform(restored, step), perform(original, step));
        assert.equal(restored.digest, original.digest);
      }
      assert.deepEqual(contents(restored), contents(original));
    }),
    { numRuns: 100 },
  );
});

test('reads do not change the digest', () => {
  const store = new Store();
  run(store, 'SET', 'a', '1');
  const before = store.digest;
  run(store, 'GET', 'a');
  run(store, 'SCAN', '0');
  assert.equal(store.digest, before);
});
