/** Which faults one run has, how often and for how long: drawn once, from its seed. */
import type { Random } from './random.ts';

/** No fault lasts longer, so that faults end while there is still something to see. */
export const DURATION_MAX_MS = 6_000;

/** How long the old leader of a relay waits for a new one: three election timeouts. */
export const RELAY_MAX_MS = 3_600;

/**
 * A leader is deposed: what some heartbeats were answered may be held for so long; what is held arrives; then it is cut off
 * for so long. Any of it may outlast a lease, within which the others may start again.
 */
export const SOME_HEARTBEATS_MS = 150;
export const HELD_ANSWERS_MS_MAX = 1_800;
export const ARRIVAL_MS = 50;
export const DEPOSAL_MS = [1_500, 4_000] as const;
export const RESTARTS_MS_MAX = 500;

/** As often as the most frequent of the other kinds: a lease can be misjudged only when its leader is deposed. */
const DEPOSAL_WEIGHT = 6;

/** How long an absence lasts: by then the others' logs may begin behind where the absent one is. */
export const ABSENCE_MS = [3_000, 9_000] as const;

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
  'absence',
  'stop',
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
  'deposal',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type FaultCounts = Record<FaultKind | 'restart' | 'wipe' | 'rollBack', number>;

/** `replicaCount` counts the machines, spare ones too; `lease`: leaders answer reads by a lease. */
export function drawFaultOptions(
  random: Random,
  calmMs: number,
  replicaCount: number,
  lease: boolean,
): FaultOptions {
  const deposal = lease && replicaCount > 1 ? DEPOSAL_WEIGHT : 0;
  const draw = (kind: FaultKind): number =>
    kind === 'deposal' ? deposal : random.chance(0.6) ? random.integer(1, 6) : 0;
  const weights = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, draw(kind)])) as Record<
    FaultKind,
    number
  >;
  // All at once, and errors that end a process, are for spice: most of a run should make progress.
  weights.blackout = Math.min(weights.blackout, 1);
  weights.relay = Math.min(weights.relay, 2);
  weights.absence = Math.min(weights.absence, 2);
  weights.diskError = Math.min(weights.diskError, 1);
  if (replicaCount === 1) Object.assign(weights, { absence: 0, partition: 0, relay: 0, clog: 0, reset: 0 });
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

/** One of the kinds that the run has, by their weights; undefined when it has none. */
export function drawKind(random: Random, weights: FaultOptions['weights']): FaultKind | undefined {
  let left = random.next() * FAULT_KINDS.reduce((sum, kind) => sum + weights[kind], 0);
  for (const kind of FAULT_KINDS) {
    left -= weights[kind];
    if (left < 0) return kind;
  }
  return undefined;
}
