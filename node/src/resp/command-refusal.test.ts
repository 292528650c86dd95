import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_KEYS_MAX } from '../kv/limits.ts';
import { ErrorReply } from '../kv/reply.ts';
import { commandEntry } from './command-table.ts';
import { refusalOf } from './command-refusal.ts';
import { createdKeyBytesMax } from './limits.ts';

const LONG = 'k'.repeat(createdKeyBytesMax + 1);
const LONGEST = 'k'.repeat(createdKeyBytesMax);

function refusal(name: string, ...args: string[]): ErrorReply | undefined {
  const entry = commandEntry(name);
  assert.ok(entry !== undefined);
  return refusalOf(entry, args, true);
}

const refuses = (name: string, ...args: string[]): boolean => refusal(name, ...args) !== undefined;

test('a key that is too long is not created', () => {
  assert.ok(refuses('SET', LONG, 'v'));
  assert.ok(refuses('APPEND', LONG, 'v'));
  assert.ok(refuses('MSET', 'a', '1', LONG, '2'));
  assert.ok(refuses('RENAME', 'a', LONG));
  assert.ok(refuses('RENAMENX', 'a', LONG));
  assert.ok(refuses('COPY', 'a', LONG, 'REPLACE'));
});

test('one of an older release may be read, renamed, copied and deleted, and values are longer', () => {
  assert.ok(!refuses('SET', LONGEST, LONG));
  assert.ok(!refuses('MSET', 'a', LONG, 'b', LONG));
  assert.ok(!refuses('GET', LONG));
  assert.ok(!refuses('MGET', 'a', LONG));
  assert.ok(!refuses('DEL', 'a', LONG));
  assert.ok(!refuses('RENAME', LONG, 'a'));
  assert.ok(!refuses('COPY', LONG, 'a'));
  assert.ok(!refuses('EXPIRE', LONG, '1'));
});

test('a command names so many keys and no more, and is told how many', () => {
  const keys = Array.from({ length: COMMAND_KEYS_MAX }, (_, number) => `k${number}`);
  const pairs = keys.flatMap((key) => [key, 'v']);
  assert.ok(!refuses('DEL', ...keys));
  assert.ok(!refuses('MSET', ...pairs));
  const tooMany = new ErrorReply(
    `ERR too many keys: a command or a transaction names at most ${COMMAND_KEYS_MAX}`,
  );
  assert.deepEqual(refusal('DEL', ...keys, 'one more'), tooMany);
  assert.deepEqual(refusal('MGET', ...keys, 'one more'), tooMany);
  assert.deepEqual(refusal('MSET', ...pairs, 'one more', 'v'), tooMany);
});
