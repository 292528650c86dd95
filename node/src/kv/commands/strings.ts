/** Reading and writing whole values: `GET`, `SET` and their family. */
import { command, wrongArity } from '../command.ts';
import type { Command, Context } from '../command.ts';
import { KEYS_UNSORTED_MAX, STRING_BYTES_MAX } from '../limits.ts';
import { STRING_TOO_LONG, SYNTAX_ERROR } from '../refusals.ts';
import { ErrorReply, OK } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';
import { DEADLINE_KINDS, positiveDeadlineMs } from './deadline.ts';
import type { DeadlineKind } from './deadline.ts';
import { BOUNDED_SINCE } from '../version-needed.ts';

export const STRING_COMMANDS: readonly Command[] = [
  command(1, 'GET', 2, 'readonly fast', '1 1 1', get),
  command(2, 'SET', -3, 'write denyoom', '1 1 1', set),
  command(3, 'SETNX', 3, 'write denyoom fast', '1 1 1', setIfAbsent),
  command(4, 'SETEX', 4, 'write denyoom', '1 1 1', (store, args, context) =>
    setWithDeadline(store, args, context, DEADLINE_KINDS.EX, 'setex'),
  ),
  command(5, 'PSETEX', 4, 'write denyoom', '1 1 1', (store, args, context) =>
    setWithDeadline(store, args, context, DEADLINE_KINDS.PX, 'psetex'),
  ),
  command(6, 'GETSET', 3, 'write denyoom fast', '1 1 1', getAndSet),
  command(7, 'GETDEL', 2, 'write fast', '1 1 1', getAndDelete),
  command(8, 'GETEX', -2, 'write fast', '1 1 1', getAndExpire),
  command(9, 'MGET', -2, 'readonly fast', '1 -1 1', getMany),
  command(10, 'MSET', -3, 'write denyoom', '1 -1 2', setMany),
  command(11, 'MSETNX', -3, 'write denyoom', '1 -1 2', setManyIfAbsent),
];

function get(store: Store, args: readonly string[]): Reply {
  const record = store.find(args[0] as string);
  return record === undefined ? null : record.value;
}

function set(store: Store, args: readonly string[], context: Context): Reply {
  const value = args[1] as string;
  if (value.length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  if (args.length > 2) return setWithOptions(store, args, context);
  store.put(args[0] as string, value, 0);
  return OK;
}

function setWithOptions(store: Store, args: readonly string[], context: Context): Reply {
  const [key, value] = args as [string, string];
  const options = parseOptions(args, 2, SET_WORDS);
  if (options === undefined) return SYNTAX_ERROR;
  let deadline = 0;
  if (options.kind !== undefined) {
    const parsed = positiveDeadlineMs(options.amount, options.kind, context.nowMs, 'set');
    if (parsed instanceof ErrorReply) return parsed;
    deadline = parsed;
  }
  const present = store.find(key);
  const valueBefore = present === undefined ? null : present.value;
  if (
    options.condition === 'NX' ? present !== undefined : options.condition === 'XX' && present === undefined
  ) {
    return options.get ? valueBefore : null;
  }
  if (options.keepDeadline) store.put(key, value, present?.expiresAtMs ?? 0);
  else putOrRemove(store, key, value, deadline, context);
  return options.get ? valueBefore : OK;
}

function setIfAbsent(store: Store, args: readonly string[]): Reply {
  const [key, value] = args as [string, string];
  if (value.length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  if (store.find(key) !== undefined) return 0;
  store.put(key, value, 0);
  return 1;
}

function setWithDeadline(
  store: Store,
  args: readonly string[],
  context: Context,
  kind: DeadlineKind,
  name: string,
): Reply {
  const [key, amount, value] = args as [string, string, string];
  const deadline = positiveDeadlineMs(amount, kind, context.nowMs, name);
  if (deadline instanceof ErrorReply) return deadline;
  if (value.length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  putOrRemove(store, key, value, deadline, context);
  return OK;
}

/** A key whose deadline has passed already is deleted at once; 0 is no deadline. */
function putOrRemove(store: Store, key: string, value: string, deadline: number, context: Context): void {
  if (deadline === 0 || deadline > context.nowMs) {
    store.put(key, value, deadline);
    return;
  }
  const present = store.find(key);
  if (present !== undefined) store.remove(present);
}

function getAndSet(store: Store, args: readonly string[]): Reply {
  const [key, value] = args as [string, string];
  if (value.length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  const valueBefore = get(store, args);
  store.put(key, value, 0);
  return valueBefore;
}

function getAndDelete(store: Store, args: readonly string[]): Reply {
  const record = store.find(args[0] as string);
  if (record === undefined) return null;
  store.remove(record);
  return record.value;
}

function getAndExpire(store: Store, args: readonly string[], context: Context): Reply {
  const options = parseOptions(args, 1, GETEX_WORDS);
  if (options === undefined) return SYNTAX_ERROR;
  const record = store.find(args[0] as string);
  if (record === undefined) return null;
  const { value } = record;
  if (options.kind !== undefined) {
    const deadline = positiveDeadlineMs(options.amount, options.kind, context.nowMs, 'getex');
    if (deadline instanceof ErrorReply) return deadline;
    if (deadline <= context.nowMs) store.remove(record);
    else store.setDeadline(record, deadline);
  } else if (options.persist && record.expiresAtMs !== 0) {
    store.setDeadline(record, 0);
  }
  return value;
}

function getMany(store: Store, args: readonly string[]): Reply {
  store.spend(args.length / 4);
  return args.map((key) => store.find(key)?.value ?? null);
}

function setMany(store: Store, args: readonly string[]): Reply {
  const refusal = refusePairs(args, 'mset');
  if (refusal !== undefined) return refusal;
  putPairs(store, args);
  return OK;
}

function setManyIfAbsent(store: Store, args: readonly string[]): Reply {
  const refusal = refusePairs(args, 'msetnx');
  if (refusal !== undefined) return refusal;
  for (let index = 0; index < args.length; index += 2) {
    if (store.find(args[index] as string) !== undefined) return 0;
  }
  putPairs(store, args);
  return 1;
}

function refusePairs(args: readonly string[], name: string): ErrorReply | undefined {
  if (args.length % 2 !== 0) return wrongArity(name);
  for (let index = 1; index < args.length; index += 2) {
    if ((args[index] as string).length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  }
  return undefined;
}

function putPairs(store: Store, args: readonly string[]): void {
  if (args.length > 2 * KEYS_UNSORTED_MAX && store.agreedVersion >= BOUNDED_SINCE)
    return putSorted(store, args);
  for (let index = 0; index < args.length; index += 2) {
    store.put(args[index] as string, args[index + 1] as string, 0);
  }
}

/** Of a key that is named twice the last value counts: sorting keeps the order of equals. */
function putSorted(store: Store, args: readonly string[]): void {
  const positions: number[] = [];
  for (let index = 0; index < args.length; index += 2) positions.push(index);
  positions.sort((left, right) =>
    (args[left] as string) < (args[right] as string) ? -1 : args[left] === args[right] ? left - right : 1,
  );
  for (const index of positions) store.put(args[index] as string, args[index + 1] as string, 0);
}

interface Options {
  condition: 'NX' | 'XX' | undefined;
  get: boolean;
  keepDeadline: boolean;
  persist: boolean;
  kind: DeadlineKind | undefined;
  amount: string;
}

const SET_WORDS: ReadonlySet<string> = new Set(['NX', 'XX', 'GET', 'KEEPTTL', 'EX', 'PX', 'EXAT', 'PXAT']);
const GETEX_WORDS: ReadonlySet<string> = new Set(['PERSIST', 'EX', 'PX', 'EXAT', 'PXAT']);

/** Undefined for a word that is not allowed or does not go with those before it. Any may be repeated, as in Redis. */
function parseOptions(
  args: readonly string[],
  start: number,
  words: ReadonlySet<string>,
): Options | undefined {
  const options: Options = {
    condition: undefined,
    get: false,
    keepDeadline: false,
    persist: false,
    kind: undefined,
    amount: '',
  };
  for (let index = start; index < args.length; index += 1) {
    const word = (args[index] as string).toUpperCase();
    if (!words.has(word)) return undefined;
    if (word === 'NX' || word === 'XX') {
      if (options.condition !== undefined && options.condition !== word) return undefined;
      options.condition = word;
    } else if (word === 'GET') {
      options.get = true;
    } else if (word === 'KEEPTTL' || word === 'PERSIST') {
      if (options.kind !== undefined) return undefined;
      if (word === 'KEEPTTL') options.keepDeadline = true;
      else options.persist = true;
    } else {
      const kind = DEADLINE_KINDS[word as keyof typeof DEADLINE_KINDS];
      index += 1;
      const amount = args[index];
      const fits = options.kind === undefined || options.kind === kind;
      if (amount === undefined || !fits || options.keepDeadline || options.persist) return undefined;
      options.kind = kind;
      options.amount = amount;
    }
  }
  return options;
}
