/** A cluster that an older release has founded: each machine gets the present program at some moment, and starts again. */
import { VERSION, VERSION_OLDEST } from '../src/paxos/version.ts';
import type { CrashKind } from './disk.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

const UPGRADE_MS_MAX = 20_000;
/** A cluster that is not formed yet is left alone for so long. */
const PATIENCE_MS = 1_000;

interface Upgradable {
  readonly machines: readonly Machine[];
  readonly isFormed: boolean;
  crash(place: number, kind: CrashKind): void;
  restart(place: number): void;
}

export function planUpgrades(cluster: Upgradable, random: Random, time: Time): void {
  for (const machine of cluster.machines) {
    machine.supports = VERSION_OLDEST;
    const upgrade = (): void => {
      if (!cluster.isFormed) {
        time.schedule(PATIENCE_MS, upgrade);
        return;
      }
      machine.supports = VERSION;
      cluster.crash(machine.place, 'kill');
      // Nobody watches over it yet where the cluster has just been founded.
      time.schedule(PATIENCE_MS, () => {
        if (!machine.isUp) cluster.restart(machine.place);
      });
    };
    time.schedule(random.integer(PATIENCE_MS, UPGRADE_MS_MAX), upgrade);
  }
}
