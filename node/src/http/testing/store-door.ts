/**
 * A replica as the doors see it, with the real store behind it and no cluster: commands are applied at
 * once, in order, and answered in a later turn, as a replica would.
 */
import { Store } from '../../kv/store.ts';
import { BALLOT_NONE } from '../../paxos/ballot.ts';
import type { Outcome, ReplicaDoor, ReplicaStatus, ReplySink, Staleness } from '../../replica/door.ts';

export const SELF = 0x3f9a00c1d2e4;

export class StoreDoor implements ReplicaDoor {
  readonly store = new Store();
  /** When set, commands are answered with this and not applied. */
  failure: Outcome | undefined;
  statusChanges: Partial<ReplicaStatus> = {};
  /** Runs before the next write is applied, once: another client that gets in between. */
  beforeWrite: (() => void) | undefined;
  writes = 0;
  staleReads = 0;
  readonly staleness: Staleness = { slot: 11, ageMs: 250 };
  nowMs = 1_800_000_000_000;
  #congested = false;
  #wake: (() => void) | undefined;

  write(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    this.writes += 1;
    const before = this.beforeWrite;
    this.beforeWrite = undefined;
    before?.();
    this.#answer(code, args, sink, token);
  }

  read(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    this.#answer(code, args, sink, token);
  }

  readStale(code: number, args: readonly string[]): Outcome {
    this.staleReads += 1;
    return this.#execute(code, args);
  }

  get congested(): boolean {
    return this.#congested;
  }

  whenRelieved(wake: () => void): void {
    this.#wake = wake;
  }

  congest(): void {
    this.#congested = true;
  }

  relieve(): void {
    this.#congested = false;
    this.#wake?.();
    this.#wake = undefined;
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
      members: [],
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

  #answer(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    const outcome = this.#execute(code, args);
    setImmediate(() => sink.settle(token, outcome));
  }

  #execute(code: number, args: readonly string[]): Outcome {
    return this.failure ?? this.store.execute(code, args, { nowMs: this.nowMs, random: 0 });
  }
}
