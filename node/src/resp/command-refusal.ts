/** Why a known command is refused before anything else is looked at. */
import { refuseKeys, wrongArity } from '../kv/command.ts';
import { ErrorReply } from '../kv/reply.ts';
import type { CommandEntry } from './command-table.ts';
import { fitsArity } from './connection-commands/connection-command.ts';

const NO_PASSWORD = new ErrorReply('NOAUTH Authentication required.');

/** `argumentCount` is without the name. */
export function refusalOf(
  entry: CommandEntry,
  argumentCount: number,
  authenticated: boolean,
): ErrorReply | undefined {
  if (!fitsArity(entry.arity, argumentCount)) return wrongArity(entry.name);
  if (!authenticated && !entry.open) return NO_PASSWORD;
  return entry.data === undefined ? undefined : refuseKeys(entry.data, argumentCount);
}
