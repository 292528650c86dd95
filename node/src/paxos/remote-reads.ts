/** A follower's reads: the leader is asked for an index, and this replica waits until it has applied it. */
import type { ReplicaId, Slot } from './ballot.ts';
import type { StepBuilder } from './step.ts';

export class RemoteReads {
  /** When each question was asked. Ids are never used twice (a late answer must find nobody). */
  readonly #askedAtMs = new Map<number, number>();

  /** Without a leader the driver is told at once to ask again. */
  ask(id: number, leader: ReplicaId | undefined, nowMs: number, out: StepBuilder): void {
    if (leader === undefined) {
      out.reads.push({ id, index: 0 });
      return;
    }
    this.#askedAtMs.set(id, nowMs);
    out.send(leader, { kind: 'indexRequest', id });
  }

  finish(id: number, index: Slot, out: StepBuilder): void {
    if (this.#askedAtMs.delete(id)) out.reads.push({ id, index });
  }

  /** Questions older than `beforeMs` were lost on the way: the driver asks anew. */
  expire(beforeMs: number, out: StepBuilder): void {
    for (const [id, askedAtMs] of this.#askedAtMs) {
      if (askedAtMs > beforeMs) return;
      this.finish(id, 0, out);
    }
  }

  abandon(out: StepBuilder): void {
    for (const id of this.#askedAtMs.keys()) this.finish(id, 0, out);
  }
}
