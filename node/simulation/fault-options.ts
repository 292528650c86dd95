/** Which faults one run has, how often and for how long: drawn once, from its seed. */
import type { Random } from './random.ts';

export interface FaultOptions {
  /** When the calm begins, in the run's time. The guaranteed faults need 10,000 ms before it. */
  readonly calmMs: number;
  readonly gapMeanMs: number;
  /** Mean duration of whatever ends again: downtime, pause, partition, clog, slowness. */
  readonly durationMeanMs: number;
  readonly crashesMin: number;
  readonly partitionsMin: number;
  /** Share of the faults that look for the leader. */
  readonly leaderShare: number;
  /** Share of restarts that are followed by another crash, at a moment between the parts of a step. */
  readonly crashAgainShare: number;
  /** Disks lost, or gone back in time, in the whole run; never more than a minority of the voters at a time. */
  readonly wipesMax: number;
  /** Relative frequency of each kind; 0 for those that this run does not have. */
  readonly weights: Readonly<Record<FaultKind, number>>;
}

export const FAULT_KINDS = [
  'crash',
  'midStep',
  'blackout',
  'pause',
  'partition',
  'relay',
  'clog',
  'reset',
  'slowDisk',
  'fullDisk',
  'diskError',
  'clockJump',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type FaultCounts = Record<FaultKind | 'restart' | 'wipe' | 'rollBack', number>;

/** `replicaCount` counts the machines, spare ones too. */
export function drawFaultOptions(random: Random, calmMs: number, replicaCount: number): FaultOptions {
  const weights = Object.fromEntries(
    FAULT_KINDS.map((kind) => [kind, random.chance(0.6) ? random.integer(1, 6) : 0]),
  ) as Record<FaultKind, number>;
  // All at once, and errors that end a process, are for spice: most of a run should make progress.
  weights.blackout = Math.min(weights.blackout, 1);
  weights.relay = Math.min(weights.relay, 2);
  weights.diskError = Math.min(weights.diskError, 1);
  if (replicaCount === 1) Object.assign(weights, { partition: 0, relay: 0, clog: 0, reset: 0 });
  return {
    calmMs,
    gapMeanMs: random.pick([400, 1_000, 2_500]),
    durationMeanMs: random.pick([200, 800, 2_000]),
    crashesMin: Math.max(3, Math.floor(calmMs / 10_000)),
    partitionsMin: replicaCount === 1 ? 0 : Math.max(2, Math.floor(calmMs / 15_000)),
    leaderShare: random.pick([0, 0.3, 0.7]),
    crashAgainShare: random.pick([0, 0.1, 0.4]),
    // A replica that is lost is replaced, so more may be lost in time than at a time.
    wipesMax: random.chance(0.5) ? Math.max(0, replicaCount - 2) : 0,
    weights,
  };
}
