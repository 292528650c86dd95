/** Members, configurations and entries for tests: short to write, easy to tell apart. */
import type { Ballot, ReplicaId, Slot } from '../ballot.ts';
import type { Configuration, Member } from '../configuration.ts';
import type { Entry, Value } from '../entry.ts';

export const A: ReplicaId = 1;
export const B: ReplicaId = 2;
export const C: ReplicaId = 3;
export const D: ReplicaId = 4;
export const E: ReplicaId = 5;

export function ballot(round: number, replica: ReplicaId): Ballot {
  return { round, replica };
}

export function member(id: ReplicaId, voter = true): Member {
  const addresses = {
    host: `replica-${id}`,
    peerPort: 7379,
    redisPort: 6379,
    clusterPort: 5379,
    httpPort: 8379,
    adminPort: 9379,
  };
  return { id, voter, addresses };
}

export function configuration(
  voters: readonly ReplicaId[],
  alpha = 256,
  learners: readonly ReplicaId[] = [],
  removed: readonly ReplicaId[] = [],
): Configuration {
  const members = [...voters.map((id) => member(id)), ...learners.map((id) => member(id, false))];
  return { version: 2, alpha, members, removed };
}

export function commands(text: string): Value {
  return { kind: 'commands', bytes: Buffer.from(text) };
}

export function entry(slot: Slot, accepted: Ballot, text = `value of ${slot}`): Entry {
  return { slot, ballot: accepted, value: commands(text) };
}

export function textOf(value: Value): string {
  return value.kind === 'commands' ? Buffer.from(value.bytes).toString() : value.kind;
}
