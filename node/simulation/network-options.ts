/** How the links of one run behave, drawn once from its seed, and what happened on them. */
import type { Random } from './random.ts';

export interface NetworkOptions {
  /** One-way delay: the minimum, and the mean of what comes on top (exponential). */
  readonly delayMinMs: number;
  readonly delayMeanMs: number;
  /** Share of frames that vanish while the link stays up. No connection does that; consensus must not care. */
  readonly lossProbability: number;
  /** Share of frames that arrive twice, the second at a time of its own. */
  readonly duplicateProbability: number;
  /** Where frames overtake each other: how much later than any other frame the second comes, on average. */
  readonly duplicateLateMeanMs: number;
  /** Frames overtake each other. False: each direction keeps its order, as `ws` does. */
  readonly reorders: boolean;
  /** A cut path drops frames. False: it holds them until it mends or the link breaks, as TCP does. */
  readonly cutLoses: boolean;
  /** Frames under way on one path before `send` refuses: the queue limit of a real link, in small. */
  readonly capacityFrames: number;
  /** Bulk frames wait for one another at this speed. */
  readonly bulkBytesPerMs: number;
  /** Mean time until a broken link between two reachable replicas is up again. */
  readonly reconnectMeanMs: number;
}

/** Half of the runs behave as connections do; the other half does what no connection would. */
export function drawNetworkOptions(random: Random): NetworkOptions {
  const connection = random.chance(0.5);
  return {
    delayMinMs: random.between(0, 3),
    delayMeanMs: random.pick([0.5, 2, 10, 30]),
    lossProbability: connection ? 0 : random.pick([0, 0.01, 0.1, 0.3]),
    duplicateProbability: connection ? 0 : random.pick([0, 0.01, 0.05, 0.2]),
    duplicateLateMeanMs: random.pick([0, 300, 3_000]),
    reorders: connection ? false : random.chance(0.75),
    cutLoses: connection ? random.chance(0.25) : true,
    capacityFrames: random.pick([32, 256, 1024, 4096]),
    bulkBytesPerMs: random.pick([1_000, 10_000, 100_000]),
    reconnectMeanMs: random.pick([5, 50, 300]),
  };
}

/** Frames, by what became of them; a duplicate that arrives counts as delivered too. */
export interface NetworkCounts {
  sent: number;
  delivered: number;
  refused: number;
  lost: number;
  duplicated: number;
  /** Arrived behind a frame that was sent after it. */
  overtaken: number;
  /** Held up by a clog or a cut, once per frame and clog. */
  held: number;
  linksUp: number;
  linksDown: number;
}

export function noCounts(): NetworkCounts {
  return {
    sent: 0,
    delivered: 0,
    refused: 0,
    lost: 0,
    duplicated: 0,
    overtaken: 0,
    held: 0,
    linksUp: 0,
    linksDown: 0,
  };
}
