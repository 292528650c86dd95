/** Values that count: `INCR`, `DECRBY`, `INCRBYFLOAT`. A key that is absent counts as 0; deadlines stay. */
import { command } from '../command.ts';
import type { Command } from '../command.ts';
import { addExtended, extendedWork, formatExtended, parseExtended } from '../extended-float.ts';
import { addIntegers, negateInteger, parseInteger } from '../integer.ts';
import type { Integer } from '../integer.ts';
import { NOT_AN_INTEGER, NOT_A_FLOAT, OUT_OF_RANGE_SUM } from '../refusals.ts';
import { ErrorReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';

export const COUNTER_COMMANDS: readonly Command[] = [
  command(20, 'INCR', 2, 'write denyoom fast', '1 1 1', (store, args) => add(store, args[0] as string, 1)),
  command(21, 'INCRBY', 3, 'write denyoom fast', '1 1 1', increaseBy),
  command(22, 'DECR', 2, 'write denyoom fast', '1 1 1', (store, args) => add(store, args[0] as string, -1)),
  command(23, 'DECRBY', 3, 'write denyoom fast', '1 1 1', decreaseBy),
  command(24, 'INCRBYFLOAT', 3, 'write denyoom fast', '1 1 1', increaseByFloat),
];

const DECREMENT_OVERFLOW = new ErrorReply('ERR decrement would overflow');
const INFINITE_SUM = new ErrorReply('ERR increment would produce NaN or Infinity');

function increaseBy(store: Store, args: readonly string[]): Reply {
  const amount = parseInteger(args[1] as string);
  return amount === undefined ? NOT_AN_INTEGER : add(store, args[0] as string, amount);
}

function decreaseBy(store: Store, args: readonly string[]): Reply {
  const amount = parseInteger(args[1] as string);
  if (amount === undefined) return NOT_AN_INTEGER;
  const negated = negateInteger(amount);
  return negated === undefined ? DECREMENT_OVERFLOW : add(store, args[0] as string, negated);
}

function add(store: Store, key: string, amount: Integer): Reply {
  const record = store.find(key);
  const present = record === undefined ? 0 : parseInteger(record.value);
  if (present === undefined) return NOT_AN_INTEGER;
  const sum = addIntegers(present, amount);
  if (sum === undefined) return OUT_OF_RANGE_SUM;
  if (record === undefined) store.put(key, String(sum), 0);
  else store.setValue(record, String(sum));
  return sum;
}

function increaseByFloat(store: Store, args: readonly string[]): Reply {
  const key = args[0] as string;
  const record = store.find(key);
  const presentText = record === undefined ? '0' : record.value;
  const amountText = args[1] as string;
  const present = parseExtended(presentText);
  const amount = parseExtended(amountText);
  store.spend(extendedWork(presentText, present) + extendedWork(amountText, amount));
  if (present === undefined || amount === undefined) return NOT_A_FLOAT;
  const sum = addExtended(present, amount);
  if (sum === 'infinite') return INFINITE_SUM;
  const text = formatExtended(sum);
  if (record === undefined) store.put(key, text, 0);
  else store.setValue(record, text);
  return text;
}
