/**
 * The last changes, so that a watch can begin in the past. It is not part of the replicated state: it begins where this replica
 * began to listen, and the oldest changes go when it grows over its limits.
 *
 *     … compacted │ first ……………………………………………… end       positions count up for ever
 *       ┌─ chunk ─┬─ chunk ─┬─ chunk ─┬─ chunk ─┐   each: bytes, and where each event begins in them
 *
 * Events are kept as bytes outside of the heap: as objects they would live for seconds and then die, all of them, which is what a
 * collector of garbage likes least (measured: 0.9 µs for each put, against 0.4 as bytes). Long values are the exception: they are
 * few, to copy them costs milliseconds, and those that grow piece by piece share their pieces. The oldest chunk goes as a whole, and
 * what is left of a revision that began in it is not shown any more: the changes of a transaction go together.
 */
import assert from 'node:assert/strict';
import { ChangeEvent, type ChangeKind } from './change-event.ts';

/** The oldest of so many go at a time. */
const CHUNKS_BY_EVENTS = 16;
const CHUNKS_BY_BYTES = 64;

/** An event with more text than this keeps the store's own strings instead of a copy. */
const COPIED_TEXT_BYTES_MAX = 64 * 1024;

const KINDS: readonly ChangeKind[] = ['put', 'delete', 'expire', 'clear'];

/**
 * An event as bytes: this many numbers, then key, value and what was there before, filled up to a multiple of eight.
 *
 *     revision, creation revision, version, deadline, kind, lengths of key and value, of what was before + 1 (0: nothing)
 */
const NUMBERS = 8;
const NUMBER_BYTES = 8;

interface Chunk {
  readonly bytes: Buffer;
  /** The same memory. */
  readonly numbers: Float64Array;
  /** Position of its first event. */
  first: number;
  /** Where each event begins, in numbers. */
  starts: number[];
  /** Where the next one begins. */
  end: number;
  /** Values that were not copied, by where their event begins. */
  uncopied: Map<number, Values>;
  uncopiedBytes: number;
}

interface Values {
  readonly value: string;
  readonly previous: string | undefined;
}

export class History {
  readonly #eventsMax: number;
  readonly #bytesMax: number;
  readonly #revisionBytesMax: number;
  /** Oldest first. There is always one, and only the last may be without events. */
  #chunks: Chunk[];
  #first = 0;
  #end = 0;
  #bytes = 0;
  #compactedThrough = 0;
  /** The newest revision, and what its events take. */
  #revision = 0;
  #revisionBytes = 0;

  /** The newest revision is kept as a whole even where it passes `bytesMax`, but only while it takes no more than `revisionBytesMax`. */
  constructor(eventsMax: number, bytesMax: number, revisionBytesMax: number) {
    this.#eventsMax = eventsMax;
    this.#bytesMax = bytesMax;
    this.#revisionBytesMax = revisionBytesMax;
    this.#chunks = [this.#newChunk(0)];
  }

  /** Position of the oldest event that is still here. */
  get first(): number {
    return this.#first;
  }

  /** Position that the next event gets. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#end - this.#first;
  }

  /** Memory set aside. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of this revision and those before it nothing is known here, or not everything. */
  get compactedThrough(): number {
    return this.#compactedThrough;
  }

  /** Nothing up to that revision is known from now on: the state was not made here, change by change. */
  reset(revision: number): void {
    this.#bytes = 0;
    // Positions go on: one that was kept must not come to mean another event.
    this.#first = this.#end;
    this.#chunks = [this.#newChunk(0)];
    this.#compactedThrough = revision;
  }

  /**
   * The arguments are those of a `ChangeEvent`. Of a revision that takes too much nothing is kept, and nothing of those before it:
   * `compactedThrough` tells.
   */
  add(
    kind: ChangeKind,
    key: string,
    value: string,
    previous: string | undefined,
    revision: number,
    createRevision: number,
    version: number,
    expiresAtMs: number,
  ): void {
    const textBytes = key.length + value.length + (previous === undefined ? 0 : previous.length);
    if (!this.#mayKeep(revision, textBytes)) return;
    const isCopied = textBytes <= COPIED_TEXT_BYTES_MAX;
    const size = NUMBERS + Math.ceil((isCopied ? textBytes : key.length) / NUMBER_BYTES);
    const chunk = this.#chunkFor(size, revision);
    const { numbers, bytes, end: start } = chunk;
    numbers[start] = revision;
    numbers[start + 1] = createRevision;
    numbers[start + 2] = version;
    numbers[start + 3] = expiresAtMs;
    numbers[start + 4] = KINDS.indexOf(kind);
    numbers[start + 5] = key.length;
    numbers[start + 6] = value.length;
    numbers[start + 7] = previous === undefined ? 0 : previous.length + 1;
    let at = (start + NUMBERS) * NUMBER_BYTES;
    at += bytes.latin1Write(key, at);
    if (isCopied) {
      if (value !== '') at += bytes.latin1Write(value, at);
      if (previous !== undefined) bytes.latin1Write(previous, at);
    } else {
      chunk.uncopied.set(start, { value, previous });
      chunk.uncopiedBytes += textBytes;
      this.#bytes += textBytes;
    }
    chunk.starts.push(start);
    chunk.end = start + size;
    this.#end += 1;
  }

  /** The event at a position from `first` to `end`, without the latter. */
  at(position: number): ChangeEvent {
    const [{ numbers, bytes, uncopied }, start] = this.#find(position);
    const keyAt = (start + NUMBERS) * NUMBER_BYTES;
    const valueAt = keyAt + (numbers[start + 5] as number);
    const { value, previous } =
      uncopied.get(start) ??
      copiedAt(bytes, valueAt, numbers[start + 6] as number, (numbers[start + 7] as number) - 1);
    return new ChangeEvent(
      KINDS[numbers[start + 4] as number] as ChangeKind,
      bytes.latin1Slice(keyAt, valueAt),
      value,
      previous,
      numbers[start] as number,
      numbers[start + 1] as number,
      numbers[start + 2] as number,
      numbers[start + 3] as number,
    );
  }

  revisionAt(position: number): number {
    const [{ numbers }, start] = this.#find(position);
    return numbers[start] as number;
  }

  /** Without the rest of the event, which is most of it. Undefined for a clear, which has none. */
  keyAt(position: number): string | undefined {
    const [{ numbers, bytes }, start] = this.#find(position);
    if (KINDS[numbers[start + 4] as number] === 'clear') return undefined;
    const keyAt = (start + NUMBERS) * NUMBER_BYTES;
    return bytes.latin1Slice(keyAt, keyAt + (numbers[start + 5] as number));
  }

  /** Position of the first event of that revision or a later one; `end` when there is none. */
  positionOf(revision: number): number {
    let low = this.#first;
    let high = this.#end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.revisionAt(middle) < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #find(position: number): readonly [Chunk, number] {
    assert(
      position >= this.#first && position < this.#end,
      'HistoryHolds: only positions between first and end are asked for',
    );
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#chunks[middle] as Chunk).first > position) high = middle - 1;
      else low = middle;
    }
    const chunk = this.#chunks[low] as Chunk;
    return [chunk, chunk.starts[position - chunk.first] as number];
  }

  /** False when this revision takes too much; then everything up to it is forgotten. */
  #mayKeep(revision: number, textBytes: number): boolean {
    if (revision <= this.#compactedThrough) return false;
    if (revision !== this.#revision) {
      this.#revision = revision;
      this.#revisionBytes = 0;
    }
    this.#revisionBytes += textBytes;
    if (this.#revisionBytes <= this.#revisionBytesMax) return true;
    this.reset(revision);
    return false;
  }

  /** Where the next event goes. */
  #chunkFor(size: number, revision: number): Chunk {
    const last = this.#chunks.at(-1) as Chunk;
    const isFull =
      last.starts.length >= Math.ceil(this.#eventsMax / CHUNKS_BY_EVENTS) ||
      last.uncopiedBytes >= this.#chunkBytes ||
      last.end + size > last.numbers.length;
    if (!isFull) return last;
    if (last.starts.length === 0) {
      // Too small for an event of this size. An empty one is of no use to anybody.
      this.#chunks.pop();
      this.#bytes -= last.bytes.length;
    }
    const spare = this.#dropOldest(size, revision);
    const chunk = spare ?? this.#newChunk(size);
    chunk.first = this.#end;
    this.#chunks.push(chunk);
    return chunk;
  }

  /** Drops what is over the limits once another event is there. Returns a chunk that can be used again. */
  #dropOldest(size: number, revision: number): Chunk | undefined {
    let spare: Chunk | undefined;
    while (this.size + 1 > this.#eventsMax || this.#bytes >= this.#bytesMax) {
      const oldest = this.#chunks[0];
      if (oldest === undefined) break;
      const dropped = oldest.numbers[oldest.starts.at(-1) as number] as number;
      // The newest revision stays whole: its watchers have yet to get it.
      if (dropped >= revision) break;
      this.#chunks.shift();
      this.#bytes -= oldest.bytes.length + oldest.uncopiedBytes;
      this.#compactedThrough = dropped;
      this.#first = this.#chunks[0]?.first ?? this.#end;
      this.#first = this.positionOf(dropped + 1);
      if (oldest.bytes.length === this.#chunkBytes && oldest.numbers.length >= size) spare = oldest;
    }
    if (spare === undefined) return undefined;
    this.#bytes += spare.bytes.length;
    spare.starts = [];
    spare.end = 0;
    spare.uncopied = new Map();
    spare.uncopiedBytes = 0;
    return spare;
  }

  get #chunkBytes(): number {
    return Math.ceil(this.#bytesMax / CHUNKS_BY_BYTES / NUMBER_BYTES) * NUMBER_BYTES;
  }

  /** Large enough for an event of that size. */
  #newChunk(size: number): Chunk {
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#chunkBytes, size * NUMBER_BYTES));
    this.#bytes += bytes.length;
    return {
      bytes,
      numbers: new Float64Array(bytes.buffer),
      first: this.#end,
      starts: [],
      end: 0,
      uncopied: new Map(),
      uncopiedBytes: 0,
    };
  }
}

/** `previousLength` below 0: there was nothing. */
function copiedAt(bytes: Buffer, valueAt: number, valueLength: number, previousLength: number): Values {
  const previousAt = valueAt + valueLength;
  return {
    value: bytes.latin1Slice(valueAt, previousAt),
    previous: previousLength < 0 ? undefined : bytes.latin1Slice(previousAt, previousAt + previousLength),
  };
}
