/**
 * The contents of one simulated file: what a reader sees now, and what a loss of power would leave. A
 * sector (512 bytes) is the unit that a disk writes whole or not at all; of each sector that was written
 * since the last sync the old content is remembered, for the crash that may bring it back.
 */
import type { Random } from './random.ts';

export const SECTOR_BYTES = 512;

export class Inode {
  /** Longer than the file; zero beyond `#size`. */
  #data = new Uint8Array(SECTOR_BYTES);
  #size = 0;
  #durableSize = 0;
  /** Durable content by sector number; undefined where nothing durable was: zeros. */
  #unsynced = new Map<number, Uint8Array | undefined>();
  /**
   * What was dirty when a sync failed. The kernel takes those pages for clean from then on: readers see them, later
   * syncs succeed without writing them, and only who writes them again can make them durable.
   */
  #forgotten = new Map<number, Uint8Array | undefined>();

  get size(): number {
    return this.#size;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#data.slice(offset, Math.min(offset + length, this.#size));
  }

  /** Writes the first `bytesMax` bytes of the chunks, one chunk after the other. */
  write(offset: number, chunks: readonly Uint8Array[], bytesMax: number): void {
    const end = offset + Math.min(bytesMax, totalBytes(chunks));
    if (end === offset) return;
    this.#reserve(end);
    // Bytes that a write skips are part of the file from then on, though nobody wrote them.
    const first = Math.floor(Math.min(offset, this.#size) / SECTOR_BYTES);
    for (let sector = first; sector * SECTOR_BYTES < end; sector += 1) this.#remember(sector);
    let at = offset;
    for (const chunk of chunks) {
      const part = at + chunk.length <= end ? chunk : chunk.subarray(0, end - at);
      this.#data.set(part, at);
      at += part.length;
    }
    this.#size = Math.max(this.#size, end);
  }

  sync(): void {
    this.#unsynced.clear();
    this.#durableSize = this.#size;
  }

  failSync(): void {
    for (const [sector, old] of this.#unsynced) this.#forgotten.set(sector, old);
    this.#unsynced.clear();
  }

  /** The power is gone: each sector that was not synced has reached the disk, or it has not. */
  losePower(random: Random): void {
    const keepProbability = random.pick([0, 0.5, 1, random.next()]);
    const written = this.#size;
    let end = this.#durableSize;
    for (const [sector, old] of [...this.#forgotten, ...this.#unsynced]) {
      const start = sector * SECTOR_BYTES;
      if (random.chance(keepProbability)) end = Math.max(end, Math.min(start + SECTOR_BYTES, written));
      else if (old === undefined) this.#data.fill(0, start, start + SECTOR_BYTES);
      else this.#data.set(old, start);
    }
    // Some file systems write the new length before the data: zeros then stand for what was lost.
    if (random.chance(0.5)) end = written;
    this.#data.fill(0, end, written);
    this.#size = end;
    this.#durableSize = end;
    this.#unsynced.clear();
    this.#forgotten.clear();
  }

  /** What a copy of the volume made now would hold: only what is on disk for certain. */
  durableCopy(): Inode {
    const copy = new Inode();
    copy.write(0, [this.#data.subarray(0, this.#durableSize)], Infinity);
    for (const [sector, old] of [...this.#forgotten, ...this.#unsynced]) {
      const start = sector * SECTOR_BYTES;
      if (start >= copy.#size) continue;
      if (old === undefined) copy.#data.fill(0, start, start + SECTOR_BYTES);
      else copy.#data.set(old, start);
    }
    copy.#data.fill(0, copy.#size);
    copy.sync();
    return copy;
  }

  /** Flips one bit of a synced byte; false when that byte is not there or not synced. */
  flipBit(offset: number, bit: number): boolean {
    const sector = Math.floor(offset / SECTOR_BYTES);
    if (this.#unsynced.has(sector) || this.#forgotten.has(sector)) return false;
    if (offset >= this.#durableSize) return false;
    this.#data[offset] = (this.#data[offset] ?? 0) ^ (1 << bit);
    return true;
  }

  #remember(sector: number): void {
    if (this.#unsynced.has(sector)) return;
    if (this.#forgotten.has(sector)) {
      this.#unsynced.set(sector, this.#forgotten.get(sector));
      this.#forgotten.delete(sector);
      return;
    }
    const start = sector * SECTOR_BYTES;
    const old = start < this.#durableSize ? this.#data.slice(start, start + SECTOR_BYTES) : undefined;
    this.#unsynced.set(sector, old);
  }

  #reserve(end: number): void {
    if (end <= this.#data.length) return;
    const sectors = Math.ceil(Math.max(end, this.#data.length * 1.5) / SECTOR_BYTES);
    const grown = new Uint8Array(sectors * SECTOR_BYTES);
    grown.set(this.#data);
    this.#data = grown;
  }
}

export function totalBytes(chunks: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const chunk of chunks) bytes += chunk.length;
  return bytes;
}
