import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queued } from './commands.arbitrary.ts';
import { commandByCode, growsData } from './commands.ts';
import { INTERNAL } from './internal-codes.ts';
import { ErrorReply, OK } from './reply.ts';
import type { Reply } from './reply.ts';
import { Store } from './store.ts';
import { decodeTransaction, encodeTransaction } from './transaction.ts';

const CONTEXT = { nowMs: 1_000, random: 0.5 };

function run(store: Store, ...words: string[]): Reply {
  const { code, args } = queued(words);
  return store.execute(code, args, CONTEXT);
}

/** Watches a key, lets something happen, then sets `result` in a transaction; true when it went through. */
function survives(store: Store, key: string, happen: () => void): boolean {
  const [storeRevision, revision] = store.execute(INTERNAL.watch, [key], CONTEXT) as number[];
  happen();
  const watches = [{ key, revision: revision ?? 0 }];
  const args = encodeTransaction(watches, storeRevision ?? 0, [queued(['SET', 'result', '1'])]);
  return store.execute(INTERNAL.exec, args, CONTEXT) !== null;
}

test('a transaction decodes to what was encoded', () => {
  const commands = [queued(['SET', 'a', '']), queued(['DBSIZE']), queued(['MGET', 'x', 'y'])];
  const watches = [{ key: '3', revision: 7 }];
  assert.deepEqual(decodeTransaction(encodeTransaction(watches, 9, commands)), {
    watches,
    storeRevision: 9,
    commands,
  });
});

test('EXEC answers each command, and an error of one leaves the others be', () => {
  const store = new Store();
  const commands = [queued(['SET', 'a', 'text']), queued(['INCR', 'a']), queued(['GET', 'a'])];
  const reply = store.execute(INTERNAL.exec, encodeTransaction([], 0, commands), CONTEXT);
  assert.deepEqual(reply, [OK, new ErrorReply('ERR value is not an integer or out of range'), 'text']);
  assert.deepEqual(store.execute(INTERNAL.exec, encodeTransaction([], 0, []), CONTEXT), []);
});

test('EXEC goes through when nothing watched has changed', () => {
  const store = new Store();
  run(store, 'SET', 'present', '1');
  assert.ok(survives(store, 'present', () => run(store, 'SET', 'other', '1')));
  assert.ok(survives(store, 'absent', () => run(store, 'DEL', 'other')));
  assert.ok(survives(store, 'absent', () => run(store, 'DEL', 'absent')));
});

test('EXEC fails when a watched key was written, even with the same value', () => {
  const store = new Store();
  run(store, 'SET', 'a', '1');
  assert.ok(!survives(store, 'a', () => run(store, 'SET', 'a', '1')));
  assert.ok(!survives(store, 'a', () => run(store, 'PEXPIRE', 'a', '100')));
  assert.ok(!survives(store, 'a', () => store.expireDue(2_000, 1)));
});

test('EXEC fails when a watched key was deleted and created again, or created and deleted', () => {
  const store = new Store();
  run(store, 'SET', 'a', '1');
  const recreate = () => {
    run(store, 'DEL', 'a');
    run(store, 'SET', 'a', '1');
  };
  assert.ok(!survives(store, 'a', recreate));
  const pass = () => {
    run(store, 'SET', 'b', '1');
    run(store, 'DEL', 'b');
  };
  assert.ok(!survives(store, 'b', pass));
  const flush = () => {
    run(store, 'SET', 'c', '1');
    run(store, 'FLUSHALL');
  };
  assert.ok(!survives(store, 'c', flush));
});

test('transactions do not nest', () => {
  const inner = { code: INTERNAL.exec, args: encodeTransaction([], 0, []) };
  assert.throws(() => encodeTransaction([], 0, [inner]), /transactions-do-not-nest/);
});

test('growsData looks into transactions', () => {
  const exec = commandByCode(INTERNAL.exec);
  assert.ok(exec !== undefined);
  assert.equal(growsData(exec, encodeTransaction([], 0, [queued(['DEL', 'a'])])), false);
  assert.equal(
    growsData(exec, encodeTransaction([], 0, [queued(['DEL', 'a']), queued(['INCR', 'a'])])),
    true,
  );
});
