/** The state as a snapshot that goes to whoever asks, and to no file here. */
import { SnapshotWriter } from '../codec/snapshot.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Applier } from './applier.ts';

/** A snapshot that is being read. */
export interface OpenBackup {
  readonly slot: Slot;
  readonly cluster: string;
  readonly keys: number;
  /** About how long it will be. */
  readonly estimatedBytes: number;
  /** The next chunk, good only until the next call; undefined after the last. */
  next(): Uint8Array | undefined;
  /** To be called once, whether it was read to its end or not: what it holds costs memory. */
  close(): void;
}

/** What the door of operators needs to make a backup. */
export interface BackupSource {
  /** Undefined while this replica belongs to no cluster, or has applied nothing. */
  openBackup(): OpenBackup | undefined;
}

export class Backups implements BackupSource {
  readonly #applier: Applier;
  readonly #core: Paxos;
  readonly #cluster: () => string | undefined;

  constructor(applier: Applier, core: Paxos, cluster: () => string | undefined) {
    this.#applier = applier;
    this.#core = core;
    this.#cluster = cluster;
  }

  openBackup(): OpenBackup | undefined {
    const applier = this.#applier;
    const cluster = this.#cluster();
    const slot = applier.applied;
    if (cluster === undefined || slot === 0) return undefined;
    const view = applier.store.openView();
    const rulings = this.#core.acceptor.rulings.through(slot);
    const writer = new SnapshotWriter({ cluster, applier: applier.state, rulings, store: view.header }, view);
    return {
      slot,
      cluster,
      keys: view.header.keys,
      estimatedBytes: applier.store.bytes,
      next: () => writer.next(),
      close: () => view.close(),
    };
  }
}
