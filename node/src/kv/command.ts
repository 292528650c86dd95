/** What a command is: how it is called, what it touches, and the function that executes it. */
import { INTERNAL } from './internal-codes.ts';
import { COPIED_BYTES, LOGGED_KEYS_MAX, STRING_BYTES_MAX } from './limits.ts';
import { ErrorReply } from './reply.ts';
import type { Reply } from './reply.ts';
import type { Store } from './store.ts';
import { BOUNDED_SINCE } from './version-needed.ts';

/** What a command may know beside the store and its arguments: only what the log (or the reader) hands in. */
export interface Context {
  /** The batch's stamp for a write, the reader's clock for a read; whole milliseconds since 1970. */
  nowMs: number;
  /** In [0, 1): from the log for what is in the log. */
  random: number;
}

export type Execute = (store: Store, args: readonly string[], context: Context) => Reply;

/** A read that may take long, in steps; between two of them the store may change, and the reply does not. */
export interface Walk {
  /** The reply, or undefined when there is more to do. */
  step(): Reply | undefined;
}

export interface Command {
  /** 1…255, written in the log: never changed, never used again for another command. */
  readonly code: number;
  /** Upper case; internal commands have a dot in their name and lower case, so no Redis client can call them. */
  readonly name: string;
  /** Redis's convention: the name counts; −n means at least n. */
  readonly arity: number;
  /** A `write` must go through the log. A `read` changes nothing, wherever it is executed. */
  readonly access: 'read' | 'write';
  /** Redis's convention: positions of keys, the name being 0; a last of −1 is the last argument, all 0 is none. */
  readonly keys: { readonly first: number; readonly last: number; readonly step: number };
  /** As `COMMAND` lists them. */
  readonly flags: readonly string[];
  /** Whether it may make the data larger, and so is refused when the quota is used up (`denyoom`). */
  readonly grows: boolean;
  /** `args` are without the name, and as many as `arity` asks for. Everything else about them is checked in here. */
  readonly execute: Execute;
  /** Of a read that may take long: begins it where it can be done in steps. `execute` does it at once, within limits. */
  readonly walk: ((store: Store, args: readonly string[]) => Walk) | undefined;
}

/** Makes a command: `flags` and `keys` as words, `'write denyoom fast'` and `'1 -1 2'`. */
export function command(
  code: number,
  name: string,
  arity: number,
  flags: string,
  keys: string,
  execute: Execute,
  walk?: Command['walk'],
): Command {
  const words = flags === '' ? [] : flags.split(' ');
  const [first = 0, last = 0, step = 0] = keys === '' ? [] : keys.split(' ').map(Number);
  return {
    code,
    name,
    arity,
    access: words.includes('write') ? 'write' : 'read',
    keys: { first, last, step },
    flags: words,
    grows: words.includes('denyoom'),
    execute,
    walk,
  };
}

/** Commands of the log that hold others. */
const HOLDS_COMMANDS: ReadonlySet<number> = new Set([INTERNAL.exec, INTERNAL.txn, INTERNAL.once]);

/** How many keys a command with so many arguments names; one without keys counts as one that does. */
export function keysNamed({ keys }: Command, argumentCount: number): number {
  if (keys.first === 0) return 1;
  const last = keys.last < 0 ? argumentCount + 1 + keys.last : Math.min(keys.last, argumentCount);
  return Math.max(1, Math.ceil((last - keys.first + 1) / keys.step));
}

/** Whether a read may take long, however short it is: it does not go through the log, where others would have to wait for it. */
export function mayTakeLong({ name, walk }: Command): boolean {
  return walk !== undefined || name === 'SCAN';
}

/** Whether a read may have to make one piece of a value that has been appended to, and answers with little all the same. */
export function readsPieces({ name }: Command): boolean {
  return name === 'GETRANGE' || name === 'SUBSTR';
}

/** The longest value in one piece costs this much. */
const COPY_WORK_MAX = STRING_BYTES_MAX / COPIED_BYTES;

/** An `APPEND` leaves the copying of a long value to whoever looks at it next: seldom one for each, but it may come to that. */
const APPEND_WORK = COPY_WORK_MAX / 32;

/**
 * What a command will cost about, in units of `Store.work`, as far as its arguments tell. A `SETRANGE` may copy the longest
 * value there is; of a transaction each command has a code, a count and an argument at least. In a session it may be any of these.
 */
export function workExpected(target: Command, argumentCount: number): number {
  if (target.name === 'SETRANGE') return COPY_WORK_MAX;
  if (target.name === 'APPEND') return APPEND_WORK;
  if (HOLDS_COMMANDS.has(target.code)) return Math.max(1, argumentCount / 3);
  return keysNamed(target, argumentCount);
}

/** What is wrong with the number of arguments, which is without the name; `agreedVersion`: see `Store`. */
export function refuseArguments(
  target: Command,
  argumentCount: number,
  agreedVersion: number,
): ErrorReply | undefined {
  if (!arityIsRight(target, argumentCount)) return wrongArity(target.name.toLowerCase());
  return agreedVersion < BOUNDED_SINCE ? undefined : refuseKeys(target, argumentCount, LOGGED_KEYS_MAX);
}

/** Undefined unless the command names more keys than that. */
export function refuseKeys(target: Command, argumentCount: number, keysMax: number): ErrorReply | undefined {
  if (argumentCount <= keysMax || keysNamed(target, argumentCount) <= keysMax) return undefined;
  return new ErrorReply(`ERR too many keys: a command or a transaction names at most ${keysMax}`);
}

/** `argumentCount` is without the name. */
export function arityIsRight(target: Command, argumentCount: number): boolean {
  const words = argumentCount + 1;
  return target.arity >= 0 ? words === target.arity : words >= -target.arity;
}

/** `name` as Redis prints it: lower case, a subcommand behind a bar. */
export function wrongArity(name: string): ErrorReply {
  return new ErrorReply(`ERR wrong number of arguments for '${name}' command`);
}
