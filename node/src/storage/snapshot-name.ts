/** How the files of snapshots are called. A name says how far the snapshot goes, and whether it is whole. */
import type { Slot } from '../paxos/ballot.ts';

const COMPLETE = /^snapshot-(\d{12,})$/;
const WRITTEN = /^snapshot-\d{12,}\.part$/;
const RECEIVED = /^snapshot-(\d{12,})\.received$/;

/** A whole snapshot of everything up to `slot`: a file gets this name when all of it is on disk. */
export function snapshotName(slot: Slot): string {
  return `snapshot-${String(slot).padStart(12, '0')}`;
}

/** One that this replica is writing. */
export function writtenName(slot: Slot): string {
  return `${snapshotName(slot)}.part`;
}

/** One that is coming in from a peer. */
export function receivedName(slot: Slot): string {
  return `${snapshotName(slot)}.received`;
}

/** The slot of the whole snapshot of this name; undefined for every other file. */
export function snapshotSlot(name: string): Slot | undefined {
  return slotIn(COMPLETE, name);
}

export function receivedSlot(name: string): Slot | undefined {
  return slotIn(RECEIVED, name);
}

export function isWrittenName(name: string): boolean {
  return WRITTEN.test(name);
}

function slotIn(pattern: RegExp, name: string): Slot | undefined {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
