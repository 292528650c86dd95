import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { commandByName } from '../src/kv/commands.ts';
import { INTERNAL } from '../src/kv/internal-codes.ts';
import { ErrorReply, OK } from '../src/kv/reply.ts';
import { Store } from '../src/kv/store.ts';
import { encodeTransaction } from '../src/kv/transaction.ts';
import { type NaiveCommand, NaiveStore } from './naive-store.ts';

function performer(store: NaiveStore) {
  return (nowMs: number, name: string, ...args: string[]) => store.perform({ name, args }, nowMs);
}

test('SET keeps its conditions and its deadline', () => {
  const perform = performer(new NaiveStore());
  assert.equal(perform(0, 'SET', 'a', '1', 'NX', 'PX', '100'), OK);
  assert.equal(perform(10, 'SET', 'a', '2', 'NX'), null);
  assert.equal(perform(10, 'SET', 'b', '2', 'xx'), null);
  assert.equal(perform(10, 'SET', 'a', '2', 'KEEPTTL', 'GET'), '1');
  assert.equal(perform(10, 'PTTL', 'a'), 90);
  assert.equal(perform(10, 'SET', 'a', '3', 'EX', '2'), OK);
  assert.equal(perform(10, 'PTTL', 'a'), 2000);
  assert.equal(perform(10, 'SET', 'a', '4'), OK);
  assert.equal(perform(10, 'PTTL', 'a'), -1);
  assert.equal(perform(10, 'PTTL', 'b'), -2);
  assert.deepEqual(
    perform(10, 'SET', 'a', '5', 'PX', '0'),
    new ErrorReply("ERR invalid expire time in 'set' command"),
  );
  assert.deepEqual(perform(10, 'SET', 'a', '5', 'NX', 'XX'), new ErrorReply('ERR syntax error'));
});

test('a key past its deadline lives until the log expires it, earliest first', () => {
  const store = new NaiveStore();
  const perform = performer(store);
  perform(0, 'SET', 'late', '1', 'PX', '20');
  perform(0, 'SET', 'early', '1', 'PX', '10');
  perform(0, 'SET', 'kept', '1');
  assert.equal(perform(50, 'EXISTS', 'late', 'early', 'late'), 3);
  assert.equal(perform(50, 'PTTL', 'late'), 0);
  assert.equal(store.expireDue(50, 1), 1);
  assert.deepEqual(perform(50, 'MGET', 'late', 'early', 'kept'), ['1', null, '1']);
  assert.equal(store.expireDue(19, 10), 0);
  assert.equal(store.expireDue(20, 10), 1);
  assert.equal(store.revision, 5);
});

test('INCRBY counts in 64 bits and keeps the deadline', () => {
  const perform = performer(new NaiveStore());
  assert.equal(perform(0, 'INCRBY', 'a', '-3'), -3);
  assert.equal(perform(0, 'PEXPIRE', 'a', '100'), 1);
  assert.equal(perform(0, 'INCRBY', 'a', '9223372036854775807'), 9223372036854775804n);
  assert.deepEqual(
    perform(0, 'INCRBY', 'a', '4'),
    new ErrorReply('ERR increment or decrement would overflow'),
  );
  assert.equal(perform(0, 'PTTL', 'a'), 100);
  assert.equal(perform(0, 'APPEND', 'a', 'x'), 20);
  assert.deepEqual(
    perform(0, 'INCRBY', 'a', '1'),
    new ErrorReply('ERR value is not an integer or out of range'),
  );
});

test('a transaction takes one revision, and none of it happens when a watched key has changed', () => {
  const store = new NaiveStore();
  const perform = performer(store);
  perform(0, 'SET', 'a', '1');
  assert.deepEqual(perform(0, 'kv.watch', 'a', 'gone'), [1, 1, 0]);
  const commands: NaiveCommand[] = [
    { name: 'INCRBY', args: ['a', '1'] },
    { name: 'GET', args: ['a'] },
    { name: 'SET', args: ['b', '1'] },
  ];
  assert.deepEqual(store.transaction([{ key: 'a', revision: 1 }], 1, commands, 0), [2, '2', OK]);
  assert.equal(store.revision, 2);
  assert.equal(store.transaction([{ key: 'a', revision: 1 }], 1, commands, 0), null);
  // It was absent when it was watched, and is absent again: it was there meanwhile.
  perform(0, 'SET', 'gone', '1');
  perform(0, 'DEL', 'gone');
  assert.equal(store.transaction([{ key: 'gone', revision: 0 }], 1, commands, 0), null);
  assert.equal(store.revision, 4);
});

// Against the real store: two people read the same rules.

const NOW_START_MS = 1_767_225_600_000;
const key = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('', '1', '-7', 'word', '9223372036854775807', '007');
const lifetime = fc.constantFrom('1', '50', '1000', '0', '-5', 'x', '9223372036854775807');
const setWords = fc.oneof(
  fc.subarray(['NX', 'XX', 'KEEPTTL', 'GET', 'get', 'WHAT'], { maxLength: 2 }),
  fc.tuple(fc.constantFrom('PX', 'EX', 'px'), lifetime),
  fc.tuple(fc.constantFrom('NX', 'XX', 'GET', 'KEEPTTL'), fc.constantFrom('PX', 'EX'), lifetime),
);
const naiveCommand: fc.Arbitrary<NaiveCommand> = fc
  .oneof(
    fc.tuple(fc.constant('GET'), key),
    fc.tuple(fc.constantFrom('MGET', 'EXISTS', 'DEL'), key, key),
    fc.tuple(fc.constant('SET'), key, value),
    fc.tuple(fc.constant('SET'), key, value, setWords).map(([name, k, v, words]) => [name, k, v, ...words]),
    fc.tuple(fc.constant('INCRBY'), key, fc.oneof(value, fc.constant('1'))),
    fc.tuple(fc.constant('APPEND'), key, value),
    fc.tuple(fc.constant('PEXPIRE'), key, lifetime),
    fc.tuple(fc.constant('PTTL'), key),
    fc.constantFrom(['FLUSHALL'], ['DBSIZE']),
  )
  .map(([name = '', ...args]) => ({ name, args }));

type Step =
  | { readonly kind: 'command'; readonly command: NaiveCommand; readonly afterMs: number }
  | { readonly kind: 'expire'; readonly keysMax: number }
  | { readonly kind: 'watch'; readonly keys: readonly string[] }
  | { readonly kind: 'exec'; readonly commands: readonly NaiveCommand[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('command'), command: naiveCommand, afterMs: fc.nat(60) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('expire'), keysMax: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('watch'), keys: fc.array(key, { minLength: 1, maxLength: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('exec'), commands: fc.array(naiveCommand, { maxLength: 4 }) }),
  },
);

const codeOf = (name: string): number => {
  const command = commandByName(name);
  assert.ok(command, `no command ${name}`);
  return command.code;
};

test('the naive store and the real one give the same replies and revisions', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const naive = new NaiveStore();
      const real = new Store();
      let nowMs = NOW_START_MS;
      let watched: { keys: readonly string[]; revisions: readonly number[] } = { keys: [], revisions: [0] };
      for (const each of steps) {
        if (each.kind === 'expire') {
          assert.equal(naive.expireDue(nowMs, each.keysMax), real.expireDue(nowMs, each.keysMax));
        } else if (each.kind === 'watch') {
          const reply = naive.perform({ name: 'kv.watch', args: each.keys }, nowMs);
          assert.deepEqual(real.execute(INTERNAL.watch, each.keys, { nowMs, random: 0 }), reply);
          watched = { keys: each.keys, revisions: reply as number[] };
        } else if (each.kind === 'exec') {
          const [storeRevision = 0, ...revisions] = watched.revisions;
          const watches = watched.keys.map((name, index) => ({ key: name, revision: revisions[index] ?? 0 }));
          const queued = each.commands.map(({ name, args }) => ({ code: codeOf(name), args }));
          const args = encodeTransaction(watches, storeRevision, queued);
          assert.deepEqual(
            naive.execute(INTERNAL.exec, args, nowMs),
            real.execute(INTERNAL.exec, args, { nowMs, random: 0 }),
          );
        } else {
          nowMs += each.afterMs;
          const { name, args } = each.command;
          assert.deepEqual(
            naive.execute(codeOf(name), args, nowMs),
            real.execute(codeOf(name), args, { nowMs, random: 0 }),
          );
        }
        assert.equal(naive.revision, real.revision);
      }
      const found = naive
        .contents()
        .map((entry) => [entry.key, entry.value, entry.deadlineMs ?? 0, entry.revision]);
      const expected = [...real.from('')].map(([name, r]) => [
        name,
        r.value,
        r.expiresAtMs,
        r.modifyRevision,
      ]);
      assert.deepEqual(found, expected);
    }),
    { numRuns: 1_000 },
  );
});
