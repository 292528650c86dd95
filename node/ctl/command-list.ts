/** All commands of paxosctl, in the order of the help. */
import type { Command } from './command.ts';
import { BACKUP } from './commands/backup.ts';
import { BOOTSTRAP } from './commands/bootstrap.ts';
import { COMPLETION } from './commands/completion.ts';
import { DEL, GET, PUT } from './commands/keys.ts';
import { DIFF } from './commands/diff.ts';
import { LOAD } from './commands/load.ts';
import { LOG } from './commands/log.ts';
import { LOG_LEVEL } from './commands/log-level.ts';
import { MEMBER_ADD, MEMBER_PROMOTE, MEMBER_REMOVE, TRANSFER } from './commands/member.ts';
import { PREPARE } from './commands/prepare.ts';
import { RECOVER } from './commands/recover.ts';
import { RESTORE } from './commands/restore.ts';
import { SNAPSHOT } from './commands/snapshot.ts';
import { STATUS } from './commands/status.ts';
import { VERIFY } from './commands/verify.ts';
import { WATCH } from './commands/watch.ts';

export const COMMANDS: readonly Command[] = [
  STATUS,
  GET,
  PUT,
  DEL,
  WATCH,
  LOAD,
  MEMBER_ADD,
  MEMBER_PROMOTE,
  MEMBER_REMOVE,
  TRANSFER,
  BOOTSTRAP,
  LOG_LEVEL,
  SNAPSHOT,
  BACKUP,
  RESTORE,
  RECOVER,
  PREPARE,
  VERIFY,
  DIFF,
  LOG,
  COMPLETION,
];
