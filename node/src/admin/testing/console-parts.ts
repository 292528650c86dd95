/** What the console of an admin port under test is made of: no passwords, no measurements, nothing has happened. */
import { DURATION_BOUNDS_SECONDS } from '../../observe/histogram.ts';
import type { ReplicaDoor } from '../../replica/door.ts';
import type { ConsoleParts } from '../console/console.ts';
import { Happenings } from '../console/happenings.ts';

const NOTHING = {
  bounds: DURATION_BOUNDS_SECONDS,
  counts: [...DURATION_BOUNDS_SECONDS, 0].map(() => 0),
  sum: 0,
};

export function consoleParts(door: ReplicaDoor, changes: Partial<ConsoleParts> = {}): ConsoleParts {
  return {
    door,
    latencies: () => ({ round: NOTHING, fsync: NOTHING, command: NOTHING }),
    writeUnderWayMs: () => 0,
    happenings: new Happenings(Date.now),
    passwords: undefined,
    clientsShowCertificates: false,
    writes: false,
    ...changes,
  };
}
