/** Going through keys: `SCAN` in steps, `KEYS` at once. */
import { command } from '../command.ts';
import type { Command } from '../command.ts';
import { Glob } from '../glob.ts';
import { parseInteger } from '../integer.ts';
import { PATTERN_BYTES_MAX } from '../limits.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../refusals.ts';
import { ErrorReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';

export const SCAN_COMMANDS: readonly Command[] = [
  command(39, 'SCAN', -2, 'readonly', '', scan),
  command(40, 'KEYS', 2, 'readonly', '', keys),
];

const INVALID_CURSOR = new ErrorReply('ERR invalid cursor');
const PATTERN_TOO_LONG = new ErrorReply(`ERR pattern is longer than ${PATTERN_BYTES_MAX} bytes`);

/** What C's `strtoul` takes whole, which Redis asks; an empty text counts as 0. */
const CURSOR = /^(?:[+-]?\d{1,20})?$/;
const COUNT_DEFAULT = 10;

/** The cursor is the creation sequence of the record visited last; 0 begins, and says that a scan has ended. */
function scan(store: Store, args: readonly string[]): Reply {
  const cursorText = args[0] as string;
  if (!CURSOR.test(cursorText)) return INVALID_CURSOR;
  const options = parseOptions(args);
  if (options instanceof ErrorReply) return options;
  const cursor = Number(cursorText);
  const visited = store.createdBelow(cursor > 0 ? cursor : Number.POSITIVE_INFINITY, options.count + 1);
  const isLast = visited.length <= options.count;
  if (!isLast) visited.pop();
  const found: string[] = [];
  if (options.type === undefined || options.type === 'STRING') {
    for (const record of visited) {
      if (options.glob === undefined || options.glob.matches(record.key)) found.push(record.key);
    }
  }
  return [isLast ? '0' : String(visited.at(-1)?.createSequence ?? 0), found];
}

interface Options {
  count: number;
  glob: Glob | undefined;
  type: string | undefined;
}

function parseOptions(args: readonly string[]): Options | ErrorReply {
  const options: Options = { count: COUNT_DEFAULT, glob: undefined, type: undefined };
  for (let index = 1; index < args.length; index += 2) {
    const word = (args[index] as string).toUpperCase();
    const value = args[index + 1];
    if (value === undefined) return SYNTAX_ERROR;
    if (word === 'COUNT') {
      const count = parseInteger(value);
      if (count === undefined) return NOT_AN_INTEGER;
      if (count < 1) return SYNTAX_ERROR;
      options.count = Number(count);
    } else if (word === 'MATCH') {
      if (value.length > PATTERN_BYTES_MAX) return PATTERN_TOO_LONG;
      options.glob = new Glob(value);
    } else if (word === 'TYPE') {
      options.type = value.toUpperCase();
    } else {
      return SYNTAX_ERROR;
    }
  }
  return options;
}

/** In key order. A pattern that begins with plain characters looks only at the keys that begin with them. */
function keys(store: Store, args: readonly string[]): Reply {
  const pattern = args[0] as string;
  if (pattern.length > PATTERN_BYTES_MAX) return PATTERN_TOO_LONG;
  const glob = new Glob(pattern);
  const found: string[] = [];
  for (const [key] of store.from(glob.prefix)) {
    if (!key.startsWith(glob.prefix)) break;
    if (glob.matches(key)) found.push(key);
  }
  return found;
}
