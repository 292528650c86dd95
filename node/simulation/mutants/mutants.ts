/** Every known-bad change. A bug that the simulator did not see is added here before it is mended. */
import { CONSENSUS_MUTANTS } from './consensus.ts';
import { DRIVER_MUTANTS } from './driver.ts';
import { MEMBERSHIP_MUTANTS } from './membership.ts';
import type { Mutant } from './mutant.ts';
import { SNAPSHOT_MUTANTS } from './snapshots.ts';
import { SESSION_MUTANTS } from './sessions.ts';
import { STORAGE_MUTANTS } from './storage.ts';
import { WATCH_MUTANTS } from './watch.ts';

export const MUTANTS: readonly Mutant[] = [
  ...CONSENSUS_MUTANTS,
  ...MEMBERSHIP_MUTANTS,
  ...DRIVER_MUTANTS,
  ...WATCH_MUTANTS,
  ...SNAPSHOT_MUTANTS,
  ...SESSION_MUTANTS,
  ...STORAGE_MUTANTS,
];
