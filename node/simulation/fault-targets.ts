/** What the nemesis acts on: the replicas of a run, and the world around them. */
import type { Clock } from './clock.ts';
import type { CrashKind, Disk } from './disk.ts';
import type { Moment } from './moment.ts';
import type { Network } from './network.ts';
import type { Patience } from './clean-stop.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

/** What the cluster lets the nemesis do to its replicas, by place. */
export interface FaultTargets {
  readonly replicaCount: number;
  /** Where the newest leader is, as far as there is one. */
  readonly leaderPlace: number | undefined;
  /** False while there is no process, whoever ended it: the nemesis, a disk error, an assertion of its own. */
  isUp(place: number): boolean;
  /** Ends the process, its links and its mount. Only for one that is up, paused or not. */
  crash(place: number, kind: CrashKind): void;
  /** Calls `crash` when that moment comes in this life of the process. Only for one that is up. */
  crashAt(place: number, moment: Moment, crash: () => void): void;
  /**
   * Asks the process to end: it hands over the lead, drains, finishes what it has, and ends; `ended` comes then, unless
   * something else ended it before. False when it can't be asked now. Only for one that is up.
   */
  stop(place: number, patience: Patience, ended: () => void): boolean;
  /** Starts a new process on the same disk. Only for one that is down. */
  restart(place: number): void;
  pause(place: number): void;
  resume(place: number): void;
  /** May this disk be lost now? The cluster says no while a change of its members is under way. */
  mayWipe(place: number): boolean;
  /** May this disk be exchanged for an older copy of it now, so that somebody is sure to notice? */
  mayRollBack(place: number): boolean;
  /** Its disk goes back in time: it must be refused, and end. Only for one that is down. */
  rollBack(place: number): void;
  /** Its disk is lost; the next restart finds an empty one and is a stranger. Only for one that is down. */
  wipe(place: number): void;
}

export interface World {
  readonly time: Time;
  readonly network: Network;
  /** By place; disks and clocks outlive the processes that use them. */
  readonly disks: readonly Disk[];
  readonly clocks: readonly Clock[];
  readonly trace: Trace;
}
