/**
 * Bounds how many lines of one event a process writes, whatever happens to it: in each window the first ones pass, and the
 * rest is counted. When the window ends it is said how many were left out. A window begins with a line, so that a
 * process with nothing to say has no timer.
 */
import { type Level, RANK } from './level.ts';

export interface FloodGateOptions {
  /** Runs `action` once, so many milliseconds from now. */
  readonly later: (action: () => void, delayMs: number) => void;
  /** So many lines of `event` were left out in a window that has ended. */
  readonly leftOut: (event: string, level: Level, lines: number) => void;
}

/** As long as somebody who reads along waits for the sum. */
const WINDOW_MS = 10_000;
/** Of one event that matters. More than a cluster of seven tells of all its links in its worst minute; some 10 MB in an hour that is nothing but a flood. */
const LINES_MAX = 100;
/** Of one event that somebody asked for with `debug` or `trace`: 1,000 a second leave the process most of its time. */
const DETAIL_LINES_MAX = 10_000;

interface Tally {
  readonly level: Level;
  lines: number;
}

export class FloodGate {
  readonly #options: FloodGateOptions;
  /** By event, whose names are few. */
  readonly #tallies = new Map<string, Tally>();

  constructor(options: FloodGateOptions) {
    this.#options = options;
  }

  /** Whether a line of `event` may be written now; one that is refused is counted. */
  admits(event: string, level: Level): boolean {
    const tally = this.#tallies.get(event);
    if (tally === undefined) {
      if (this.#tallies.size === 0) this.#options.later(this.close, WINDOW_MS);
      this.#tallies.set(event, { level, lines: 1 });
      return true;
    }
    tally.lines += 1;
    return tally.lines <= linesMaxOf(level);
  }

  /** Ends the window, and tells what was left out in it. */
  readonly close = (): void => {
    const tallies = [...this.#tallies];
    this.#tallies.clear();
    for (const [event, { level, lines }] of tallies) {
      const leftOut = lines - linesMaxOf(level);
      if (leftOut > 0) this.#options.leftOut(event, level, leftOut);
    }
  };
}

function linesMaxOf(level: Level): number {
  return RANK[level] <= RANK.info ? LINES_MAX : DETAIL_LINES_MAX;
}
