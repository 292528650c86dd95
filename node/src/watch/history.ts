/**
 * The last changes, so that a watch can begin in the past. It is not part of the replicated state: it begins where this replica
 * began to listen, and the oldest changes go when it grows over its limits.
 *
 *     … compacted │ first ……………………………………………… end       positions count up for ever
 *       ┌─ chunk ─┬─ chunk ─┬─ chunk ─┬─ chunk ─┐   each: texts and numbers of its events
 *
 * Its texts are the store's own: to copy them as bytes costs a replica a twentieth of what it can write (measured). There is no
 * object for an event, since all of them would live for seconds and then die, which is what a collector of garbage likes least.
 * The oldest chunk goes as a whole, and what is left of a revision that began in it is not shown any more: the changes of a
 * transaction go together.
 */
import assert from 'node:assert/strict';
import { ChangeEvent, type ChangeKind } from './change-event.ts';

/** A chunk is full at this share of the limits, so that no more than this goes at a time. */
const CHUNKS = 64;

const KINDS: readonly ChangeKind[] = ['put', 'delete', 'expire', 'clear'];

/** Of each event: key, value, what was there before. */
const TEXTS = 3;
/** Of each event: revision, creation revision, version, deadline, kind. */
const NUMBERS = 5;
/** What an event takes besides its text: places for its texts and numbers, and the headers of two strings. */
const EVENT_BYTES = 96;

interface Chunk {
  /** Position of its first event. */
  readonly first: number;
  readonly texts: (string | undefined)[];
  readonly numbers: number[];
  bytes: number;
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
    this.#chunks = [newChunk(this.#end)];
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

  /** Of its events, texts and all. */
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
    this.#chunks = [newChunk(this.#end)];
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
    const bytes = key.length + value.length + (previous === undefined ? 0 : previous.length) + EVENT_BYTES;
    if (!this.#mayKeep(revision, bytes)) return;
    const chunk = this.#chunkFor(revision);
    chunk.texts.push(key, value, previous);
    chunk.numbers.push(revision, createRevision, version, expiresAtMs, KINDS.indexOf(kind));
    chunk.bytes += bytes;
    this.#bytes += bytes;
    this.#end += 1;
  }

  /** The event at a position from `first` to `end`, without the latter. */
  at(position: number): ChangeEvent {
    const { first, texts, numbers } = this.#chunkOf(position);
    const text = (position - first) * TEXTS;
    const number = (position - first) * NUMBERS;
    return new ChangeEvent(
      KINDS[numbers[number + 4] as number] as ChangeKind,
      texts[text] as string,
      texts[text + 1] as string,
      texts[text + 2],
      numbers[number] as number,
      numbers[number + 1] as number,
      numbers[number + 2] as number,
      numbers[number + 3] as number,
    );
  }

  revisionAt(position: number): number {
    const { first, numbers } = this.#chunkOf(position);
    return numbers[(position - first) * NUMBERS] as number;
  }

  /** Without the rest of the event. Undefined for a clear, which has none. */
  keyAt(position: number): string | undefined {
    const { first, texts, numbers } = this.#chunkOf(position);
    const kind = KINDS[numbers[(position - first) * NUMBERS + 4] as number];
    return kind === 'clear' ? undefined : texts[(position - first) * TEXTS];
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

  #chunkOf(position: number): Chunk {
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
    return this.#chunks[low] as Chunk;
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
  #chunkFor(revision: number): Chunk {
    const last = this.#chunks.at(-1) as Chunk;
    const isFull =
      this.#end - last.first >= Math.ceil(this.#eventsMax / CHUNKS) ||
      last.bytes >= Math.ceil(this.#bytesMax / CHUNKS);
    if (!isFull) return last;
    this.#dropOldest(revision);
    const chunk = newChunk(this.#end);
    this.#chunks.push(chunk);
    return chunk;
  }

  /** Drops what is over the limits once another event is there. */
  #dropOldest(revision: number): void {
    while (this.size + 1 > this.#eventsMax || this.#bytes >= this.#bytesMax) {
      const oldest = this.#chunks[0];
      if (oldest === undefined) return;
      const dropped = oldest.numbers.at(-NUMBERS) as number;
      // The newest revision stays whole: its watchers have yet to get it.
      if (dropped >= revision) return;
      this.#chunks.shift();
      this.#bytes -= oldest.bytes;
      this.#compactedThrough = dropped;
      this.#first = this.#chunks[0]?.first ?? this.#end;
      this.#first = this.positionOf(dropped + 1);
    }
  }
}

function newChunk(first: number): Chunk {
  return { first, texts: [], numbers: [], bytes: 0 };
}
