/**
 * Opens the directory of a survivor that is damaged, as far as it can be read. A replica refuses such a directory, because it may have
 * forgotten what it promised; here nobody votes any more, and what is intact may be the last copy there is. So the log is taken to end
 * in front of the damage, and a damaged snapshot not to be there. What lies behind is left alone and not believed: of what was
 * synced later nobody can say whether it belongs to what is missing.
 */
import { Corruption } from '../../src/errors.ts';
import { LogCorruption } from '../../src/storage/failures.ts';
import type { Done, File, Files } from '../../src/storage/files.ts';
import { segmentNumber } from '../../src/storage/segment.ts';
import { snapshotName, snapshotSlot } from '../../src/storage/snapshot-name.ts';
import { CommandFailure } from '../failure.ts';
import { ReadOnlyFiles } from './read-only-files.ts';
import { ReplicaDirectory } from './replica-directory.ts';
import { checkSnapshot } from './snapshot-check.ts';

export interface Salvaged {
  /** Undefined when nothing of it can be used. */
  readonly directory: ReplicaDirectory | undefined;
  /** What is damaged, in the order in which it was found; empty when all is right. */
  readonly damage: readonly string[];
}

/** Changes nothing on the disk. Throws `CommandFailure` when it is no directory of a replica at all. */
export async function salvage(name: string, source: Files = new ReadOnlyFiles(name)): Promise<Salvaged> {
  const files = new IntactFiles(source);
  const damage: string[] = [];
  for (;;) {
    try {
      const directory = await ReplicaDirectory.open(name, files);
      if (directory.covered === 0) return { directory, damage };
      const snapshot = snapshotName(directory.covered);
      const finding = await snapshotDamage(files, snapshot, directory.covered);
      if (finding === undefined) return { directory, damage };
      await directory.close();
      damage.push(`${snapshot}: ${finding}`);
      files.hide(snapshot);
    } catch (error) {
      // Nothing is left of the log: that is damage, too, unless there never was one.
      if (error instanceof CommandFailure && damage.length > 0) return { directory: undefined, damage };
      if (!(error instanceof Corruption)) throw error;
      damage.push(error instanceof LogCorruption ? error.finding : error.message);
      const cut = error instanceof LogCorruption && files.endAt(error);
      if (!cut) return { directory: undefined, damage };
    }
  }
}

async function snapshotDamage(files: Files, name: string, slot: number): Promise<string | undefined> {
  try {
    await checkSnapshot(files, name, slot, () => undefined);
    return undefined;
  } catch (error) {
    if (error instanceof Corruption) return error.message;
    throw error;
  }
}

/** A directory without what is damaged in it. */
class IntactFiles implements Files {
  readonly #files: Files;
  readonly #hidden = new Set<string>();
  /** The log ends here. */
  #end: { readonly segment: number; readonly byte: number } | undefined;

  constructor(files: Files) {
    this.#files = files;
  }

  hide(name: string): void {
    this.#hidden.add(name);
  }

  /** The log is to end in front of that damage; false when that helps nothing. */
  endAt({ file, intactBytes }: LogCorruption): boolean {
    const segment = segmentNumber(file);
    if (segment === undefined || intactBytes === undefined) return false;
    const before = this.#end;
    const isEarlier =
      before === undefined ||
      segment < before.segment ||
      (segment === before.segment && intactBytes < before.byte);
    if (isEarlier) this.#end = { segment, byte: intactBytes };
    return isEarlier;
  }

  list(done: Done<string[]>): void {
    this.#files.list((error, names) =>
      done(
        error,
        names.filter((name) => this.#isThere(name)),
      ),
    );
  }

  open(name: string, done: Done<File>): void {
    this.#files.open(name, (error, file) => {
      const end = this.#end;
      const isCut = error === undefined && end !== undefined && segmentNumber(name) === end.segment;
      done(error, isCut ? zerosFrom(file, end.byte) : file);
    });
  }

  create(name: string, done: Done<File>): void {
    this.#files.create(name, done);
  }

  rename(from: string, to: string, done: Done): void {
    this.#files.rename(from, to, done);
  }

  unlink(name: string, done: Done): void {
    this.#files.unlink(name, done);
  }

  freeBytes(done: Done<number>): void {
    this.#files.freeBytes(done);
  }

  syncDirectory(done: Done): void {
    this.#files.syncDirectory(done);
  }

  #isThere(name: string): boolean {
    if (this.#hidden.has(name) || (snapshotSlot(name) === undefined && segmentNumber(name) === undefined)) {
      return false;
    }
    const end = this.#end;
    const segment = segmentNumber(name);
    if (end === undefined || segment === undefined) return true;
    return end.byte === 0 ? segment < end.segment : segment <= end.segment;
  }
}

/** The file as if nothing had been written behind that byte. */
function zerosFrom(file: File, end: number): File {
  return {
    name: file.name,
    size: (done) => file.size(done),
    read: (offset, length, done) =>
      file.read(offset, length, (error, bytes) => {
        if (error === undefined && offset + bytes.length > end) bytes.fill(0, Math.max(0, end - offset));
        done(error, bytes);
      }),
    readInto: (offset, target, done) =>
      file.readInto(offset, target, (error, bytes) => {
        if (error === undefined && offset + bytes > end) target.fill(0, Math.max(0, end - offset), bytes);
        done(error, bytes);
      }),
    write: (offset, chunks, done) => file.write(offset, chunks, done),
    sync: (done) => file.sync(done),
    close: (done) => file.close(done),
  };
}
