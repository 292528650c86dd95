/** All commands of paxosctl, in the order of the help. */
import type { Command } from './command.ts';
import { COMPLETION } from './commands/completion.ts';
import { DEL, GET, PUT } from './commands/keys.ts';
import { STATUS } from './commands/status.ts';

export const COMMANDS: readonly Command[] = [STATUS, GET, PUT, DEL, COMPLETION];
