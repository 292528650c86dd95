/**
 * The snapshots in a directory. One that is being made has another name; it gets its own when it is on disk as
 * a whole (sync, rename, sync of the directory), so whatever has the name of a snapshot is one. There are two at
 * most that are whole: the newest, and an older one as long as somebody reads it.
 */
import assert from 'node:assert/strict';
import type { Slot } from '../paxos/ballot.ts';
import type { Done, File, Files } from './files.ts';
import {
  isWrittenName,
  receivedName,
  receivedSlot,
  snapshotName,
  snapshotSlot,
  writtenName,
} from './snapshot-name.ts';
import { RECEIVED_SYNC_BYTES, SnapshotPart, WRITTEN_SYNC_BYTES } from './snapshot-part.ts';

export interface SnapshotFile {
  /** It holds everything up to this slot. */
  readonly slot: Slot;
  readonly bytes: number;
}

interface Complete extends SnapshotFile {
  readonly file: File;
}

export class Snapshots {
  readonly #files: Files;
  /** By slot, ascending. */
  readonly #complete: Complete[] = [];
  /** The first one is under way. */
  readonly #publications: (() => void)[] = [];
  /** The one that was coming in when the last process ended, or that was given up for now. */
  #received: Slot | undefined;

  private constructor(files: Files) {
    this.#files = files;
  }

  /** Finds the newest whole snapshot, and removes what nobody can use any more. */
  static open(files: Files, done: Done<Snapshots>): void {
    const snapshots = new Snapshots(files);
    // The last process may have ended between a rename and its sync: what is believed now must stay.
    files.syncDirectory((syncError) => {
      if (syncError !== undefined) return done(syncError, snapshots);
      files.list((listError, names) => {
        if (listError !== undefined) return done(listError, snapshots);
        snapshots.#begin(names, (error) => done(error, snapshots));
      });
    });
  }

  get newest(): SnapshotFile | undefined {
    return this.#complete.at(-1);
  }

  /** The whole snapshot of everything up to exactly `slot`, if there is one. */
  at(slot: Slot): SnapshotFile | undefined {
    return this.#at(slot);
  }

  /** Begins to write one. */
  create(slot: Slot, done: Done<SnapshotPart>): void {
    this.#files.create(writtenName(slot), (error, file) => {
      if (error !== undefined) return done(error, undefined as never);
      done(undefined, new SnapshotPart(slot, file, 0, WRITTEN_SYNC_BYTES));
    });
  }

  /** Begins to take one in from a peer, or goes on with what there is of it. Another one is given up. */
  receive(slot: Slot, done: Done<SnapshotPart>): void {
    const before = this.#received;
    this.#received = slot;
    if (before === slot) return this.#resume(slot, done);
    const create = (error: Error | undefined): void => {
      if (error !== undefined) return done(error, undefined as never);
      this.#files.create(receivedName(slot), (createError, file) => {
        if (createError !== undefined) {
          this.#received = undefined;
          return done(createError, undefined as never);
        }
        done(undefined, new SnapshotPart(slot, file, 0, RECEIVED_SYNC_BYTES));
      });
    };
    if (before === undefined) create(undefined);
    else this.#files.unlink(receivedName(before), create);
  }

  /**
   * The part is a whole snapshot: when `done` is called without an error, it is so on disk, for good, or another one is that goes as
   * far. One after the other: an own snapshot and one of a peer may be ready at the same time, and be of the same slot.
   */
  publish(part: SnapshotPart, done: Done): void {
    const published = (error: Error | undefined): void => {
      this.#publications.shift();
      done(error);
      this.#publications[0]?.();
    };
    this.#publications.push(() => {
      if (part.slot > (this.newest?.slot ?? 0)) this.#publish(part, published);
      else this.discard(part, published);
    });
    if (this.#publications.length === 1) this.#publications[0]?.();
  }

  #publish(part: SnapshotPart, done: Done): void {
    const { slot, bytes } = part;
    const name = snapshotName(slot);
    part.sync((syncError) => {
      if (syncError !== undefined) return done(syncError);
      part.close((closeError) => {
        if (closeError !== undefined) return done(closeError);
        this.#files.rename(part.name, name, (renameError) => {
          if (renameError !== undefined) return done(renameError);
          if (part.name === receivedName(slot)) this.#received = undefined;
          this.#files.syncDirectory((directoryError) => {
            if (directoryError !== undefined) return done(directoryError);
            this.#files.open(name, (openError, file) => {
              if (openError !== undefined) return done(openError);
              assert(
                slot > (this.newest?.slot ?? 0),
                'SnapshotsGrow: a snapshot goes further than all before it',
              );
              this.#complete.push({ slot, bytes, file });
              done(undefined);
            });
          });
        });
      });
    });
  }

  /** The part will never be a snapshot. */
  discard(part: SnapshotPart, done: Done): void {
    if (part.name === receivedName(part.slot)) this.#received = undefined;
    part.close((closeError) => {
      if (closeError !== undefined) return done(closeError);
      this.#files.unlink(part.name, done);
    });
  }

  /** As `File.readInto`, of a whole snapshot that is there. */
  readInto(slot: Slot, offset: number, target: Uint8Array, done: Done<number>): void {
    const complete = this.#at(slot);
    assert(complete !== undefined, 'a snapshot is read while it is there');
    complete.file.readInto(offset, target, done);
  }

  /** Removes all whole ones but the newest and, if somebody reads it, that of `kept`. */
  removeOlder(kept: Slot | undefined, done: Done): void {
    const position = this.#complete.findIndex(
      (complete) => complete !== this.newest && complete.slot !== kept,
    );
    const [complete] = position < 0 ? [] : this.#complete.splice(position, 1);
    if (complete === undefined) return done(undefined);
    // Reads that were asked for come before the close.
    complete.file.close((closeError) => {
      if (closeError !== undefined) return done(closeError);
      this.#files.unlink(complete.file.name, (unlinkError) => {
        if (unlinkError !== undefined) return done(unlinkError);
        this.removeOlder(kept, done);
      });
    });
  }

  close(done: Done): void {
    const complete = this.#complete.pop();
    if (complete === undefined) return done(undefined);
    complete.file.close((error) => {
      if (error !== undefined) return done(error);
      this.close(done);
    });
  }

  #at(slot: Slot): Complete | undefined {
    return this.#complete.find((complete) => complete.slot === slot);
  }

  #begin(names: readonly string[], done: Done): void {
    const newest = Math.max(0, ...names.map((name) => snapshotSlot(name) ?? 0));
    const received = Math.max(newest, ...names.map((name) => receivedSlot(name) ?? 0));
    if (received > newest) this.#received = received;
    const useless = names.filter(
      (name) =>
        isWrittenName(name) ||
        (snapshotSlot(name) ?? newest) !== newest ||
        (receivedSlot(name) ?? this.#received) !== this.#received,
    );
    this.#unlinkAll(useless, (error) => {
      if (error !== undefined || newest === 0) return done(error);
      this.#openComplete(newest, done);
    });
  }

  #unlinkAll(names: readonly string[], done: Done): void {
    const [first, ...rest] = names;
    if (first === undefined) return done(undefined);
    this.#files.unlink(first, (error) => {
      if (error !== undefined) return done(error);
      this.#unlinkAll(rest, done);
    });
  }

  #openComplete(slot: Slot, done: Done): void {
    this.#files.open(snapshotName(slot), (openError, file) => {
      if (openError !== undefined) return done(openError);
      file.size((error, bytes) => {
        if (error === undefined) this.#complete.push({ slot, bytes, file });
        done(error);
      });
    });
  }

  #resume(slot: Slot, done: Done<SnapshotPart>): void {
    this.#files.open(receivedName(slot), (openError, file) => {
      if (openError !== undefined) return done(openError, undefined as never);
      file.size((error, bytes) => done(error, new SnapshotPart(slot, file, bytes, RECEIVED_SYNC_BYTES)));
    });
  }
}
