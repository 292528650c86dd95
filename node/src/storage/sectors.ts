/** Arithmetic on sectors, the unit in which a disk writes: after a crash each is as before or as written. */
import { BATCH_RECORD_BYTES } from '../codec/record.ts';
import { isZero } from './zeros.ts';

export const SECTOR_BYTES = 512;

/** The end of the sector that holds the byte at `offset`. */
export function sectorEnd(offset: number): number {
  return offset - (offset % SECTOR_BYTES) + SECTOR_BYTES;
}

export function roundUpToSector(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}

/** Where the batch after `end` begins: at once, or with the next sector, so that no batch record lies in two. */
export function batchStart(end: number): number {
  const next = sectorEnd(end);
  return next - end < BATCH_RECORD_BYTES ? next : end;
}

/** How many of the sectors hold nothing but zeros of `bytes[from … to − 1]`, those cut by the ends included. */
export function zeroSectors(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let start = from; start < to; start = sectorEnd(start)) {
    if (isZero(bytes, start, Math.min(sectorEnd(start), to))) count += 1;
  }
  return count;
}
