/**
 * Builds a new store from the bytes of a snapshot, checking every one of them, piece by piece, so that the event loop
 * is never held up: at a start, and when a replica that lagged behind takes over a snapshot from a peer.
 */
import { SnapshotReader } from '../codec/snapshot.ts';
import type { SnapshotHeader } from '../codec/snapshot-header.ts';
import { Corruption } from '../errors.ts';
import { Store } from '../kv/store.ts';
import type { Done } from '../storage/files.ts';
import { RESTORE_BYTES } from './limits.ts';

export interface RestoredSnapshot {
  readonly header: SnapshotHeader;
  readonly store: Store;
}

/** `read` is as `File.read`. Fails with `Corruption` unless the bytes are one whole snapshot. */
export function restoreSnapshot(
  read: (offset: number, length: number, done: Done<Uint8Array>) => void,
  rest: (resume: () => void) => void,
  done: Done<RestoredSnapshot>,
): void {
  const store = new Store();
  const reader = new SnapshotReader(store);
  const readOn = (offset: number): void => {
    read(offset, RESTORE_BYTES, (error, bytes) => {
      if (error !== undefined) return done(error, undefined as never);
      let header: SnapshotHeader | undefined;
      try {
        reader.push(bytes);
        while (reader.step());
        if (bytes.length < RESTORE_BYTES) header = reader.finish().header;
      } catch (damage) {
        if (!(damage instanceof Corruption)) throw damage;
        return done(damage, undefined as never);
      }
      if (header !== undefined) return done(undefined, { header, store });
      rest(() => readOn(offset + bytes.length));
    });
  };
  readOn(0);
}
