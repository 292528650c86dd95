/**
 * A transaction with conditions, as `/v1/txn` offers it: if all of them hold the first branch is done, else the second;
 * all of it at one moment. As the arguments of one command of the log:
 *
 *     n, n × (key, condition's kind, what is expected), commands of the first branch, then each command of both branches: code, m, m × argument
 *
 * Numbers are decimal texts. Only our doors write this, so that a wrong layout is a bug.
 */
import type { Condition } from './condition.ts';
import { decodeCommands, type QueuedCommand } from './transaction.ts';

export interface Comparison {
  readonly key: string;
  readonly condition: Condition;
}

export interface Txn {
  readonly comparisons: readonly Comparison[];
  /** Of `kv.put`, `kv.delete` and `kv.get` only. */
  readonly success: readonly QueuedCommand[];
  readonly failure: readonly QueuedCommand[];
}

export function encodeTxn({ comparisons, success, failure }: Txn): string[] {
  const args = [String(comparisons.length)];
  for (const { key, condition } of comparisons) args.push(key, condition.kind, condition.expected);
  args.push(String(success.length));
  for (const { code, args: own } of [...success, ...failure]) {
    args.push(String(code), String(own.length));
    for (const arg of own) args.push(arg);
  }
  return args;
}

export function decodeTxn(args: readonly string[]): Txn {
  const comparisons: Comparison[] = [];
  const comparisonsEnd = 1 + 3 * Number(args[0]);
  for (let index = 1; index < comparisonsEnd; index += 3) {
    const [key, kind, expected] = args.slice(index, index + 3) as [string, Condition['kind'], string];
    comparisons.push({ key, condition: { kind, expected } });
  }
  const commands = decodeCommands(args, comparisonsEnd + 1);
  const successCount = Number(args[comparisonsEnd]);
  return { comparisons, success: commands.slice(0, successCount), failure: commands.slice(successCount) };
}
