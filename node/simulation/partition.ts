/** The shapes that a network falls apart in. Each is a list of one-way paths to cut. */
import type { Random } from './random.ts';

export const PARTITION_SHAPES = ['halves', 'isolated', 'deaf', 'mute', 'chain', 'oneWay'] as const;
export type PartitionShape = (typeof PARTITION_SHAPES)[number];

export interface Partition {
  readonly shape: PartitionShape;
  readonly cuts: readonly (readonly [from: number, to: number])[];
}

/** `hit` is the place that it happens to, if it matters. */
export function drawPartition(random: Random, placeCount: number, hit?: number): Partition {
  const places = random.shuffle(Array.from({ length: placeCount }, (_, place) => place));
  if (hit !== undefined) places.unshift(...places.splice(places.indexOf(hit), 1));
  const [first = 0, second = 1] = places;
  const shape = random.pick(PARTITION_SHAPES);
  switch (shape) {
    case 'halves': {
      const size = random.integer(1, placeCount - 1);
      return { shape, cuts: bothWays(places.slice(0, size), places.slice(size)) };
    }
    case 'isolated':
      return { shape, cuts: bothWays([first], places.slice(1)) };
    case 'deaf': // Sends and hears nothing: must not raise ballots for ever.
      return { shape, cuts: places.slice(1).map((place) => [place, first]) };
    case 'mute': // Hears and is not heard: must not believe that it leads.
      return { shape, cuts: places.slice(1).map((place) => [first, place]) };
    case 'chain': // One pair can't talk, both reach the others: must not fight for the lead for ever.
      return { shape, cuts: bothWays([first], [second]) };
    case 'oneWay':
      return { shape, cuts: [[first, second]] };
  }
}

function bothWays(some: readonly number[], others: readonly number[]): (readonly [number, number])[] {
  return some.flatMap((a) =>
    others.flatMap((b): [number, number][] => [
      [a, b],
      [b, a],
    ]),
  );
}
