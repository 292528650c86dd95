/**
 * A transaction as the arguments of one command of the log: what was watched, then the commands.
 *
 *     store revision at WATCH, n, n × (key, its revision), then for each command: code, m, m × argument
 *
 * Numbers are decimal texts. Only our doors write this, so that a wrong layout is a bug.
 */
import assert from 'node:assert/strict';
import { INTERNAL } from './internal-codes.ts';

/** A key and the revision of its last change when it was watched; 0 when it was absent. */
export interface Watch {
  readonly key: string;
  readonly revision: number;
}

export interface QueuedCommand {
  readonly code: number;
  /** Without the command's name. */
  readonly args: readonly string[];
}

export interface Transaction {
  readonly watches: readonly Watch[];
  /** The store's revision when the first key was watched; any when none was. */
  readonly storeRevision: number;
  readonly commands: readonly QueuedCommand[];
}

export function encodeTransaction(
  watches: readonly Watch[],
  storeRevision: number,
  commands: readonly QueuedCommand[],
): string[] {
  const args = [String(storeRevision), String(watches.length)];
  for (const { key, revision } of watches) args.push(key, String(revision));
  for (const { code, args: own } of commands) {
    assert(code !== INTERNAL.exec, 'transactions-do-not-nest: a transaction holds no transaction');
    args.push(String(code), String(own.length));
    for (const arg of own) args.push(arg);
  }
  return args;
}

export function decodeTransaction(args: readonly string[]): Transaction {
  const watches: Watch[] = [];
  const watchesEnd = 2 + 2 * Number(args[1]);
  for (let index = 2; index < watchesEnd; index += 2) {
    watches.push({ key: args[index] as string, revision: Number(args[index + 1]) });
  }
  return { watches, storeRevision: Number(args[0]), commands: decodeCommands(args, watchesEnd) };
}

/** From that argument on there is nothing but commands, each with its code and the number of its arguments. */
export function decodeCommands(args: readonly string[], first: number): QueuedCommand[] {
  const commands: QueuedCommand[] = [];
  let index = first;
  while (index < args.length) {
    const start = index + 2;
    const end = start + Number(args[index + 1]);
    commands.push({ code: Number(args[index]), args: args.slice(start, end) });
    index = end;
  }
  assert.equal(index, args.length, 'transaction-is-whole: the arguments end where the last command does');
  return commands;
}
