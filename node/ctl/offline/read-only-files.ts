/**
 * A directory that is only looked at. The code that recovers a log also mends it: it writes the last batch again and
 * cuts what is torn, neither of which changes what it finds. Here those writes complete and do nothing; nothing on the disk is ever
 * changed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { InvalidInput } from '../../src/errors.ts';
import type { Done, File, Files } from '../../src/storage/files.ts';

/** Throws `InvalidInput` unless there is a directory of that name. */
export function requireDirectory(name: string): void {
  if (fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new InvalidInput('--dir', name, 'must be a directory that exists');
}

export class ReadOnlyFiles implements Files {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  list(done: Done<string[]>): void {
    fs.readdir(this.#directory, { withFileTypes: true }, (error, entries) => {
      if (error !== null) return done(error, []);
      done(
        undefined,
        entries.filter((entry) => entry.isFile()).map((entry) => entry.name),
      );
    });
  }

  open(name: string, done: Done<File>): void {
    fs.open(path.join(this.#directory, name), 'r', (error, descriptor) => {
      if (error !== null) return done(error, undefined as never);
      done(undefined, new ReadOnlyFile(name, descriptor));
    });
  }

  create(name: string, done: Done<File>): void {
    queueMicrotask(() => done(readOnly(name), undefined as never));
  }

  rename(from: string, _to: string, done: Done): void {
    queueMicrotask(() => done(readOnly(from)));
  }

  /** What an interrupted preparation has left stays there. */
  unlink(_name: string, done: Done): void {
    queueMicrotask(() => done(undefined));
  }

  freeBytes(done: Done<number>): void {
    queueMicrotask(() => done(undefined, 0));
  }

  syncDirectory(done: Done): void {
    queueMicrotask(() => done(undefined));
  }
}

class ReadOnlyFile implements File {
  readonly name: string;
  readonly #descriptor: number;

  constructor(name: string, descriptor: number) {
    this.name = name;
    this.#descriptor = descriptor;
  }

  size(done: Done<number>): void {
    fs.fstat(this.#descriptor, (error, stats) => done(error ?? undefined, stats?.size ?? 0));
  }

  read(offset: number, length: number, done: Done<Uint8Array>): void {
    const target = Buffer.allocUnsafeSlow(length);
    this.#read(target, 0, offset, (error, bytes) => done(error, target.subarray(0, bytes)));
  }

  readInto(offset: number, target: Uint8Array, done: Done<number>): void {
    this.#read(target, 0, offset, done);
  }

  write(_offset: number, _chunks: readonly Uint8Array[], done: Done): void {
    queueMicrotask(() => done(undefined));
  }

  sync(done: Done): void {
    queueMicrotask(() => done(undefined));
  }

  close(done: Done): void {
    fs.close(this.#descriptor, (error) => done(error ?? undefined));
  }

  #read(target: Uint8Array, filled: number, offset: number, done: Done<number>): void {
    fs.read(this.#descriptor, target, filled, target.length - filled, offset + filled, (error, bytes) => {
      if (error !== null) return done(error, 0);
      const end = filled + bytes;
      if (bytes === 0 || end === target.length) return done(undefined, end);
      this.#read(target, end, offset, done);
    });
  }
}

function readOnly(name: string): Error {
  return Object.assign(new Error(`EROFS: ${name} is in a directory that is only looked at`), {
    code: 'EROFS',
  });
}
