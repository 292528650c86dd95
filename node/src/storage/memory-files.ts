/** `Files` in memory, for tests of what stands on the seam: no faults, nothing survives the process. */
import type { Done, File, Files } from './files.ts';

interface Content {
  bytes: Uint8Array;
}

export class MemoryFiles implements Files {
  readonly #contents = new Map<string, Content>();

  /** Begins with copies of `images`, by file name. */
  constructor(images: ReadonlyMap<string, Uint8Array> = new Map()) {
    for (const [name, bytes] of images) this.#contents.set(name, { bytes: Uint8Array.from(bytes) });
  }

  /** Copies of all files, by name. */
  images(): Map<string, Uint8Array> {
    const images = new Map<string, Uint8Array>();
    for (const [name, content] of this.#contents) images.set(name, Uint8Array.from(content.bytes));
    return images;
  }

  list(done: Done<string[]>): void {
    queueMicrotask(() => done(undefined, [...this.#contents.keys()]));
  }

  create(name: string, done: Done<File>): void {
    queueMicrotask(() => {
      if (this.#contents.has(name)) return done(failure('EEXIST', name), undefined as never);
      const content: Content = { bytes: new Uint8Array(0) };
      this.#contents.set(name, content);
      done(undefined, new MemoryFile(name, content));
    });
  }

  open(name: string, done: Done<File>): void {
    queueMicrotask(() => {
      const content = this.#contents.get(name);
      if (content === undefined) return done(failure('ENOENT', name), undefined as never);
      done(undefined, new MemoryFile(name, content));
    });
  }

  rename(from: string, to: string, done: Done): void {
    queueMicrotask(() => {
      const content = this.#contents.get(from);
      if (content === undefined) return done(failure('ENOENT', from));
      this.#contents.delete(from);
      this.#contents.set(to, content);
      done(undefined);
    });
  }

  unlink(name: string, done: Done): void {
    queueMicrotask(() => done(this.#contents.delete(name) ? undefined : failure('ENOENT', name)));
  }

  freeBytes(done: Done<number>): void {
    queueMicrotask(() => done(undefined, Number.MAX_SAFE_INTEGER));
  }

  syncDirectory(done: Done): void {
    queueMicrotask(() => done(undefined));
  }
}

class MemoryFile implements File {
  readonly name: string;
  readonly #content: Content;

  constructor(name: string, content: Content) {
    this.name = name;
    this.#content = content;
  }

  size(done: Done<number>): void {
    queueMicrotask(() => done(undefined, this.#content.bytes.length));
  }

  read(offset: number, length: number, done: Done<Uint8Array>): void {
    queueMicrotask(() => done(undefined, this.#content.bytes.slice(offset, offset + length)));
  }

  readInto(offset: number, target: Uint8Array, done: Done<number>): void {
    queueMicrotask(() => {
      const bytes = this.#content.bytes.subarray(offset, offset + target.length);
      target.set(bytes);
      done(undefined, bytes.length);
    });
  }

  write(offset: number, chunks: readonly Uint8Array[], done: Done): void {
    queueMicrotask(() => {
      let end = offset;
      for (const chunk of chunks) end += chunk.length;
      if (end > this.#content.bytes.length) {
        const grown = new Uint8Array(end);
        grown.set(this.#content.bytes);
        this.#content.bytes = grown;
      }
      let at = offset;
      for (const chunk of chunks) {
        this.#content.bytes.set(chunk, at);
        at += chunk.length;
      }
      done(undefined);
    });
  }

  sync(done: Done): void {
    queueMicrotask(() => done(undefined));
  }

  close(done: Done): void {
    queueMicrotask(() => done(undefined));
  }
}

function failure(code: string, name: string): Error {
  return Object.assign(new Error(`${code}: ${name}`), { code });
}
