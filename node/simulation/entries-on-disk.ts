/** What a replica's log holds for some slots, read from its simulated disk: for each the entry written last. */
import type { Slot } from '../src/paxos/ballot.ts';
import type { Entry } from '../src/paxos/entry.ts';
import { scanSegment } from '../src/storage/segment-scan.ts';
import { segmentNumber } from '../src/storage/segment.ts';
import type { Disk } from './disk.ts';

export function entriesOnDisk(disk: Disk, from: Slot, through: Slot): Entry[] {
  const entries = new Map<Slot, Entry>();
  const segments = [...disk.directory.names].flatMap(([name, inode]) => {
    const number = segmentNumber(name);
    return number === undefined ? [] : [{ number, inode }];
  });
  for (const { number, inode } of segments.toSorted((a, b) => a.number - b.number)) {
    scanSegment(inode.read(0, inode.size), number, undefined, (record) => {
      if (record.kind !== 'entry') return;
      const { slot } = record.entry;
      if (slot >= from && slot <= through) entries.set(slot, record.entry);
    });
  }
  return [...entries.values()].toSorted((a, b) => a.slot - b.slot);
}
