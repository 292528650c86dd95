/** Going through keys: `SCAN` in steps, `KEYS` at once. */
import { command } from '../command.ts';
import type { Command, Walk } from '../command.ts';
import { Glob } from '../glob.ts';
import { parseInteger } from '../integer.ts';
import type { KeyRecord } from '../key-record.ts';
import {
  KEYS_BYTES_MAX,
  KEYS_IN_TRANSACTION_MAX,
  KEYS_SLICE,
  PATTERN_BYTES_MAX,
  SCAN_KEYS_MAX,
} from '../limits.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../refusals.ts';
import { ErrorReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';

export const SCAN_COMMANDS: readonly Command[] = [
  command(39, 'SCAN', -2, 'readonly', '', scan),
  command(40, 'KEYS', 2, 'readonly', '', keys, (store, args) => new KeysWalk(store, args)),
];

const INVALID_CURSOR = new ErrorReply('ERR invalid cursor');
const PATTERN_TOO_LONG = new ErrorReply(`ERR pattern is longer than ${PATTERN_BYTES_MAX} bytes`);

/** What C's `strtoul` takes whole, which Redis asks; an empty text counts as 0. */
const CURSOR = /^(?:[+-]?\d{1,20})?$/;
const COUNT_DEFAULT = 10;

const KEYS_TOO_LARGE = new ErrorReply(
  `ERR the names are over the limit of ${KEYS_BYTES_MAX} bytes, use SCAN`,
);
const KEYS_IN_ONE_PIECE = new ErrorReply(
  `ERR KEYS in a transaction visits at most ${KEYS_IN_TRANSACTION_MAX} keys, use SCAN`,
);

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
      options.count = Math.min(Number(count), SCAN_KEYS_MAX);
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

/** At once, as a transaction needs it. */
function keys(store: Store, args: readonly string[]): Reply {
  const walk = new KeysWalk(store, args);
  for (let visited = 0; visited < KEYS_IN_TRANSACTION_MAX; visited += KEYS_SLICE) {
    const reply = walk.step();
    if (reply !== undefined) return reply;
  }
  return KEYS_IN_ONE_PIECE;
}

/** In key order. A pattern that begins with plain characters looks only at the keys that begin with them. */
class KeysWalk implements Walk {
  readonly #store: Store;
  readonly #glob: Glob | undefined;
  readonly #records: Iterator<[string, KeyRecord]>;
  readonly #found: string[] = [];
  #bytes = 0;

  constructor(store: Store, args: readonly string[]) {
    const pattern = args[0] as string;
    this.#store = store;
    this.#glob = pattern.length > PATTERN_BYTES_MAX ? undefined : new Glob(pattern);
    const prefix = this.#glob?.prefix ?? '';
    // What fits into one step needs no copy of the order.
    this.#records = store.size <= KEYS_SLICE ? store.from(prefix) : store.fromUnchanging(prefix);
  }

  step(): Reply | undefined {
    const glob = this.#glob;
    if (glob === undefined) return PATTERN_TOO_LONG;
    this.#store.spend(KEYS_SLICE / 16);
    for (let visited = 0; visited <= KEYS_SLICE; visited += 1) {
      const next = this.#records.next();
      if (next.done === true) return this.#found;
      const key = next.value[0];
      if (!key.startsWith(glob.prefix)) return this.#found;
      if (!glob.matches(key)) continue;
      this.#found.push(key);
      this.#bytes += key.length;
      if (this.#bytes > KEYS_BYTES_MAX) return KEYS_TOO_LARGE;
    }
    return undefined;
  }
}
