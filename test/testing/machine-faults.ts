/** What goes wrong on the machine of a replica, of a cluster whose program is `FAULTY_REPLICA`. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from './deadline.ts';
import type { Faults } from './faulty-replica.ts';
import type { RealCluster } from './real-cluster.ts';

export const FAULTY_REPLICA = path.join(import.meta.dirname, 'faulty-replica.ts');

/** What is wrong with the machine of a replica from now on; nothing given: nothing. */
export function setFaults(cluster: RealCluster, index: number, faults: Faults = {}): void {
  const file = `${cluster.directoryOf(index)}.faults.json`;
  // As a whole: it is read at any moment.
  writeFileSync(`${file}.next`, JSON.stringify(faults));
  renameSync(`${file}.next`, file);
}

/** Resolves when a replica that runs has noticed what was set last. */
export async function faultsNoticed(cluster: RealCluster, index: number): Promise<void> {
  const file = `${cluster.directoryOf(index)}.faults.json`;
  await eventually('the faults are noticed', () =>
    existsSync(`${file}.seen`) && readFileSync(`${file}.seen`, 'utf8') === readFileSync(file, 'utf8')
      ? true
      : undefined,
  );
}
