/**
 * Linearizable reads of this replica's doors: they gather, wait for the core's word up to which slot
 * everything must be applied first, then run here, on this replica's state.
 */
import type { Context, Walk } from '../kv/command.ts';
import { commandByCode } from '../kv/commands.ts';
import type { Store } from '../kv/store.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { ReadReady } from '../paxos/message.ts';
import { PENDING_READS_BYTES_MAX, PENDING_READS_MAX, READ_DEADLINE_MS, REST_TURNS } from './limits.ts';
import { Failure, type Outcome, type ReplySink } from './door.ts';

interface Read {
  readonly code: number;
  readonly args: readonly string[];
  readonly bytes: number;
  readonly sink: ReplySink;
  readonly token: number;
  readonly arrivedAtMs: number;
}

interface ReadBatch {
  readonly reads: readonly Read[];
  readonly askedAtMs: number;
  /** Run when this slot is applied. */
  index: Slot;
}

const NO_QUORUM = 'no quorum answered in time';
const TOO_LONG = `a read may take ${READ_DEADLINE_MS / 1_000} s: ask for less at a time, by SCAN or in pages`;

export class ReadQueue {
  #gathered: Read[] = [];
  /** To be asked anew, but not in this turn: whoever could not answer just now can't yet. */
  #returned: Read[] = [];
  readonly #asked = new Map<number, ReadBatch>();
  #ready: ReadBatch[] = [];
  /** May run now: nothing that was acknowledged before they came is missing here. */
  #running: Read[] = [];
  /** Reads that take many turns, one after the other; the first has begun if `#walk` is there. */
  #long: Read[] = [];
  #walk: Walk | undefined;
  /** Turns that are left to others before the next step. */
  #restTurns = 0;
  /** Drawn at the start: an answer to a question of an earlier life of this process finds nobody. */
  #nextId: number;
  #count = 0;
  #bytes = 0;

  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count > PENDING_READS_MAX || this.#bytes > PENDING_READS_BYTES_MAX;
  }

  /** Well below full again: what wakes the doors. */
  get isRelieved(): boolean {
    return this.#count < PENDING_READS_MAX / 2 && this.#bytes < PENDING_READS_BYTES_MAX / 2;
  }

  get hasGathered(): boolean {
    return this.#gathered.length > 0;
  }

  add(code: number, args: readonly string[], sink: ReplySink, token: number, nowMs: number): void {
    let bytes = 0;
    for (const arg of args) bytes += arg.length;
    this.#gathered.push({ code, args, bytes, sink, token, arrivedAtMs: nowMs });
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** With each tick: those that nobody could answer are asked for again, before those that came later. */
  retry(): void {
    if (this.#returned.length === 0) return;
    this.#gathered = [...this.#returned, ...this.#gathered];
    this.#returned = [];
  }

  /** All that has gathered waits from now on under the returned id. */
  ask(nowMs: number): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#asked.set(id, { reads: this.#gathered, askedAtMs: nowMs, index: 0 });
    this.#gathered = [];
    return id;
  }

  /** The core's word; returns how long its question took, undefined when it must be asked again. */
  answer(
    ready: ReadReady,
    nowMs: number,
  ): { readonly durationMs: number; readonly reads: number } | undefined {
    const batch = this.#asked.get(ready.id);
    if (batch === undefined) return undefined;
    this.#asked.delete(ready.id);
    if (ready.index === 0) {
      this.#returned.push(...batch.reads);
      return undefined;
    }
    batch.index = ready.index;
    this.#ready.push(batch);
    return { durationMs: nowMs - batch.askedAtMs, reads: batch.reads.length };
  }

  /**
   * Runs what may run now that everything up to `applied` is applied, until the store's work has come to `workEnd`.
   * True when more could run at once: to be called again in another turn.
   */
  run(applied: Slot, store: Store, context: Context, workEnd = Number.POSITIVE_INFINITY): boolean {
    if (this.#ready.length > 0) this.#release(applied);
    let next = 0;
    for (; next < this.#running.length && store.work <= workEnd; next += 1) {
      this.#runOne(this.#running[next] as Read, store, context);
    }
    this.#running = next === this.#running.length ? [] : this.#running.slice(next);
    if (this.#long.length > 0) this.#walkOn(store);
    return this.#running.length > 0 || this.#long.length > 0;
  }

  #release(applied: Slot): void {
    const waiting: ReadBatch[] = [];
    for (const batch of this.#ready) {
      if (batch.index > applied) waiting.push(batch);
      else if (this.#running.length === 0) this.#running = [...batch.reads];
      else for (const read of batch.reads) this.#running.push(read);
    }
    this.#ready = waiting;
  }

  #runOne(read: Read, store: Store, context: Context): void {
    if (commandByCode(read.code)?.walk !== undefined) {
      this.#long.push(read);
      return;
    }
    this.#settle(read, store.execute(read.code, read.args, context));
  }

  /** One step of the first long read. It begins only now, since what it holds on to costs memory. */
  #walkOn(store: Store): void {
    if (this.#restTurns > 0) {
      this.#restTurns -= 1;
      return;
    }
    this.#restTurns = REST_TURNS;
    const read = this.#long[0] as Read;
    this.#walk ??= store.walk(read.code, read.args);
    const reply = this.#walk.step();
    if (reply === undefined) return;
    this.#walk = undefined;
    this.#long.shift();
    this.#settle(read, reply);
  }

  /** Refuses what has gathered and came before `beforeMs`: a read that did not run is never unknown. */
  refuseGathered(beforeMs: number, reason: string): void {
    this.retry();
    if (this.#gathered.length === 0) return;
    const kept: Read[] = [];
    const failure = new Failure('notDone', reason);
    const refused: Read[] = [];
    for (const read of this.#gathered) (read.arrivedAtMs <= beforeMs ? refused : kept).push(read);
    this.#gathered = kept;
    this.#refuse(refused, failure);
  }

  /** Refuses everything that came before `beforeMs`, wherever it waits. */
  expire(beforeMs: number): void {
    this.#refuseAll(beforeMs, NO_QUORUM, TOO_LONG);
  }

  /** Refuses everything. */
  close(reason: string): void {
    this.#refuseAll(Number.POSITIVE_INFINITY, reason, reason);
  }

  /** `reasonOfRunning`: of what waits only for its turn here, or has begun. */
  #refuseAll(beforeMs: number, reason: string, reasonOfRunning: string): void {
    this.refuseGathered(beforeMs, reason);
    const failure = new Failure('notDone', reason);
    for (const [id, batch] of this.#asked) {
      if ((batch.reads[0]?.arrivedAtMs ?? 0) > beforeMs) continue;
      this.#asked.delete(id);
      this.#refuse(batch.reads, failure);
    }
    const late = this.#ready.filter((batch) => (batch.reads[0]?.arrivedAtMs ?? 0) <= beforeMs);
    if (late.length > 0) {
      this.#ready = this.#ready.filter((batch) => !late.includes(batch));
      for (const batch of late) this.#refuse(batch.reads, failure);
    }
    if (!isLate(this.#running[0], beforeMs) && !isLate(this.#long[0], beforeMs)) return;
    const isLateRead = (read: Read): boolean => isLate(read, beforeMs);
    const refused = [...this.#running.filter(isLateRead), ...this.#long.filter(isLateRead)];
    if (isLate(this.#long[0], beforeMs)) this.#walk = undefined;
    this.#running = this.#running.filter((read) => !isLateRead(read));
    this.#long = this.#long.filter((read) => !isLateRead(read));
    this.#refuse(refused, new Failure('notDone', reasonOfRunning));
  }

  #refuse(reads: readonly Read[], failure: Failure): void {
    for (const read of reads) this.#settle(read, failure);
  }

  #settle(read: Read, outcome: Outcome): void {
    this.#count -= 1;
    this.#bytes -= read.bytes;
    read.sink.settle(read.token, outcome);
  }
}

function isLate(read: Read | undefined, beforeMs: number): boolean {
  return read !== undefined && read.arrivedAtMs <= beforeMs;
}
