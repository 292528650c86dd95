/** What the figures come to: medians, and how PaxosKV compares with each of the others. */
import type { Measurement, Measurements } from './measure.ts';
import type { SystemName } from './system.ts';

export interface Ratio {
  /** Ratio of the medians. */
  readonly median: number;
  /** The lowest and the highest ratio of any one round. */
  readonly min: number;
  readonly max: number;
}

/** Absent: the other system isn't installed, or the figure can't be measured here. */
export type Ratios = Readonly<Record<string, Ratio | undefined>>;

type Figure = (measurement: Measurement) => number | undefined;

/** Prefix of the ratio's name → what is compared. Above 1: more at PaxosKV. */
const FIGURES: Readonly<Record<string, Figure>> = {
  '': (each) => each.operationsPerSecond,
  p99_: (each) => each.p99Ms,
  cpu_per_: (each) => each.cpuUsPerOperation,
};

/** Named as in `put_c50_vs_etcd` (operations per second), `p99_put_c50_vs_etcd`, `cpu_per_put_c50_vs_etcd`. */
export function ratiosOf(measurements: Measurements): Ratios {
  const others: readonly SystemName[] = ['etcd', 'redis'];
  const named = [...measurements].flatMap(([load, bySystem]) =>
    others.flatMap((other) =>
      Object.entries(FIGURES).map(([prefix, figure]) => [
        `${prefix}${load}_vs_${other}`,
        ratio(bySystem.get('paxoskv'), bySystem.get(other), figure),
      ]),
    ),
  );
  return Object.fromEntries(named) as Ratios;
}

function ratio(
  ours: readonly Measurement[] | undefined,
  theirs: readonly Measurement[] | undefined,
  figure: Figure,
): Ratio | undefined {
  const above = ours?.map(figure) ?? [];
  const below = theirs?.map(figure) ?? [];
  const rounds = above.flatMap((value, index) => {
    const other = below[index];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
  if (rounds.length === 0) return undefined;
  const [numerator, denominator] = [medianOf(above), medianOf(below)];
  if (numerator === undefined || denominator === undefined) return undefined;
  return { median: numerator / denominator, min: Math.min(...rounds), max: Math.max(...rounds) };
}

/** Of those that are known; undefined when none is. */
export function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  const middle = Math.floor(known.length / 2);
  const upper = known[middle];
  if (upper === undefined) return undefined;
  return known.length % 2 === 1 ? upper : ((known[middle - 1] ?? upper) + upper) / 2;
}
