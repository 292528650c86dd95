/** Random logs for property tests: commands on few keys, so that they meet, with a clock that moves on. */
import * as fc from 'fast-check';
import { commandByName } from './commands.ts';
import { INTERNAL } from './internal-codes.ts';
import { encodeTransaction } from './transaction.ts';
import type { QueuedCommand } from './transaction.ts';

/** One thing to do to a store: execute a command, or apply expiry at a stamp. */
export type LogStep =
  | {
      readonly kind: 'command';
      readonly code: number;
      readonly name: string;
      readonly args: readonly string[];
      readonly nowMs: number;
    }
  | { readonly kind: 'expire'; readonly stampMs: number; readonly keysMax: number };

/** Stamps start here. */
export const START_MS = 1_800_000_000_000;

export const keyArbitrary = fc.constantFrom('a', 'b', 'c', 'user:1', 'user:2', 'user:31', '\xff\x00');
const valueArbitrary = fc.oneof(
  fc.constantFrom('', '0', '41', '-7', '9223372036854775807', 'text', '1.5', '\x80\xff'),
  fc.integer().map(String),
  fc.string({ unit: 'grapheme-ascii', maxLength: 100 }),
);
const lifetimeArbitrary = fc.constantFrom('1', '5', '20', '100', '-1', '0', 'x', '9223372036854775807');
const absoluteArbitrary = fc
  .integer({ min: -50, max: 200 })
  .map((distanceMs) => String(START_MS + distanceMs));

const WRITES: readonly fc.Arbitrary<readonly string[]>[] = [
  fc.tuple(fc.constant('SET'), keyArbitrary, valueArbitrary),
  fc.tuple(fc.constant('SET'), keyArbitrary, valueArbitrary, fc.constant('PX'), lifetimeArbitrary),
  fc.tuple(fc.constant('SET'), keyArbitrary, valueArbitrary, fc.constant('PXAT'), absoluteArbitrary),
  fc.tuple(
    fc.constant('SET'),
    keyArbitrary,
    valueArbitrary,
    fc.constantFrom('NX', 'XX', 'KEEPTTL'),
    fc.constant('GET'),
  ),
  fc.tuple(fc.constant('GETDEL'), keyArbitrary),
  fc.tuple(fc.constant('GETEX'), keyArbitrary, fc.constant('PX'), lifetimeArbitrary),
  fc.tuple(fc.constant('MSET'), keyArbitrary, valueArbitrary, keyArbitrary, valueArbitrary),
  fc.tuple(fc.constantFrom('INCR', 'DECR'), keyArbitrary),
  fc.tuple(fc.constant('INCRBY'), keyArbitrary, valueArbitrary),
  fc.tuple(fc.constant('APPEND'), keyArbitrary, valueArbitrary),
  fc.tuple(fc.constant('DEL'), keyArbitrary, keyArbitrary),
  fc.tuple(fc.constant('PEXPIRE'), keyArbitrary, lifetimeArbitrary),
  fc.tuple(fc.constant('PEXPIREAT'), keyArbitrary, absoluteArbitrary),
  fc.tuple(fc.constant('PERSIST'), keyArbitrary),
  fc.tuple(fc.constant('RENAME'), keyArbitrary, keyArbitrary),
  fc.tuple(fc.constant('FLUSHALL')),
];

const READS: readonly fc.Arbitrary<readonly string[]>[] = [
  fc.tuple(fc.constant('GET'), keyArbitrary),
  fc.tuple(fc.constant('EXISTS'), keyArbitrary, keyArbitrary),
  fc.tuple(fc.constant('PTTL'), keyArbitrary),
  fc.tuple(fc.constant('KEYS'), fc.constantFrom('*', 'user:*', '[ab]')),
  fc.tuple(fc.constant('SCAN'), fc.constantFrom('0', '3', '12'), fc.constant('COUNT'), fc.constant('2')),
  fc.tuple(fc.constant('RANDOMKEY')),
];

/** A command as words; writes are drawn more often. */
export const wordsArbitrary: fc.Arbitrary<readonly string[]> = fc.oneof(
  { arbitrary: fc.oneof(...WRITES), weight: 4 },
  { arbitrary: fc.oneof(...READS), weight: 1 },
);

export function queued(words: readonly string[]): QueuedCommand {
  const [name = '', ...args] = words;
  const command = commandByName(name);
  if (command === undefined) throw new Error(`${name} is not a command`);
  return { code: command.code, args };
}

const transactionArbitrary = fc.array(wordsArbitrary, { maxLength: 4 }).map((commands) => ({
  name: 'kv.exec',
  code: INTERNAL.exec,
  args: encodeTransaction([], 0, commands.map(queued)),
}));

const commandArbitrary = fc.oneof(
  { arbitrary: wordsArbitrary.map((words) => ({ name: words[0] ?? '', ...queued(words) })), weight: 9 },
  { arbitrary: transactionArbitrary, weight: 1 },
);

const stepArbitrary = fc.oneof(
  { arbitrary: commandArbitrary.map((command) => ({ kind: 'command' as const, ...command })), weight: 8 },
  {
    arbitrary: fc.record({ kind: fc.constant('expire' as const), keysMax: fc.integer({ min: 1, max: 3 }) }),
    weight: 1,
  },
);

/** Steps with stamps that never fall. */
export const logArbitrary: fc.Arbitrary<readonly LogStep[]> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 15 }), stepArbitrary), { maxLength: 60 })
  .map((timed) => {
    let nowMs = START_MS;
    return timed.map(([passedMs, step]): LogStep => {
      nowMs += passedMs;
      return step.kind === 'expire' ? { ...step, stampMs: nowMs } : { ...step, nowMs };
    });
  });
