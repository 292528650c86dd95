/**
 * Linearizable reads of this replica's doors: they gather, wait for the core's word up to which slot
 * everything must be applied first, then run here, on this replica's state.
 */
import type { Context } from '../kv/command.ts';
import type { Store } from '../kv/store.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { ReadReady } from '../paxos/message.ts';
import { Failure, type ReplySink } from './door.ts';

interface Read {
  readonly code: number;
  readonly args: readonly string[];
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

export class ReadQueue {
  #gathered: Read[] = [];
  /** To be asked anew, but not in this turn: whoever could not answer just now can't yet. */
  #returned: Read[] = [];
  readonly #asked = new Map<number, ReadBatch>();
  #ready: ReadBatch[] = [];
  /** Drawn at the start: an answer to a question of an earlier life of this process finds nobody. */
  #nextId: number;
  #count = 0;

  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  get count(): number {
    return this.#count;
  }

  get hasGathered(): boolean {
    return this.#gathered.length > 0;
  }

  add(code: number, args: readonly string[], sink: ReplySink, token: number, nowMs: number): void {
    this.#gathered.push({ code, args, sink, token, arrivedAtMs: nowMs });
    this.#count += 1;
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

  /** Runs what may run now that everything up to `applied` is applied. */
  run(applied: Slot, store: Store, context: Context): void {
    if (this.#ready.length === 0) return;
    const waiting: ReadBatch[] = [];
    const running: ReadBatch[] = [];
    for (const batch of this.#ready) (batch.index <= applied ? running : waiting).push(batch);
    this.#ready = waiting;
    for (const batch of running) {
      this.#count -= batch.reads.length;
      for (const read of batch.reads)
        read.sink.settle(read.token, store.execute(read.code, read.args, context));
    }
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
  expire(beforeMs: number, reason: string): void {
    this.refuseGathered(beforeMs, reason);
    const failure = new Failure('notDone', reason);
    for (const [id, batch] of this.#asked) {
      if ((batch.reads[0]?.arrivedAtMs ?? 0) > beforeMs) continue;
      this.#asked.delete(id);
      this.#refuse(batch.reads, failure);
    }
    const late = this.#ready.filter((batch) => (batch.reads[0]?.arrivedAtMs ?? 0) <= beforeMs);
    if (late.length === 0) return;
    this.#ready = this.#ready.filter((batch) => !late.includes(batch));
    for (const batch of late) this.#refuse(batch.reads, failure);
  }

  #refuse(reads: readonly Read[], failure: Failure): void {
    this.#count -= reads.length;
    for (const read of reads) read.sink.settle(read.token, failure);
  }
}
