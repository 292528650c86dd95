/** Keys as such: whether they are there, their names, removing them. */
import { command } from '../command.ts';
import type { Command, Context } from '../command.ts';
import { parseInteger } from '../integer.ts';
import { KEYS_UNSORTED_MAX } from '../limits.ts';
import { NOT_AN_INTEGER, NO_SUCH_KEY, SYNTAX_ERROR } from '../refusals.ts';
import { ErrorReply, OK, Status } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';
import { BOUNDED_SINCE } from '../version-needed.ts';

export const KEY_COMMANDS: readonly Command[] = [
  command(30, 'DEL', -2, 'write', '1 -1 1', remove),
  command(31, 'UNLINK', -2, 'write fast', '1 -1 1', remove),
  command(32, 'EXISTS', -2, 'readonly fast', '1 -1 1', countPresent),
  command(33, 'TYPE', 2, 'readonly fast', '1 1 1', type),
  command(34, 'RENAME', 3, 'write', '1 2 1', rename),
  command(35, 'RENAMENX', 3, 'write fast', '1 2 1', renameIfAbsent),
  command(36, 'COPY', -3, 'write denyoom', '1 2 1', copy),
  command(37, 'TOUCH', -2, 'readonly fast', '1 -1 1', countPresent),
  command(38, 'RANDOMKEY', 1, 'readonly', '', randomKey),
  command(41, 'DBSIZE', 1, 'readonly fast', '', (store) => store.size),
  command(42, 'FLUSHALL', -1, 'write', '', flush),
  command(43, 'FLUSHDB', -1, 'write', '', flush),
  command(45, 'TIME', 1, 'loading stale fast', '', time),
];

const TYPE_NONE = new Status('none');
const TYPE_STRING = new Status('string');
const NO_SUCH_DATABASE = new ErrorReply('ERR DB index is out of range');
const DATABASE_NOT_AN_INT = new ErrorReply(
  'ERR value is out of range, value must between -2147483648 and 2147483647',
);
const SAME_KEY = new ErrorReply('ERR source and destination objects are the same');

function remove(store: Store, args: readonly string[]): Reply {
  let count = 0;
  const isSorted = args.length > KEYS_UNSORTED_MAX && store.agreedVersion >= BOUNDED_SINCE;
  for (const key of isSorted ? args.toSorted() : args) {
    const record = store.find(key);
    if (record === undefined) continue;
    store.remove(record);
    count += 1;
  }
  return count;
}

/** A key that is named twice counts twice, as in Redis. */
function countPresent(store: Store, args: readonly string[]): Reply {
  store.spend(args.length / 4);
  let count = 0;
  for (const key of args) if (store.find(key) !== undefined) count += 1;
  return count;
}

function type(store: Store, args: readonly string[]): Reply {
  return store.find(args[0] as string) === undefined ? TYPE_NONE : TYPE_STRING;
}

function rename(store: Store, args: readonly string[]): Reply {
  const [source, target] = args as [string, string];
  const record = store.find(source);
  if (record === undefined) return NO_SUCH_KEY;
  if (source === target) return OK;
  store.put(target, record.value, record.expiresAtMs);
  store.remove(record);
  return OK;
}

function renameIfAbsent(store: Store, args: readonly string[]): Reply {
  const [source, target] = args as [string, string];
  if (store.find(source) === undefined) return NO_SUCH_KEY;
  if (store.find(target) !== undefined) return 0;
  rename(store, args);
  return 1;
}

function copy(store: Store, args: readonly string[]): Reply {
  const [source, target] = args as [string, string];
  let replace = false;
  for (let index = 2; index < args.length; index += 1) {
    const word = (args[index] as string).toUpperCase();
    if (word === 'REPLACE') {
      replace = true;
    } else if (word === 'DB' && index + 1 < args.length) {
      index += 1;
      const refusal = refuseDatabase(args[index] as string);
      if (refusal !== undefined) return refusal;
    } else {
      return SYNTAX_ERROR;
    }
  }
  if (source === target) return SAME_KEY;
  const record = store.find(source);
  if (record === undefined) return 0;
  if (!replace && store.find(target) !== undefined) return 0;
  store.put(target, record.value, record.expiresAtMs);
  return 1;
}

/** There is one database, number 0. */
function refuseDatabase(text: string): ErrorReply | undefined {
  const database = parseInteger(text);
  if (database === undefined) return NOT_AN_INTEGER;
  if (database < -(2 ** 31) || database > 2 ** 31 - 1) return DATABASE_NOT_AN_INT;
  return database === 0 ? undefined : NO_SUCH_DATABASE;
}

function randomKey(store: Store, _args: readonly string[], context: Context): Reply {
  return store.createdAt(Math.floor(context.random * store.size))?.key ?? null;
}

function flush(store: Store, args: readonly string[]): Reply {
  const mode = args[0]?.toUpperCase();
  if (args.length > 1 || (mode !== undefined && mode !== 'ASYNC' && mode !== 'SYNC')) return SYNTAX_ERROR;
  store.clear();
  return OK;
}

/** Seconds, and the microseconds beside them. */
function time(_store: Store, _args: readonly string[], context: Context): Reply {
  return [String(Math.floor(context.nowMs / 1000)), String((context.nowMs % 1000) * 1000)];
}
