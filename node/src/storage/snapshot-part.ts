/** A snapshot that is not whole yet: one that is being written, or that comes in from a peer, in any order. */
import type { Slot } from '../paxos/ballot.ts';
import type { Done, File } from './files.ts';

/** One that is written is synced so often: one sync of hundreds of megabytes would hold up the log's. */
export const WRITTEN_SYNC_BYTES = 1024 * 1024;
/** One that comes in: whoever lags so far that it needs one keeps nobody waiting, and each sync holds up the pieces behind it. */
export const RECEIVED_SYNC_BYTES = 4 * 1024 * 1024;

export class SnapshotPart {
  readonly slot: Slot;
  readonly #file: File;
  readonly #syncEveryBytes: number;
  #bytes: number;
  #unsyncedBytes = 0;
  #closed = false;

  /** `bytes`: the length that the file has. */
  constructor(slot: Slot, file: File, bytes: number, syncEveryBytes: number) {
    this.slot = slot;
    this.#file = file;
    this.#bytes = bytes;
    this.#syncEveryBytes = syncEveryBytes;
  }

  get name(): string {
    return this.#file.name;
  }

  /** How far it was written. There may be holes before that. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The caller leaves the bytes unchanged until the completion. */
  write(offset: number, bytes: Uint8Array, done: Done): void {
    this.#file.write(offset, [bytes], (error) => {
      if (error !== undefined) return done(error);
      this.#bytes = Math.max(this.#bytes, offset + bytes.length);
      this.#unsyncedBytes += bytes.length;
      if (this.#unsyncedBytes < this.#syncEveryBytes) return done(undefined);
      this.#unsyncedBytes = 0;
      this.#file.sync(done);
    });
  }

  /** As `File.readInto`. */
  readInto(offset: number, target: Uint8Array, done: Done<number>): void {
    this.#file.readInto(offset, target, done);
  }

  sync(done: Done): void {
    this.#file.sync(done);
  }

  /** May be called again: a part is closed before it gets its name, which may fail. */
  close(done: Done): void {
    if (this.#closed) return done(undefined);
    this.#closed = true;
    this.#file.close(done);
  }
}
