/** The state that a replica would have: a snapshot, and the entries of the log behind it, applied by the code that replicas apply with. */
import type { SnapshotHeader } from '../../src/codec/snapshot-header.ts';
import type { Ruling } from '../../src/paxos/configuration.ts';
import type { Slot } from '../../src/paxos/ballot.ts';
import type { Entry } from '../../src/paxos/entry.ts';
import { Rulings } from '../../src/paxos/rulings.ts';
import { Applier } from '../../src/replica/applier.ts';
import type { SessionLimits } from '../../src/kv/session-limits.ts';
import { type RestoredSnapshot, restoreSnapshot } from '../../src/replica/snapshot-restore.ts';
import { completion } from '../../src/storage/completion.ts';
import type { File, Files } from '../../src/storage/files.ts';
import { snapshotName } from '../../src/storage/snapshot-name.ts';
import type { ReplicaDirectory } from './replica-directory.ts';

/** No request of ours is in any log. */
const NO_PROCESS = 0;

export class ReplicaState {
  readonly applier: Applier;
  #rulings = new Rulings([]);

  /** `SESSION_LIMITS` unless given: those of the replicas that wrote the log. */
  constructor(sessionLimits?: SessionLimits) {
    this.applier = new Applier(NO_PROCESS, () => undefined, { sessionLimits });
  }

  /** From a snapshot; throws `Corruption` unless it is whole. To be called first, if at all. */
  async takeSnapshot(files: Files, name: string): Promise<SnapshotHeader> {
    const file = await completion<File>((done) => files.open(name, done));
    try {
      const { header, store } = await completion<RestoredSnapshot>((done) =>
        restoreSnapshot(
          this.applier.store.emptyOne(),
          (offset, target, then) => file.readInto(offset, target, then),
          // Nobody else wants this process's time, and a call from within the call would grow the stack.
          (resume) => void setImmediate(resume),
          done,
        ),
      );
      this.applier.takeOver(header.applier, store);
      this.#rulings = new Rulings(header.rulings);
      return header;
    } finally {
      await completion<void>((done) => file.close(done));
    }
  }

  apply(entry: Entry): void {
    this.applier.apply(entry);
    const { slot, value } = entry;
    if (value.kind === 'configuration') this.#rulings.learn(slot, value.configuration);
  }

  /** Everything that the directory knows to be chosen. `progress` hears of each slot reached. */
  static async of(
    directory: ReplicaDirectory,
    progress: (slot: Slot) => void,
    sessionLimits?: SessionLimits,
  ): Promise<ReplicaState> {
    const state = new ReplicaState(sessionLimits);
    if (directory.covered > 0) await state.takeSnapshot(directory.files, snapshotName(directory.covered));
    while (state.applier.applied < directory.chosen) {
      for (const entry of await directory.read(state.applier.applied + 1, directory.chosen))
        state.apply(entry);
      progress(state.applier.applied);
    }
    return state;
  }

  /** The newest configuration, in force or about to be; undefined when there never was one. */
  get ruling(): Ruling | undefined {
    return this.#rulings.all.at(-1);
  }
}
