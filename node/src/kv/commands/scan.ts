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
  MATCH_SLICE_STEPS,
  MATCH_STEPS,
  MATCH_STEPS_MAX,
  PATTERN_BYTE_STEPS,
  PATTERN_BYTES_MAX,
  SCAN_KEYS_MAX,
} from '../limits.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../refusals.ts';
import { ErrorReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';
import { BOUNDED_SINCE } from '../version-needed.ts';

export const SCAN_COMMANDS: readonly Command[] = [
  command(39, 'SCAN', -2, 'readonly', '', scan),
  command(40, 'KEYS', 2, 'readonly', '', keys, (store, args) => new KeysWalk(store, args, 'in slices')),
];

const INVALID_CURSOR = new ErrorReply('ERR invalid cursor');
const PATTERN_TOO_LONG = new ErrorReply(`ERR pattern is longer than ${PATTERN_BYTES_MAX} bytes`);

const TOO_MANY_STEPS = new ErrorReply(
  `ERR matching keys with this pattern takes more than ${MATCH_STEPS_MAX} steps`,
);

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
  let isLast = visited.length <= options.count;
  if (!isLast) visited.pop();
  const { glob } = options;
  const hasType = options.type === undefined || options.type === 'STRING';
  const found: string[] = [];
  let last = 0;
  for (const { key, createSequence } of visited) {
    last = createSequence;
    if (!hasType) continue;
    const isMatch = glob === undefined || matchesInTime(store, glob, key);
    if (isMatch === undefined) return TOO_MANY_STEPS;
    if (isMatch) found.push(key);
    if (glob === undefined || glob.steps <= MATCH_SLICE_STEPS || store.agreedVersion < BOUNDED_SINCE)
      continue;
    isLast &&= createSequence === visited.at(-1)?.createSequence;
    break;
  }
  if (glob !== undefined) store.spend(workOf(glob));
  return [isLast ? '0' : String(last), found];
}

/** Undefined when it takes too long. An older release goes on, and so does every replica of a cluster with one. */
function matchesInTime(store: Store, glob: Glob, key: string): boolean | undefined {
  if (store.agreedVersion >= BOUNDED_SINCE) glob.stepsMax = glob.steps + MATCH_STEPS_MAX;
  const isMatch = glob.matches(key);
  if (!glob.isSpent) return isMatch;
  store.spend(workOf(glob));
  return undefined;
}

/** Of reading the pattern, and of what has been matched with it. */
function workOf(glob: Glob): number {
  return (glob.patternBytes * PATTERN_BYTE_STEPS + glob.steps) / MATCH_STEPS;
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
  const walk = new KeysWalk(store, args, 'at once');
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
  readonly #inSlices: boolean;
  #bytes = 0;

  constructor(store: Store, args: readonly string[], manner: 'in slices' | 'at once') {
    const pattern = args[0] as string;
    this.#store = store;
    this.#inSlices = manner === 'in slices';
    this.#glob = pattern.length > PATTERN_BYTES_MAX ? undefined : new Glob(pattern);
    if (this.#glob !== undefined) {
      store.spend(workOf(this.#glob));
      // At once means as a part of the log, where all do as has been agreed on.
      if (!this.#inSlices && store.agreedVersion >= BOUNDED_SINCE) this.#glob.stepsMax = MATCH_STEPS_MAX;
    }
    const prefix = this.#glob?.prefix ?? '';
    // What fits into one step needs no copy of the order.
    this.#records = store.size <= KEYS_SLICE ? store.from(prefix) : store.fromUnchanging(prefix);
  }

  step(): Reply | undefined {
    const glob = this.#glob;
    if (glob === undefined) return PATTERN_TOO_LONG;
    const stepsBefore = glob.steps;
    const reply = this.#visit(
      glob,
      this.#inSlices ? stepsBefore + MATCH_SLICE_STEPS : Number.POSITIVE_INFINITY,
    );
    this.#store.spend(KEYS_SLICE / 16 + (glob.steps - stepsBefore) / MATCH_STEPS);
    return reply;
  }

  /** Visits so many keys, or until so many steps have been done. */
  #visit(glob: Glob, stepsEnd: number): Reply | undefined {
    for (let visited = 0; visited <= KEYS_SLICE && glob.steps < stepsEnd; visited += 1) {
      const next = this.#records.next();
      if (next.done === true) return this.#found;
      const key = next.value[0];
      if (!key.startsWith(glob.prefix)) return this.#found;
      if (this.#inSlices) glob.stepsMax = glob.steps + MATCH_STEPS_MAX;
      const isMatch = glob.matches(key);
      if (glob.isSpent) return TOO_MANY_STEPS;
      if (!isMatch) continue;
      this.#found.push(key);
      this.#bytes += key.length;
      if (this.#bytes > KEYS_BYTES_MAX) return KEYS_TOO_LARGE;
    }
    return undefined;
  }
}
