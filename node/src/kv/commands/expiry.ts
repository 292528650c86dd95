/** Deadlines of keys: setting, asking, taking them away. */
import { command } from '../command.ts';
import type { Command, Execute } from '../command.ts';
import { integerOf, parseInteger } from '../integer.ts';
import type { KeyRecord } from '../key-record.ts';
import { NOT_AN_INTEGER, invalidExpireTime, quotable } from '../refusals.ts';
import { ErrorReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';
import { DEADLINE_KINDS, deadlineMs } from './deadline.ts';
import type { DeadlineKind } from './deadline.ts';

export const EXPIRY_COMMANDS: readonly Command[] = [
  command(50, 'EXPIRE', -3, 'write fast', '1 1 1', expire('expire', DEADLINE_KINDS.EX)),
  command(51, 'PEXPIRE', -3, 'write fast', '1 1 1', expire('pexpire', DEADLINE_KINDS.PX)),
  command(52, 'EXPIREAT', -3, 'write fast', '1 1 1', expire('expireat', DEADLINE_KINDS.EXAT)),
  command(53, 'PEXPIREAT', -3, 'write fast', '1 1 1', expire('pexpireat', DEADLINE_KINDS.PXAT)),
  command(54, 'TTL', 2, 'readonly fast', '1 1 1', (store, args, context) =>
    answer(store, args, (record) => Math.floor((leftMs(record, context.nowMs) + 500) / 1000)),
  ),
  command(55, 'PTTL', 2, 'readonly fast', '1 1 1', (store, args, context) =>
    answer(store, args, (record) => leftMs(record, context.nowMs)),
  ),
  command(56, 'EXPIRETIME', 2, 'readonly fast', '1 1 1', (store, args) =>
    answer(store, args, (record) => Math.floor((record.expiresAtMs + 500) / 1000)),
  ),
  command(57, 'PEXPIRETIME', 2, 'readonly fast', '1 1 1', (store, args) =>
    answer(store, args, (record) => record.expiresAtMs),
  ),
  command(58, 'PERSIST', 2, 'write fast', '1 1 1', persist),
];

const NO_SUCH_KEY = -2;
const NO_DEADLINE = -1;

const NX_WITH_OTHERS = new ErrorReply('ERR NX and XX, GT or LT options at the same time are not compatible');
const GT_WITH_LT = new ErrorReply('ERR GT and LT options at the same time are not compatible');

/** Past its deadline a key is still there until its expiry is applied: it has 0 ms left. */
function leftMs(record: KeyRecord, nowMs: number): number {
  return Math.max(0, record.expiresAtMs - nowMs);
}

function answer(store: Store, args: readonly string[], read: (record: KeyRecord) => number): Reply {
  const record = store.find(args[0] as string);
  if (record === undefined) return NO_SUCH_KEY;
  return record.expiresAtMs === 0 ? NO_DEADLINE : integerOf(read(record));
}

function persist(store: Store, args: readonly string[]): Reply {
  const record = store.find(args[0] as string);
  if (record === undefined || record.expiresAtMs === 0) return 0;
  store.setDeadline(record, 0);
  return 1;
}

function expire(name: string, kind: DeadlineKind): Execute {
  return (store, args, context) => {
    const condition = parseCondition(args);
    if (condition instanceof ErrorReply) return condition;
    const amount = parseInteger(args[1] as string);
    if (amount === undefined) return NOT_AN_INTEGER;
    const deadline = deadlineMs(amount, kind, context.nowMs);
    if (deadline === undefined) return invalidExpireTime(name);
    const record = store.find(args[0] as string);
    if (record === undefined || !holds(condition, record.expiresAtMs, deadline)) return 0;
    if (deadline <= context.nowMs) store.remove(record);
    else store.setDeadline(record, deadline);
    return 1;
  };
}

interface Condition {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

const ALWAYS: Condition = { nx: false, xx: false, gt: false, lt: false };

function parseCondition(args: readonly string[]): Condition | ErrorReply {
  if (args.length === 2) return ALWAYS;
  const condition = { ...ALWAYS };
  for (const word of args.slice(2)) {
    switch (word.toUpperCase()) {
      case 'NX':
        condition.nx = true;
        break;
      case 'XX':
        condition.xx = true;
        break;
      case 'GT':
        condition.gt = true;
        break;
      case 'LT':
        condition.lt = true;
        break;
      default:
        return new ErrorReply(`ERR Unsupported option ${quotable(word)}`);
    }
  }
  if (condition.nx && (condition.xx || condition.gt || condition.lt)) return NX_WITH_OTHERS;
  return condition.gt && condition.lt ? GT_WITH_LT : condition;
}

/** No deadline counts as one that never comes: later than any other. */
function holds(condition: Condition, presentMs: number, deadline: number): boolean {
  const present = presentMs === 0 ? Number.POSITIVE_INFINITY : presentMs;
  if (condition.nx && presentMs !== 0) return false;
  if (condition.xx && presentMs === 0) return false;
  if (condition.gt && deadline <= present) return false;
  return !(condition.lt && deadline >= present);
}
