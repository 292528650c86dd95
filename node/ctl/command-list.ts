/** All commands of paxosctl, in the order of the help. */
import type { Command } from './command.ts';
import { BACKUP } from './commands/backup.ts';
import { COMPLETION } from './commands/completion.ts';
import { DEL, GET, PUT } from './commands/keys.ts';
import { DIFF } from './commands/diff.ts';
import { LOAD } from './commands/load.ts';
import { LOG } from './commands/log.ts';
import { RECOVER } from './commands/recover.ts';
import { RESTORE } from './commands/restore.ts';
import { STATUS } from './commands/status.ts';
import { VERIFY } from './commands/verify.ts';

export const COMMANDS: readonly Command[] = [
  STATUS,
  GET,
  PUT,
  DEL,
  LOAD,
  LOG,
  DIFF,
  VERIFY,
  BACKUP,
  RESTORE,
  RECOVER,
  COMPLETION,
];
