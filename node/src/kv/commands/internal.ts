/** Commands of our own doors: reading and writing with revisions for HTTP, and transactions. */
import { command } from '../command.ts';
import type { Command, Context } from '../command.ts';
import { conditionHolds } from '../condition.ts';
import { decodeGrowth } from '../growth.ts';
import { integerOf, parseInteger } from '../integer.ts';
import { INTERNAL } from '../internal-codes.ts';
import {
  COPIED_BYTES,
  LIST_BYTES_MAX,
  LIST_KEYS_MAX,
  STRING_BYTES_MAX,
  TRANSACTION_WORK_MAX,
} from '../limits.ts';
import { STRING_TOO_LONG, SYNTAX_ERROR } from '../refusals.ts';
import { ErrorReply, OK } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';
import { decodeTransaction } from '../transaction.ts';
import type { Transaction } from '../transaction.ts';
import { refuseTransaction } from '../transaction-bounds.ts';
import { DEADLINE_KINDS, positiveDeadlineMs } from './deadline.ts';
import { BOUNDED_SINCE } from '../version-needed.ts';

export const INTERNAL_COMMANDS: readonly Command[] = [
  // Whether it grows depends on what is in it: see `growsData`.
  command(INTERNAL.exec, 'kv.exec', -3, 'write', '', executeTransaction),
  command(INTERNAL.put, 'kv.put', 6, 'write denyoom', '1 1 1', put),
  command(INTERNAL.delete, 'kv.delete', 4, 'write', '1 1 1', remove),
  command(INTERNAL.get, 'kv.get', 2, 'readonly', '1 1 1', get),
  command(INTERNAL.list, 'kv.list', 5, 'readonly', '', list),
  command(INTERNAL.nop, 'kv.nop', 1, 'write', '', () => 0),
  command(INTERNAL.watch, 'kv.watch', -2, 'readonly', '1 -1 1', watch),
  command(INTERNAL.growth, 'kv.growth', 3, 'write', '', setGrowth),
];

const NESTED = new ErrorReply('ERR a transaction holds no transaction');
const TOO_LONG = new ErrorReply('ERR the transaction takes too long: this command was not executed');
const LIST_LIMIT = new ErrorReply(`ERR limit must be an integer from 1 to ${LIST_KEYS_MAX}`);

/** Replies in order; an error of one command leaves the others be. Nil when something watched has changed. */
function executeTransaction(store: Store, args: readonly string[], context: Context): Reply {
  const transaction = decodeTransaction(args);
  const isBounded = store.agreedVersion >= BOUNDED_SINCE;
  const refusal = isBounded
    ? refuseTransaction(store, transaction.watches.length, transaction.commands)
    : undefined;
  if (refusal !== undefined) return refusal;
  if (!watchesHold(store, transaction)) return null;
  const replies: Reply[] = [];
  store.countWork();
  for (const { code, args: own } of transaction.commands) {
    if (code === INTERNAL.exec) replies.push(NESTED);
    else if (isBounded && store.workCounted > TRANSACTION_WORK_MAX) replies.push(TOO_LONG);
    else {
      // Those before it may have used up the quota.
      const refused = isBounded ? store.refuseGrowth(code, own) : undefined;
      const reply = refused ?? store.executeWithin(code, own, context);
      store.spend(lengthOf(reply) / COPIED_BYTES);
      replies.push(reply);
    }
  }
  return replies;
}

/** Of the texts in it: they are held until the whole reply has gone out, and looked at for the digest. */
function lengthOf(reply: Reply): number {
  if (typeof reply === 'string') return reply.length;
  if (!Array.isArray(reply)) return 0;
  let length = 0;
  for (const element of reply as readonly Reply[]) if (typeof element === 'string') length += element.length;
  return length;
}

function watchesHold(store: Store, { watches, storeRevision }: Transaction): boolean {
  for (const { key, revision } of watches) {
    const record = store.find(key);
    if ((record?.modifyRevision ?? 0) !== revision) return false;
    if (record === undefined && store.mayHaveBeenDeletedSince(key, storeRevision)) return false;
  }
  return true;
}

/**
 * key, value, condition, expected revision, lifetime in ms ('' for no deadline) → [done, revision, created]. Done is 1 or 0;
 * the revision is the key's last change, this one if done, 0 if it is absent.
 */
function put(store: Store, args: readonly string[], context: Context): Reply {
  const [key, value, condition, expected, lifetime] = args as [string, string, string, string, string];
  if (value.length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  let deadline = 0;
  if (lifetime !== '') {
    const parsed = positiveDeadlineMs(lifetime, DEADLINE_KINDS.PX, context.nowMs, 'kv.put');
    if (parsed instanceof ErrorReply) return parsed;
    deadline = parsed;
  }
  const present = store.find(key);
  const held = conditionHolds(present, condition, expected);
  if (held === undefined) return SYNTAX_ERROR;
  if (!held) return [0, present?.modifyRevision ?? 0, 0];
  const created = present === undefined ? 1 : 0;
  return [1, store.put(key, value, deadline).modifyRevision, created];
}

/**
 * key, condition, expected revision → [done, revision, deleted]. Deleting an absent key without a condition is done, and
 * changes nothing. The revision is that of the deletion, or the key's last change if it was not done, 0 if it is absent.
 */
function remove(store: Store, args: readonly string[]): Reply {
  const [key, condition, expected] = args as [string, string, string];
  const present = store.find(key);
  const held = conditionHolds(present, condition, expected);
  if (held === undefined) return SYNTAX_ERROR;
  if (!held) return [0, present?.modifyRevision ?? 0, 0];
  if (present === undefined) return [1, 0, 0];
  store.remove(present);
  return [1, store.revision, 1];
}

/** key → [value, creation revision, modification revision, version, deadline in ms or 0], nil when absent. */
function get(store: Store, args: readonly string[]): Reply {
  const record = store.find(args[0] as string);
  if (record === undefined) return null;
  const { value, createRevision, modifyRevision, version, expiresAtMs } = record;
  return [value, createRevision, modifyRevision, version, integerOf(expiresAtMs)];
}

/**
 * prefix, key to start after ('' for the beginning), limit, 'keys' or 'values' → [entries, store's revision, more].
 * An entry is [key, value or nil, revision]. More is 1 when keys are left: the next page starts after the last key.
 */
function list(store: Store, args: readonly string[]): Reply {
  const [prefix, after, limitText, content] = args as [string, string, string, string];
  const limit = parseInteger(limitText);
  if (limit === undefined || limit < 1 || limit > LIST_KEYS_MAX) return LIST_LIMIT;
  if (content !== 'keys' && content !== 'values') return SYNTAX_ERROR;
  const entries: Reply[] = [];
  let bytes = 0;
  let counted = 0;
  for (const [key, record] of store.from(after > prefix ? after : prefix)) {
    if (key === after && after !== '') continue;
    if (!key.startsWith(prefix)) break;
    if (counted >= limit || bytes > LIST_BYTES_MAX) return [entries, store.revision, 1];
    entries.push([key, content === 'values' ? record.value : null, record.modifyRevision]);
    bytes += key.length + (content === 'values' ? record.value.length : 0);
    // The empty key comes on top of the limit: a page that ended with it could not say where to go on.
    if (key !== '') counted += 1;
  }
  return [entries, store.revision, 0];
}

/** keys → [store's revision, revision of each key's last change or 0]: what `EXEC` will compare with. */
function watch(store: Store, args: readonly string[]): Reply {
  return [store.revision, ...args.map((key) => store.find(key)?.modifyRevision ?? 0)];
}

/** quota in bytes (0: none), '1' when the leader's disk is full → nothing. */
function setGrowth(store: Store, args: readonly string[]): Reply {
  store.setGrowth(decodeGrowth(args));
  return OK;
}
