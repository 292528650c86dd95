/** Every command that a client may send, whoever answers it: the state machine, the connection, or its transaction. */
import type { Command } from '../kv/command.ts';
import { COMMANDS } from '../kv/commands.ts';
import { CLIENT_COMMAND } from './connection-commands/client-command.ts';
import { CLUSTER_COMMANDS } from './connection-commands/cluster-command.ts';
import { commandCommand } from './connection-commands/command-command.ts';
import { CONFIG_COMMAND } from './connection-commands/config-command.ts';
import type { ConnectionCommand, Run } from './connection-commands/connection-command.ts';
import { INFO_COMMAND } from './connection-commands/info.ts';
import { OPERATION_COMMANDS } from './connection-commands/operation.ts';
import { SESSION_COMMANDS } from './connection-commands/session.ts';

export type TransactionCommand = 'multi' | 'exec' | 'discard' | 'watch' | 'unwatch';

/** Exactly one of `data`, `run` and `transaction` says who answers. */
export interface CommandEntry {
  /** Lower case, as errors, lists and metrics have it. */
  readonly name: string;
  /** Redis's convention: the name counts; −n means at least n. */
  readonly arity: number;
  readonly flags: readonly string[];
  readonly keys: Command['keys'];
  readonly subcommands: readonly string[];
  readonly data: Command | undefined;
  readonly run: Run | undefined;
  /** What is wrong with a container's subcommand, before it is queued. */
  readonly refuse: ConnectionCommand['refuse'] | undefined;
  readonly transaction: TransactionCommand | undefined;
  /** MULTI does not queue it: it runs at once. */
  readonly unqueued: boolean;
  /** It is answered before a password was given, too. */
  readonly open: boolean;
}

const NO_KEYS = { first: 0, last: 0, step: 0 };
const UNQUEUED = new Set(['QUIT', 'RESET']);

const BY_LOWER_NAME = new Map<string, CommandEntry>();

/** Both spellings that clients use, so that finding a command seldom needs to change case. */
const BY_NAME = new Map<string, CommandEntry>();

/** Undefined when there is no such command; `name` in any case. */
export function commandEntry(name: string): CommandEntry | undefined {
  return BY_NAME.get(name) ?? BY_LOWER_NAME.get(name.toLowerCase());
}

for (const command of COMMANDS) add(dataEntry(command));
for (const command of [
  ...SESSION_COMMANDS,
  CLIENT_COMMAND,
  commandCommand(() => BY_LOWER_NAME),
  CONFIG_COMMAND,
  INFO_COMMAND,
  ...CLUSTER_COMMANDS,
  ...OPERATION_COMMANDS,
]) {
  // What the connection can answer does not trouble the replica: the clock is one such thing.
  add(connectionEntry(command));
}
add(transactionEntry('multi', 1, 'noscript loading stale fast', NO_KEYS));
add(transactionEntry('exec', 1, 'noscript loading stale skip_slowlog', NO_KEYS));
add(transactionEntry('discard', 1, 'noscript loading stale fast', NO_KEYS));
add(transactionEntry('watch', -2, 'noscript loading stale fast', { first: 1, last: -1, step: 1 }));
add(transactionEntry('unwatch', 1, 'noscript loading stale fast', NO_KEYS));

function add(entry: CommandEntry): void {
  BY_LOWER_NAME.set(entry.name, entry);
  BY_NAME.set(entry.name, entry);
  BY_NAME.set(entry.name.toUpperCase(), entry);
}

function dataEntry(command: Command): CommandEntry {
  return {
    name: command.name.toLowerCase(),
    arity: command.arity,
    flags: command.flags,
    keys: command.keys,
    subcommands: [],
    data: command,
    run: undefined,
    refuse: undefined,
    transaction: undefined,
    unqueued: false,
    open: false,
  };
}

function connectionEntry(command: ConnectionCommand): CommandEntry {
  return {
    name: command.name.toLowerCase(),
    arity: command.arity,
    flags: command.flags,
    keys: NO_KEYS,
    subcommands: command.subcommands,
    data: undefined,
    run: command.run,
    refuse: command.refuse,
    transaction: undefined,
    unqueued: UNQUEUED.has(command.name),
    open: command.flags.includes('no_auth'),
  };
}

function transactionEntry(
  name: TransactionCommand,
  arity: number,
  flags: string,
  keys: Command['keys'],
): CommandEntry {
  return {
    name,
    arity,
    flags: flags.split(' '),
    keys,
    subcommands: [],
    data: undefined,
    run: undefined,
    refuse: undefined,
    transaction: name,
    unqueued: name !== 'unwatch',
    open: false,
  };
}
