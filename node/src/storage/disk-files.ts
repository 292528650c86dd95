/**
 * `Files` on a real directory.
 *
 * A file that is opened (not one that is created) is opened with O_DSYNC: a write returns from the
 * kernel when it is on disk, so that the pair "write, then sync" costs one trip through the thread
 * pool instead of two. On an idle event loop that gains nothing; with turns of 0.2 ms it doubles the
 * batches per second, because each completion waits for the turn that runs to end. Created files are
 * filled with megabytes of zeros first, where one sync for many writes is what is wanted.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import type { Done, File, Files } from './files.ts';

/** Chunks per system call: the kernel takes 1,024 (IOV_MAX), and fewer keep short writes a prefix. */
const CHUNKS_MAX = 1_000;

/** Whoever can read a log or a snapshot can read all data, whatever passwords protect it: only the owner. */
const FILE_MODE = 0o600;
/** Of a directory of a replica, where one is made. */
export const DIRECTORY_MODE = 0o700;

export class DiskFiles implements Files {
  readonly #directory: string;

  /** `directory` must exist. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  list(done: Done<string[]>): void {
    fs.readdir(this.#directory, { withFileTypes: true }, (error, entries) => {
      if (error !== null) return done(error, undefined as never);
      done(
        undefined,
        entries.filter((entry) => entry.isFile()).map((entry) => entry.name),
      );
    });
  }

  create(name: string, done: Done<File>): void {
    this.#open(name, 'wx+', false, done);
  }

  open(name: string, done: Done<File>): void {
    this.#open(name, fs.constants.O_RDWR | fs.constants.O_DSYNC, true, done);
  }

  rename(from: string, to: string, done: Done): void {
    fs.rename(join(this.#directory, from), join(this.#directory, to), (error) => done(error ?? undefined));
  }

  unlink(name: string, done: Done): void {
    fs.unlink(join(this.#directory, name), (error) => done(error ?? undefined));
  }

  freeBytes(done: Done<number>): void {
    fs.statfs(this.#directory, (error, stats) =>
      done(error ?? undefined, (stats?.bavail ?? 0) * (stats?.bsize ?? 0)),
    );
  }

  syncDirectory(done: Done): void {
    fs.open(this.#directory, 'r', (openError, descriptor) => {
      if (openError !== null) return done(openError);
      fs.fsync(descriptor, (syncError) => {
        fs.close(descriptor, (closeError) => done(syncError ?? closeError ?? undefined));
      });
    });
  }

  #open(name: string, flags: string | number, writesAreDurable: boolean, done: Done<File>): void {
    fs.open(join(this.#directory, name), flags, FILE_MODE, (error, descriptor) => {
      if (error !== null) return done(error, undefined as never);
      done(undefined, new DiskFile(name, descriptor, writesAreDurable));
    });
  }
}

class DiskFile implements File {
  readonly name: string;
  readonly #descriptor: number;
  readonly #writesAreDurable: boolean;
  /** What somebody else wrote before the file was opened is not known to be on disk. */
  #synced = false;
  /** Operations that wait for the one under way: they complete in the order of the calls. */
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  constructor(name: string, descriptor: number, writesAreDurable: boolean) {
    this.name = name;
    this.#descriptor = descriptor;
    this.#writesAreDurable = writesAreDurable;
  }

  size(done: Done<number>): void {
    this.#inTurn(() => {
      fs.fstat(this.#descriptor, (error, stats) => this.#finish(done, error, stats?.size));
    });
  }

  read(offset: number, length: number, done: Done<Uint8Array>): void {
    this.#inTurn(() => {
      const target = Buffer.allocUnsafeSlow(length);
      this.#read(target, 0, offset, (error, bytes) => done(error, target.subarray(0, bytes)));
    });
  }

  readInto(offset: number, target: Uint8Array, done: Done<number>): void {
    this.#inTurn(() => this.#read(target, 0, offset, done));
  }

  write(offset: number, chunks: readonly Uint8Array[], done: Done): void {
    this.#inTurn(() => this.#write(offset, chunks, done));
  }

  sync(done: Done): void {
    this.#inTurn(() => {
      if (this.#writesAreDurable && this.#synced) {
        queueMicrotask(() => this.#finish(done, null, undefined));
        return;
      }
      fs.fdatasync(this.#descriptor, (error) => {
        this.#synced = error === null;
        this.#finish(done, error, undefined);
      });
    });
  }

  close(done: Done): void {
    this.#inTurn(() => {
      fs.close(this.#descriptor, (error) => this.#finish(done, error ?? null, undefined));
    });
  }

  #read(target: Uint8Array, filled: number, offset: number, done: Done<number>): void {
    const length = target.length - filled;
    fs.read(this.#descriptor, target, filled, length, offset + filled, (error, bytes) => {
      if (error === null && bytes > 0 && bytes < length) {
        return this.#read(target, filled + bytes, offset, done);
      }
      this.#finish(done, error, filled + bytes);
    });
  }

  #write(offset: number, chunks: readonly Uint8Array[], done: Done): void {
    const [first] = chunks;
    if (first === undefined) {
      queueMicrotask(() => this.#finish(done, null, undefined));
      return;
    }
    const finished = (error: NodeJS.ErrnoException | null, bytes: number): void => {
      if (error !== null) return this.#finish(done, error, undefined);
      const rest = chunksAfter(chunks, bytes);
      if (rest.length === 0) return this.#finish(done, null, undefined);
      if (bytes === 0) return this.#finish(done, new Error(`${this.name}: nothing was written`), undefined);
      this.#write(offset + bytes, rest, done);
    };
    if (chunks.length === 1) {
      fs.write(this.#descriptor, first, 0, first.length, offset, finished);
      return;
    }
    const group = chunks.length <= CHUNKS_MAX ? chunks : chunks.slice(0, CHUNKS_MAX);
    fs.writev(this.#descriptor, group as NodeJS.ArrayBufferView[], offset, finished);
  }

  #inTurn(operation: () => void): void {
    if (this.#busy) {
      this.#waiting.push(operation);
      return;
    }
    this.#busy = true;
    operation();
  }

  /** Reports a completion; the next operation begins first, so that the disk does not wait for us. */
  #finish<T>(done: Done<T>, error: Error | null, value: T | undefined): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy = false;
    else next();
    done(error ?? undefined, value as T);
  }
}

/** What is left of `chunks` after their first `bytes` bytes: nothing, nearly always. */
function chunksAfter(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = bytes;
  for (const chunk of chunks) {
    if (skip < chunk.length) rest.push(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.length);
  }
  return rest;
}
