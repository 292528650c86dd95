import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { keyArbitrary, queued } from './commands.arbitrary.ts';
import { CreationOrder } from './creation-order.ts';
import { KeyRecord } from './key-record.ts';
import type { Reply } from './reply.ts';
import { Store } from './store.ts';

const CONTEXT = { nowMs: 1, random: 0 };

function run(store: Store, words: readonly string[]): Reply {
  const { code, args } = queued(words);
  return store.execute(code, args, CONTEXT);
}

test('CreationOrder finds what a sorted list finds, through many appends and removals', () => {
  const changes = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('append'), count: fc.integer({ min: 1, max: 900 }) }),
      fc.record({ kind: fc.constant('remove'), count: fc.integer({ min: 1, max: 700 }) }),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(changes, fc.integer(), fc.integer({ min: 1, max: 50 }), (list, seed, count) => {
      const order = new CreationOrder();
      const records: KeyRecord[] = [];
      let sequence = 0;
      let state = seed | 1;
      for (const change of list) {
        for (let left = change.count; left > 0; left -= 1) {
          if (change.kind === 'append') {
            sequence += 1;
            const record = new KeyRecord(`${sequence}`, '', 1, 1, 1, 0, sequence);
            order.append(record);
            records.push(record);
          } else if (records.length > 0) {
            state = Math.imul(state, 1664525) + 1013904223;
            const [gone] = records.splice((state >>> 8) % records.length, 1);
            order.remove(gone as KeyRecord);
          }
        }
        const cursor = records[Math.floor(records.length / 2)]?.createSequence ?? 5;
        const expected = records.filter((record) => record.createSequence < cursor).toReversed();
        assert.deepEqual(order.below(cursor, count), expected.slice(0, count));
        assert.equal(order.at(Math.floor(records.length / 3)), records[Math.floor(records.length / 3)]);
      }
      assert.deepEqual(order.below(Number.POSITIVE_INFINITY, records.length + 1), records.toReversed());
    }),
    { numRuns: 40 },
  );
});

test('CreationOrder is the same however the records come in, and refuses a sequence twice', () => {
  const someSequences = fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), {
    minLength: 1,
    maxLength: 3_000,
  });
  fc.assert(
    fc.property(someSequences, fc.integer({ min: 1, max: 5_000 }), (sequences, cursor) => {
      const order = new CreationOrder();
      const records = sequences.map((sequence) => new KeyRecord('', '', 1, 1, 1, 0, sequence));
      for (const record of records) order.insert(record);
      records.sort((left, right) => left.createSequence - right.createSequence);
      assert.deepEqual(order.below(Number.POSITIVE_INFINITY, 10_000), records.toReversed());
      assert.equal(order.at(records.length >>> 1), records[records.length >>> 1]);
      const [first] = order.below(cursor, 1);
      assert.equal(first, records.filter((record) => record.createSequence < cursor).at(-1));
      assert.throws(() => order.insert(records[0] as KeyRecord), /creation-is-unique/);
      for (const record of records) order.remove(record);
      assert.equal(order.at(0), undefined);
    }),
    { numRuns: 40 },
  );
});

test('SCAN returns every key that is present throughout, and ends although keys are created all the time', () => {
  const stable = Array.from({ length: 25 }, (_, index) => `stable:${index}`);
  const changeArbitrary = fc.oneof(
    keyArbitrary.map((key) => ['SET', key, 'x']),
    keyArbitrary.map((key) => ['DEL', key]),
    fc.constantFrom(...stable).map((key) => ['SET', key, 'again']),
    fc.tuple(keyArbitrary, fc.constantFrom(...stable)).map(([from, to]) => ['RENAME', from, to]),
  );
  const turns = fc.array(fc.array(changeArbitrary, { maxLength: 4 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(turns, fc.integer({ min: 1, max: 7 }), (changes, count) => {
      const store = new Store();
      for (const key of stable) run(store, ['SET', key, '1']);
      const seen = new Set<string>();
      let cursor = '0';
      let steps = 0;
      do {
        const reply = run(store, ['SCAN', cursor, 'COUNT', String(count)]);
        const [next, keys] = reply as [string, string[]];
        for (const key of keys) seen.add(key);
        for (const change of changes[steps % changes.length] ?? []) run(store, change);
        run(store, ['SET', `new:${steps}`, '1']);
        cursor = next;
        steps += 1;
        assert.ok(steps < 200, 'the scan does not end');
      } while (cursor !== '0');
      for (const key of stable) assert.ok(seen.has(key), `${key} is missing`);
    }),
    { numRuns: 100 },
  );
});
