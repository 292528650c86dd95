/**
 * Builds a new store from the bytes of a snapshot, checking every one of them, piece by piece, so that the event loop
 * is never held up: at a start from a file, and while a snapshot comes from a peer.
 */
import { SnapshotReader } from '../codec/snapshot.ts';
import type { SnapshotHeader } from '../codec/snapshot-header.ts';
import { Corruption } from '../errors.ts';
import type { Store } from '../kv/store.ts';
import type { Done } from '../storage/files.ts';
import { RESTORE_BYTES } from './limits.ts';

export interface RestoredSnapshot {
  readonly header: SnapshotHeader;
  readonly store: Store;
}

/** One snapshot on its way into a store. */
export class SnapshotRestore {
  readonly store: Store;
  readonly #reader: SnapshotReader;
  /** Of the snapshot, so far. */
  bytes = 0;

  /** `store` is a new one. */
  constructor(store: Store) {
    this.store = store;
    this.#reader = new SnapshotReader(store);
  }

  /** As soon as it has come. */
  get header(): SnapshotHeader | undefined {
    return this.#reader.header;
  }

  /** Takes over the next bytes, which are the caller's again. Answers with the damage that it has found. */
  add(bytes: Uint8Array): Corruption | undefined {
    this.bytes += bytes.length;
    return damageIn(() => {
      this.#reader.push(bytes);
      while (this.#reader.step());
    });
  }

  /** After the last bytes: undefined when the store is what it was when the snapshot was made. */
  finish(): Corruption | undefined {
    return damageIn(() => this.#reader.finish());
  }
}

function damageIn(work: () => void): Corruption | undefined {
  try {
    work();
    return undefined;
  } catch (damage) {
    if (damage instanceof Corruption) return damage;
    throw damage;
  }
}

/** `readInto` is as `File.readInto`; `store` is a new one. Fails with `Corruption` unless the bytes are one whole snapshot. */
export function restoreSnapshot(
  store: Store,
  readInto: (offset: number, target: Uint8Array, done: Done<number>) => void,
  rest: (resume: () => void) => void,
  done: Done<RestoredSnapshot>,
): void {
  const restore = new SnapshotRestore(store);
  const target = new Uint8Array(RESTORE_BYTES);
  const readOn = (): void => {
    readInto(restore.bytes, target, (error, bytes) => {
      if (error !== undefined) return done(error, undefined as never);
      const isLast = bytes < target.length;
      const damage = restore.add(target.subarray(0, bytes)) ?? (isLast ? restore.finish() : undefined);
      if (damage !== undefined) return done(damage, undefined as never);
      if (!isLast) return rest(readOn);
      done(undefined, { header: restore.header as SnapshotHeader, store });
    });
  };
  readOn();
}
