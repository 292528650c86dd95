/**
 * Whose a damaged directory is. Each segment of a log begins with that, so one of them that can be read is enough; nothing else in it
 * is believed here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NodeError } from '../../src/errors.ts';
import { replicaText } from '../../src/paxos/ballot.ts';
import { segmentNumber } from '../../src/storage/segment.ts';
import { scanSegment } from '../../src/storage/segment-scan.ts';

export interface DirectoryNames {
  /** Undefined when nothing tells, or segments contradict each other. */
  readonly replica: string | undefined;
  /** Undefined likewise, and for a replica that belongs to none. */
  readonly cluster: string | undefined;
}

/** Holds one segment in memory at a time. */
export function namesIn(directory: string): DirectoryNames {
  const replicas = new Set<string>();
  const clusters = new Set<string>();
  for (const file of readdirSync(directory)) {
    const number = segmentNumber(file);
    if (number === undefined) continue;
    try {
      scanSegment(readFileSync(path.join(directory, file)), number, undefined, (record) => {
        if (record.kind === 'header') replicas.add(replicaText(record.replica));
        if (record.kind === 'joined') clusters.add(record.cluster);
      });
    } catch (error) {
      // What was intact before the damage has been seen; of a sector that can't be read there is nothing to see.
      if (!(error instanceof NodeError) && (error as NodeJS.ErrnoException).code !== 'EIO') throw error;
    }
  }
  return { replica: only(replicas), cluster: only(clusters) };
}

function only(names: ReadonlySet<string>): string | undefined {
  return names.size === 1 ? [...names][0] : undefined;
}
