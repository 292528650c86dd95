/**
 * Answers `fetch`: reads what is chosen from the log on disk, one chunk per peer at a time. What the log does not hold
 * any more a snapshot stands for.
 */
import type { Observer } from '../observe/events.ts';
import type { ReplicaId, Slot } from '../paxos/ballot.ts';
import { NotHeld } from '../storage/failures.ts';
import type { Log } from '../storage/log.ts';
import { FETCH_BYTES_MAX } from './limits.ts';
import type { Outbox } from './outbox.ts';

export class CatchUpServer {
  readonly #log: Log;
  readonly #outbox: Outbox;
  readonly #observe: Observer;
  readonly #offerSnapshot: (peer: ReplicaId, from: Slot) => boolean;
  readonly #busy = new Set<ReplicaId>();

  /** `offerSnapshot` answers whether there is one that holds `from`. */
  constructor(
    log: Log,
    outbox: Outbox,
    observe: Observer,
    offerSnapshot: (peer: ReplicaId, from: Slot) => boolean,
  ) {
    this.#log = log;
    this.#outbox = outbox;
    this.#observe = observe;
    this.#offerSnapshot = offerSnapshot;
  }

  /** `through`: the last slot that is chosen and durable here. A peer that is busy asks again. */
  serve(peer: ReplicaId, from: Slot, through: Slot): void {
    if (from > through || this.#busy.has(peer)) return;
    this.#busy.add(peer);
    this.#log.read(from, through, FETCH_BYTES_MAX, (error, entries) => {
      this.#busy.delete(peer);
      if (error instanceof NotHeld && this.#offerSnapshot(peer, from)) return;
      if (error !== undefined) {
        const text = `can't read slot ${from} for a peer: ${error.message}`;
        this.#observe({ kind: 'notice', name: 'log-unreadable', text, slot: from });
        return;
      }
      this.#outbox.send(peer, { kind: 'chosen', entries });
    });
  }
}
