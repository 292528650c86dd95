/**
 * The seam between the log and the world: one directory of files. Everything above it is the same
 * code in production and in the simulator.
 *
 * Obligations of every implementation (`files.contract.ts` proves them):
 * - Completions are calls, never promises, and never come before the method has returned.
 * - What `write` wrote is on disk for good only after a later `sync` of that file has completed; what
 *   `create`, `rename` and `unlink` changed, only after a later `syncDirectory`.
 * - Operations on one file complete in the order in which they were asked for.
 * - The caller leaves the bytes that it hands over unchanged until the completion.
 * - An error in a completion is the operating system's, with its `code`. The caller never retries a
 *   failed write or sync: after one, the state of the pages is unknown (Rebello et al., "Can
 *   Applications Recover from fsync Failures?", ATC 2020).
 */
export type Done<T = void> = (error: Error | undefined, value: T) => void;

export interface Files {
  /** Names of the files in the directory, in no order. */
  list(done: Done<string[]>): void;
  /** Makes a new, empty file; fails with EEXIST when there is one of that name. */
  create(name: string, done: Done<File>): void;
  /** Opens a file that exists; fails with ENOENT when there is none. */
  open(name: string, done: Done<File>): void;
  /** Renames, replacing what has the new name. */
  rename(from: string, to: string, done: Done): void;
  unlink(name: string, done: Done): void;
  /** Bytes that may still be written on the disk that the directory is on. Others may take them first. */
  freeBytes(done: Done<number>): void;
  syncDirectory(done: Done): void;
}

export interface File {
  readonly name: string;
  size(done: Done<number>): void;
  /** Reads up to `length` bytes; fewer only at the end of the file. The bytes belong to the caller. */
  read(offset: number, length: number, done: Done<Uint8Array>): void;
  /**
   * Reads as many bytes as `target` has, fewer only at the end of the file, and tells how many they were. For whoever reads
   * hundreds of megabytes: new memory for each piece would make V8 collect the whole heap again and again.
   */
  readInto(offset: number, target: Uint8Array, done: Done<number>): void;
  /** Writes the chunks one after the other, from `offset` on; the file grows as needed. */
  write(offset: number, chunks: readonly Uint8Array[], done: Done): void;
  /** fdatasync: every completed write to this file survives a loss of power. */
  sync(done: Done): void;
  close(done: Done): void;
}
