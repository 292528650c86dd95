/** Why a known command is refused before anything else is looked at. */
import { refuseKeys, wrongArity } from '../kv/command.ts';
import type { Command } from '../kv/command.ts';
import { COMMAND_KEYS_MAX } from '../kv/limits.ts';
import { ErrorReply } from '../kv/reply.ts';
import type { CommandEntry } from './command-table.ts';
import { fitsArity } from './connection-commands/connection-command.ts';
import { createdKeyBytesMax } from './limits.ts';

const NO_PASSWORD = new ErrorReply('NOAUTH Authentication required.');

const KEY_TOO_LONG = new ErrorReply(`ERR a key is at most ${createdKeyBytesMax} bytes`);

/** `args` is without the name. */
export function refusalOf(
  entry: CommandEntry,
  args: readonly string[],
  authenticated: boolean,
): ErrorReply | undefined {
  if (!fitsArity(entry.arity, args.length)) return wrongArity(entry.name);
  if (!authenticated && !entry.open) return NO_PASSWORD;
  return entry.data === undefined ? undefined : refuseData(entry.data, args);
}

/** What is wrong with a command about data, whatever way it takes to the replica. */
export function refuseData(command: Command, args: readonly string[]): ErrorReply | undefined {
  const refusal = refuseKeys(command, args.length, COMMAND_KEYS_MAX);
  if (refusal !== undefined) return refusal;
  // What an older release has let in may be read and deleted.
  return makesKeys(command) && hasLongKey(command, args) ? KEY_TOO_LONG : undefined;
}

/** Renaming is no `denyoom` in Redis, since the value was there before. */
function makesKeys({ grows, name }: Command): boolean {
  return grows || name === 'RENAME' || name === 'RENAMENX';
}

/** Of a command with several keys the first may be one to read from. */
function hasLongKey({ keys, grows }: Command, args: readonly string[]): boolean {
  if (keys.last === keys.first) return (args[keys.first - 1] as string).length > createdKeyBytesMax;
  const last = keys.last < 0 ? args.length : keys.last;
  const first = keys.last < 0 && grows ? keys.first : keys.first + 1;
  for (let position = first; position <= last; position += keys.step) {
    if ((args[position - 1] as string).length > createdKeyBytesMax) return true;
  }
  return false;
}
