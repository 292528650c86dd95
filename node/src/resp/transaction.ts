/**
 * MULTI, EXEC and WATCH of one connection. The queue lives here; EXEC sends it as one command, which
 * carries the revisions of what was watched, so that it means the same on whichever replica leads by then.
 */
import type { Caller } from './connection-commands/connection-command.ts';
import type { CommandEntry } from './command-table.ts';
import type { Watch } from '../kv/transaction.ts';
import { keysNamed } from '../kv/command.ts';
import { COMMAND_KEYS_MAX, TRANSACTION_COMMANDS_MAX } from '../kv/limits.ts';
import { encodeTransaction } from '../kv/transaction.ts';
import { ErrorReply, OK } from '../kv/reply.ts';
import type { Reply } from '../kv/reply.ts';
import { Failure } from '../replica/door.ts';
import { NULL_ARRAY, NoReply, NullArray } from './answer.ts';
import type { Answer } from './answer.ts';
import { queuedCommandBytes, requestBytesMax, watchedKeysMax } from './limits.ts';

const EXEC_ABORT = new ErrorReply('EXECABORT Transaction discarded because of previous errors.');
const TOO_MANY_WATCHES = new ErrorReply(`ERR a connection watches at most ${watchedKeysMax} keys`);
const TOO_MANY_COMMANDS = new ErrorReply(
  `ERR a transaction holds at most ${TRANSACTION_COMMANDS_MAX} commands, with at most ${COMMAND_KEYS_MAX} keys`,
);
const TOO_LARGE = new ErrorReply(
  `ERR a transaction is at most ${requestBytesMax} bytes, with the keys that are watched`,
);

interface Queued {
  readonly entry: CommandEntry;
  readonly args: readonly string[];
}

/** What EXEC has taken out of the transaction, and how to turn the replica's outcome into its answer. */
export interface Execution {
  /** Arguments of the internal command; undefined when there is nothing for the replica to do. */
  readonly args: string[] | undefined;
  /** Some of the queue is answered by the connection: it must not go on before. */
  readonly local: boolean;
  readonly finish: (outcome: Answer) => Answer;
}

export class Transaction {
  /** Between MULTI and EXEC. */
  open = false;
  #spoiled = false;
  #queue: Queued[] = [];
  #queueBytes = 0;
  #queueKeys = 0;
  #watches = new Map<string, number>();
  #watchBytes = 0;
  /** The store's revision when the first absent key was watched: only for those does EXEC look at deletions. */
  #storeRevision = Number.MAX_SAFE_INTEGER;
  /** A WATCH that failed must not let the next EXEC through as if nothing had been watched. */
  #watchFailed = false;

  get queuedCommands(): number {
    return this.open ? this.#queue.length : -1;
  }

  /** What queue and watches hold, about. */
  get bytes(): number {
    return this.#queueBytes + this.#queue.length * queuedCommandBytes + this.#watchBytes;
  }

  get watchedKeys(): number {
    return this.#watches.size;
  }

  begin(): Answer {
    if (this.open) return new ErrorReply('ERR MULTI calls can not be nested');
    this.open = true;
    return OK;
  }

  /** A command was refused: EXEC will be too. Nothing outside of a transaction. */
  spoil(): void {
    if (this.open) this.#spoiled = true;
  }

  /** Undefined when the command was queued. */
  queue(entry: CommandEntry, args: readonly string[], bytes: number): ErrorReply | undefined {
    const keys = entry.data === undefined ? 0 : keysNamed(entry.data, args.length);
    const isTooMuch = this.#queueKeys + keys > COMMAND_KEYS_MAX;
    if (isTooMuch || this.#queue.length >= TRANSACTION_COMMANDS_MAX) return TOO_MANY_COMMANDS;
    if (this.#queueBytes + this.#watchBytes + bytes > requestBytesMax) return TOO_LARGE;
    this.#queue.push({ entry, args });
    this.#queueBytes += bytes;
    this.#queueKeys += keys;
    return undefined;
  }

  /** Undefined when the keys may be watched. */
  refuseWatch(keys: number, bytes: number): ErrorReply | undefined {
    if (this.open) return new ErrorReply('ERR WATCH inside MULTI is not allowed');
    if (this.#watches.size + keys > watchedKeysMax) return TOO_MANY_WATCHES;
    return this.#watchBytes + bytes > requestBytesMax ? TOO_LARGE : undefined;
  }

  /** Takes the outcome of the internal watch command: the store's revision, then one per key. */
  watched(keys: readonly string[], bytes: number, outcome: Answer): Answer {
    if (!Array.isArray(outcome)) {
      this.#watchFailed = true;
      return outcome;
    }
    const revisions = outcome as readonly number[];
    keys.forEach((key, index) => {
      // What was seen first is what the client has relied on since.
      if (this.#watches.has(key)) return;
      const revision = revisions[index + 1] as number;
      this.#watches.set(key, revision);
      if (revision === 0) this.#storeRevision = Math.min(this.#storeRevision, revisions[0] as number);
    });
    this.#watchBytes += bytes;
    return OK;
  }

  unwatch(): void {
    this.#watches.clear();
    this.#watchBytes = 0;
    this.#storeRevision = Number.MAX_SAFE_INTEGER;
    this.#watchFailed = false;
  }

  discard(): Answer {
    if (!this.open) return new ErrorReply('ERR DISCARD without MULTI');
    this.reset();
    return OK;
  }

  /** An EXEC that is refused itself takes the transaction with it. */
  abort(error: ErrorReply): ErrorReply {
    this.reset();
    return aborted(error);
  }

  reset(): void {
    this.open = false;
    this.#spoiled = false;
    this.#queue = [];
    this.#queueBytes = 0;
    this.#queueKeys = 0;
    this.unwatch();
  }

  /** Ends the transaction: an answer when it can't be executed, else what to do. */
  take(caller: Caller): Execution | ErrorReply {
    if (!this.open) return new ErrorReply('ERR EXEC without MULTI');
    const queue = this.#queue;
    const refused = this.#spoiled || this.#watchFailed;
    const watches: Watch[] = [];
    for (const [key, revision] of this.#watches) watches.push({ key, revision });
    const storeRevision = this.#storeRevision;
    this.reset();
    if (refused) return EXEC_ABORT;
    const commands: { code: number; args: readonly string[] }[] = [];
    for (const { entry, args } of queue)
      if (entry.data !== undefined) commands.push({ code: entry.data.code, args });
    const nothing = commands.length === 0 && watches.length === 0;
    return {
      args: nothing ? undefined : encodeTransaction(watches, storeRevision, commands),
      local: commands.length < queue.length,
      finish: (outcome) => combine(queue, outcome, caller),
    };
  }
}

function aborted(error: ErrorReply): ErrorReply {
  const reason = error.message.replace(/^ERR /, '');
  return new ErrorReply(`EXECABORT Transaction discarded because of: ${reason}`);
}

/** Puts the answers of the connection's own commands, run now, between those of the replica. */
function combine(queue: readonly Queued[], outcome: Answer, caller: Caller): Answer {
  if (outcome === null) return NULL_ARRAY;
  if (outcome instanceof ErrorReply) return aborted(outcome);
  if (!Array.isArray(outcome)) return outcome;
  const executed = outcome as readonly Reply[];
  if (executed.length === queue.length) return executed;
  const replies: Reply[] = [];
  let next = 0;
  for (const { entry, args } of queue) {
    if (entry.data === undefined) {
      replies.push(replyOf(entry.run === undefined ? OK : entry.run(caller, args)));
    } else {
      replies.push(executed[next] as Reply);
      next += 1;
    }
  }
  return replies;
}

/** Within an array every command has a reply. */
function replyOf(answer: Answer): Reply {
  if (answer instanceof NoReply || answer instanceof NullArray || answer instanceof Failure) return OK;
  return answer;
}
