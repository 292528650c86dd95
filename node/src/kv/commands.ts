/** The table of all commands: what a door looks a name up in, and the log a code. */
import assert from 'node:assert/strict';
import type { Command } from './command.ts';
import { COUNTER_COMMANDS } from './commands/counters.ts';
import { EXPIRY_COMMANDS } from './commands/expiry.ts';
import { INTERNAL_COMMANDS } from './commands/internal.ts';
import { KEY_COMMANDS } from './commands/keys.ts';
import { OBJECT_COMMANDS } from './commands/object.ts';
import { RANGE_COMMANDS } from './commands/ranges.ts';
import { SCAN_COMMANDS } from './commands/scan.ts';
import { SESSION_COMMANDS } from './commands/sessions.ts';
import { STRING_COMMANDS } from './commands/strings.ts';
import { TXN_COMMANDS } from './commands/txn.ts';
import { INTERNAL } from './internal-codes.ts';
import { commandOfOnce } from './once.ts';
import { decodeTransaction, type QueuedCommand } from './transaction.ts';
import { decodeTxn } from './txn.ts';

/** All that Redis clients may call. */
export const COMMANDS: readonly Command[] = [
  ...STRING_COMMANDS,
  ...RANGE_COMMANDS,
  ...COUNTER_COMMANDS,
  ...KEY_COMMANDS,
  ...SCAN_COMMANDS,
  ...OBJECT_COMMANDS,
  ...EXPIRY_COMMANDS,
];

const BY_NAME = new Map(COMMANDS.map((command) => [command.name, command]));
const BY_CODE = indexByCode([...COMMANDS, ...INTERNAL_COMMANDS, ...SESSION_COMMANDS, ...TXN_COMMANDS]);

/** `name` in upper case; internal commands are not found. */
export function commandByName(name: string): Command | undefined {
  return BY_NAME.get(name);
}

export function commandByCode(code: number): Command | undefined {
  return BY_CODE[code];
}

/** What is in the log has passed a door: an unknown code is our bug. */
export function knownCommand(code: number): Command {
  const command = BY_CODE[code];
  if (command === undefined) assert.fail(`command-is-known: no command has the code ${code}`);
  return command;
}

/** Whether a command may make the data larger, as one that holds others does when one of these may. */
export function growsData(command: Command, args: readonly string[]): boolean {
  switch (command.code) {
    case INTERNAL.exec:
      return decodeTransaction(args).commands.some(grows);
    case INTERNAL.txn: {
      const { success, failure } = decodeTxn(args);
      return success.some(grows) || failure.some(grows);
    }
    case INTERNAL.once:
      return grows(commandOfOnce(args));
    default:
      return command.grows;
  }
}

function grows({ code, args }: QueuedCommand): boolean {
  const command = commandByCode(code);
  return command !== undefined && growsData(command, args);
}

function indexByCode(commands: readonly Command[]): readonly (Command | undefined)[] {
  const byCode: (Command | undefined)[] = Array.from({ length: 256 }, () => undefined);
  for (const command of commands) {
    assert(command.code >= 1 && command.code <= 255, 'codes-fit-a-byte: a code is written as one byte');
    assert(byCode[command.code] === undefined, 'codes-are-unique: a code names one command');
    byCode[command.code] = command;
  }
  return byCode;
}
