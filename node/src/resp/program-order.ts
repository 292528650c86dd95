/**
 * What one connection has at the replica, and what has to wait for it. Reads and writes overtake each other inside the
 * replica, so a connection never has both kinds out at once: a read behind a write of its own goes through the log too, and a
 * write waits for its reads.
 */
import { mayTakeLong, readsPieces } from '../kv/command.ts';
import type { CommandEntry } from './command-table.ts';
import { outstandingBytesMax } from './limits.ts';
import type { PendingReply } from './reply-order.ts';

export class ProgramOrder {
  /** Counts of requests at the replica. */
  #reads = 0;
  #writes = 0;
  #bytes = 0;
  /** WATCHes among them: what EXEC compares with is not known before they are answered. */
  watches = 0;

  get isFull(): boolean {
    return this.#bytes >= outstandingBytesMax;
  }

  get hasWrites(): boolean {
    return this.#writes > 0;
  }

  opened(reply: PendingReply): void {
    this.#bytes += reply.bytes;
    if (reply.route === 'read') this.#reads += 1;
    else this.#writes += 1;
  }

  settled(reply: PendingReply): void {
    this.#bytes -= reply.bytes;
    if (reply.route === 'read') this.#reads -= 1;
    else this.#writes -= 1;
  }

  /** Whether this request must not start while earlier ones are out. */
  mustWait(entry: CommandEntry | undefined, inTransaction: boolean): boolean {
    if (entry === undefined) return false;
    if (entry.data !== undefined) {
      if (inTransaction) return false;
      if (entry.data.access === 'write') return this.#reads > 0;
      // A read that may take many turns can't ride in the log, and of one client only one goes on at a time: others have theirs between.
      if (mayTakeLong(entry.data)) return this.#writes + this.#reads > 0;
      // Joining the pieces of a long value takes milliseconds: not in the log, where each APPEND could be followed by it.
      return readsPieces(entry.data) && this.#writes > 0;
    }
    const submits = entry.submit !== undefined;
    const needsWatches = submits || entry.transaction !== undefined || entry.name === 'reset';
    if (this.watches > 0 && needsWatches) return true;
    return this.#reads > 0 && (submits || entry.transaction === 'exec');
  }
}
