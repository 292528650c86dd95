/**
 * Applies what is chosen, a bounded part of it in each turn: reads and others' links come between. It stops only between two
 * slots, so the store is always that of a slot when anybody looks at it.
 */
import type { Observer } from '../observe/events.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Applier } from './applier.ts';
import { APPLY_BACKLOG_BYTES_MAX, APPLY_WORK_MAX } from './limits.ts';
import type { Probe } from './probe.ts';
import type { Proposer } from './proposer.ts';
import type { Clock } from './replica-options.ts';
import type { Requests } from './requests.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';

export interface ApplyLoopOptions {
  readonly applier: Applier;
  readonly requests: Requests;
  readonly clock: Clock;
  readonly observe: Observer;
  readonly applyWorkMax?: number;
  readonly probe?: Probe | undefined;
}

export class ApplyLoop {
  readonly #core: Paxos;
  readonly #proposer: Proposer;
  readonly #snapshots: SnapshotKeeper;
  readonly #options: ApplyLoopOptions;

  constructor(core: Paxos, proposer: Proposer, snapshots: SnapshotKeeper, options: ApplyLoopOptions) {
    this.#core = core;
    this.#proposer = proposer;
    this.#snapshots = snapshots;
    this.#options = options;
  }

  /** True when more is left for another turn. */
  run(): boolean {
    const { applier, applyWorkMax, clock, observe, probe } = this.#options;
    if (probe !== undefined) probe(this.#core);
    const { store } = applier;
    const { chosen, acceptor } = this.#core;
    if (applier.applied === chosen) return false;
    const workEnd = store.work + (applyWorkMax ?? APPLY_WORK_MAX);
    const startMs = clock.nowMs();
    let commands = 0;
    while (applier.applied < chosen) {
      if (store.work >= workEnd && acceptor.window.bytes <= APPLY_BACKLOG_BYTES_MAX) break;
      commands += this.#applyNext();
    }
    const slot = applier.applied;
    observe({ kind: 'applied', slot, commands, durationMs: clock.nowMs() - startMs });
    // After it was told, since observers may look at what is given up now.
    this.#core.applied(slot);
    return slot < chosen;
  }

  #applyNext(): number {
    const { applier, clock, requests } = this.#options;
    const slot = applier.applied + 1;
    const entry = this.#core.acceptor.window.get(slot);
    if (entry === undefined) throw new Error(`ChosenIsHeld: slot ${slot} is chosen and not in the window`);
    const batch = applier.apply(entry);
    this.#snapshots.grown(entry.record?.length ?? 0);
    this.#proposer.noteApplied(slot, batch, clock.nowMs());
    if (batch.opened) requests.resubmit();
    return batch.commands;
  }
}
