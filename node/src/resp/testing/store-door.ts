/**
 * A replica as the door sees it, with the real store behind it and no cluster: commands are applied and
 * answered at once, inside the call.
 */
import { Store } from '../../kv/store.ts';
import { BALLOT_NONE } from '../../paxos/ballot.ts';
import type {
  Outcome,
  PeerStatus,
  ReplicaDoor,
  ReplicaStatus,
  ReplySink,
  Staleness,
} from '../../replica/door.ts';

export const SELF = 0x3f9a00c1d2e4;
export const OTHER = 0x0000000000aa;

export function member(id: number, clusterPort: number): PeerStatus {
  const addresses = {
    host: '127.0.0.1',
    peerPort: 7379,
    redisPort: 6379,
    clusterPort,
    httpPort: 8379,
    adminPort: 9379,
  };
  return { id, voter: true, addresses, connected: true, lagSlots: 0, roundTripMs: 1 };
}

export class StoreDoor implements ReplicaDoor {
  readonly store = new Store();
  /** When set, commands are answered with this and not applied. */
  failure: Outcome | undefined;
  statusChanges: Partial<ReplicaStatus> = {};
  reads = 0;
  writes = 0;
  staleReads = 0;
  readonly staleness: Staleness = { slot: 11, ageMs: 250 };
  congested = false;
  #wakes: (() => void)[] = [];

  write(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    this.writes += 1;
    sink.settle(token, this.#execute(code, args));
  }

  read(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    this.reads += 1;
    sink.settle(token, this.#execute(code, args));
  }

  readStale(code: number, args: readonly string[]): Outcome {
    this.staleReads += 1;
    return this.#execute(code, args);
  }

  whenRelieved(wake: () => void): void {
    this.#wakes.push(wake);
  }

  /** How many connections wait for relief. */
  get waiting(): number {
    return this.#wakes.length;
  }

  relieve(): void {
    this.congested = false;
    for (const wake of this.#wakes.splice(0)) wake();
  }

  status(): ReplicaStatus {
    return {
      id: SELF,
      cluster: '00112233445566778899aabbccddeeff',
      version: 2,
      role: 'leader',
      leader: SELF,
      ballot: { round: 7, replica: SELF },
      promised: BALLOT_NONE,
      chosen: 12,
      applied: 11,
      durable: 13,
      members: [member(SELF, 5379)],
      removed: [],
      changeUnderWay: false,
      revision: this.store.revision,
      keys: this.store.size,
      data: { bytes: this.store.bytes, ...this.store.growth },
      sessions: { open: this.store.sessions.size, evicted: this.store.sessions.evicted },
      digest: { slot: 11, value: this.store.digest },
      ready: true,
      unreadyReasons: [],
      uptimeMs: 1234,
      ...this.statusChanges,
    };
  }

  #execute(code: number, args: readonly string[]): Outcome {
    return this.failure ?? this.store.execute(code, args, { nowMs: 1_800_000_000_000, random: 0 });
  }
}
