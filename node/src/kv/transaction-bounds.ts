/** What a transaction may hold, whichever door it came through: it is applied in one piece, and others wait meanwhile. */
import { LOGGED_KEYS_MAX, TRANSACTION_COMMANDS_MAX } from './limits.ts';
import { ErrorReply } from './reply.ts';
import type { Store } from './store.ts';
import type { QueuedCommand } from './transaction.ts';

const TOO_MUCH = new ErrorReply(
  `ERR a transaction has at most ${TRANSACTION_COMMANDS_MAX} commands, with at most ${LOGGED_KEYS_MAX} keys in all`,
);

/** Undefined unless there are more commands, or keys in them, or keys that are compared, than are allowed: nothing is done then. */
export function refuseTransaction(
  store: Store,
  keysCompared: number,
  commands: readonly QueuedCommand[],
): ErrorReply | undefined {
  if (commands.length > TRANSACTION_COMMANDS_MAX || keysCompared > LOGGED_KEYS_MAX) return TOO_MUCH;
  let keys = 0;
  for (const { code, args } of commands) keys += store.keysNamed(code, args.length);
  return keys > LOGGED_KEYS_MAX ? TOO_MUCH : undefined;
}
