/** What happens to the leader while its clients still reach it. Each answers whether it found one to happen to. */
import {
  ARRIVAL_MS,
  DEPOSAL_MS,
  type FaultKind,
  HELD_ANSWERS_MS_MAX,
  RELAY_MAX_MS,
  RESTARTS_MS_MAX,
  SOME_HEARTBEATS_MS,
} from './fault-options.ts';
import type { FaultTargets, World } from './fault-targets.ts';
import type { Random } from './random.ts';

interface Nemesis {
  isCalm(): boolean;
  count(kind: FaultKind, what: string): void;
  /** It crashes, and is started again later. */
  crash(place: number): void;
}

export class LeaderFaults {
  readonly #random: Random;
  readonly #targets: FaultTargets;
  readonly #world: World;
  readonly #nemesis: Nemesis;

  constructor(random: Random, targets: FaultTargets, world: World, nemesis: Nemesis) {
    this.#random = random;
    this.#targets = targets;
    this.#world = world;
    this.#nemesis = nemesis;
  }

  /**
   * The leader is cut off, with what it has proposed; when another one leads, that one crashes, and the
   * old one is back. So the next election finds values of several ballots for the same slots.
   */
  relay(): boolean {
    const old = this.#targets.leaderPlace;
    if (old === undefined) return false;
    const { network, time } = this.#world;
    const others = this.#others(old);
    this.#nemesis.count('relay', `from ${old}`);
    for (const other of others) network.cut(old, other);
    for (const other of others) network.cut(other, old);
    const overMs = time.now + RELAY_MAX_MS;
    const handOver = (): void => {
      if (this.#nemesis.isCalm()) return;
      const fresh = this.#targets.leaderPlace;
      if (fresh !== undefined && fresh !== old) this.#crash(fresh);
      this.#world.trace.event(`relay is back at ${old}`);
      this.#mend(old, others);
    };
    const watch = (): void => {
      const fresh = this.#targets.leaderPlace;
      const isOver = time.now >= overMs || this.#nemesis.isCalm() || (fresh !== undefined && fresh !== old);
      time.schedule(isOver ? this.#random.exponential(100) : 20, isOver ? handOver : watch);
    };
    watch();
    return true;
  }

  /**
   * Nobody hears the leader for longer than its lease, and what they had answered before comes late, or not at all: it
   * must not believe in a lease that the others count from when they heard it last. Perhaps the others start again
   * meanwhile, and do not know what they have granted.
   */
  deposal(): boolean {
    const leader = this.#targets.leaderPlace;
    if (leader === undefined) return false;
    const { network, time } = this.#world;
    const others = this.#others(leader);
    const heldMs = this.#random.chance(0.5) ? 0 : this.#random.between(0, HELD_ANSWERS_MS_MAX);
    const endsMs = this.#random.between(...DEPOSAL_MS);
    this.#nemesis.count('deposal', `of ${leader}, answers held for ${Math.round(heldMs)} ms`);
    const at = (delayMs: number, happen: () => void): void => {
      time.schedule(delayMs, () => {
        if (!this.#nemesis.isCalm()) happen();
      });
    };
    if (heldMs > 0) for (const other of others) network.clog(other, leader, SOME_HEARTBEATS_MS + heldMs);
    at(SOME_HEARTBEATS_MS, () => {
      for (const other of others) network.cut(leader, other);
      at(heldMs === 0 ? 0 : heldMs + ARRIVAL_MS, () => {
        for (const other of others) network.cut(other, leader);
        if (this.#random.chance(0.3)) {
          for (const other of others) at(this.#random.between(0, RESTARTS_MS_MAX), () => this.#crash(other));
        }
        at(endsMs, () => {
          this.#world.trace.event(`deposal of ${leader} is over`);
          this.#mend(leader, others);
        });
      });
    });
    return true;
  }

  /** In both directions. */
  #mend(place: number, others: readonly number[]): void {
    const { network } = this.#world;
    for (const other of others) network.mend(place, other);
    for (const other of others) network.mend(other, place);
  }

  #crash(place: number): void {
    if (this.#targets.isUp(place)) this.#nemesis.crash(place);
  }

  #others(place: number): number[] {
    return Array.from({ length: this.#targets.replicaCount }, (_, other) => other).filter(
      (other) => other !== place,
    );
  }
}
