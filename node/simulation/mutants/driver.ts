/** Mutants of the driver, the state machine and identity: exactly once, in order, the same everywhere. */
import type { Mutant } from './mutant.ts';

const APPLIER = 'src/replica/applier.ts';
const DEPARTURE = 'src/replica/departure.ts';
const INTAKE = 'src/replica/intake.ts';
const PROPOSER = 'src/replica/proposer.ts';
const READ_QUEUE = 'src/replica/read-queue.ts';
const REPLICA = 'src/replica/replica.ts';
const REQUESTS = 'src/replica/requests.ts';

export const DRIVER_MUTANTS: readonly Mutant[] = [
  {
    name: 'batch with a lower tag applied',
    file: APPLIER,
    replace: 'if (order < 0 || number !== (order === 0 ? this.#batchNumber + 1 : 1)) return NOTHING;',
    by: 'if (order >= 0 && number !== (order === 0 ? this.#batchNumber + 1 : 1)) return NOTHING;',
    why: 'what its door was told is not done, or has submitted again, is done after all',
  },
  {
    // It takes three leaders in a row, each cut off behind its first slots, and two quorums that meet in the
    // right one of three replicas.
    name: 'batch applied although the one before it is lost',
    file: APPLIER,
    replace: 'if (order < 0 || number !== (order === 0 ? this.#batchNumber + 1 : 1)) return NOTHING;',
    by: 'if (order < 0) return NOTHING;',
    why: 'requests of one connection overtake each other, and what was lost is submitted behind them',
    seenBy: {
      file: 'src/replica/applier.test.ts',
      name: 'a batch whose predecessor was lost is void, and so is a leadership without its first batch (BatchesInOrder)',
    },
  },
  {
    name: 'forwarded segment taken twice',
    file: INTAKE,
    replace: 'if (first !== expected || this.#bytes',
    by: 'if (first > expected || this.#bytes',
    why: 'a segment that was sent again is executed twice',
  },
  {
    name: 'forwarded segments taken out of order',
    file: INTAKE,
    replace: 'if (first !== expected || this.#bytes',
    by: 'if (first < expected || this.#bytes',
    why: 'requests of one connection overtake each other, or get lost',
  },
  {
    // One leader must be elected twice in a row while a second copy of a segment is still under way to it: about
    // one run in a thousand.
    name: 'segment of another ballot taken',
    file: INTAKE,
    replace: 'if (!sameBallot(forward.ballot, this.#ballot)) return;',
    by: '',
    why: 'a segment that was sent to an earlier leadership is executed beside its second submission',
    seenBy: {
      file: 'src/replica/intake.test.ts',
      name: 'what was sent to another leadership is not taken, and what waited for an earlier one is gone',
    },
  },
  {
    name: 'resubmission before the first batch of the new leadership',
    file: PROPOSER,
    replace: 'if (!mayWrite || !sameBallot(this.#applier.epoch, leadership.ballot)) return;',
    by: 'if (!mayWrite) return;\n    if (!sameBallot(this.#applier.epoch, leadership.ballot)) this.#requests.resubmit();',
    why: 'what an earlier leader has proposed may yet be chosen, and is executed twice',
  },
  {
    name: 'unanswered requests called not done',
    file: REQUESTS,
    replace: "new Failure('unknown', 'no quorum",
    by: "new Failure('notDone', 'no quorum",
    why: 'a client is told that nothing happened, and then it happens',
  },
  {
    name: 'submitted requests refused at the end of a process',
    file: REQUESTS,
    replace: "this.refuseUnsubmitted('this replica is shutting down');",
    by: "this.#submitted = 0;\n    this.refuseUnsubmitted('this replica is shutting down');",
    why: 'a client is told that nothing happened, and then it happens, when its replica is gone',
  },
  {
    // It costs clients the time of an election, and nothing else.
    name: 'lead kept to the end',
    file: DEPARTURE,
    replace: 'if (!this.#isAsking && this.#handovers < HANDOVERS_MAX) this.#handOver();',
    by: '',
    why: 'whoever ends while it leads leaves everybody without a leader for a while',
    seenBy: {
      file: 'src/replica/departure.test.ts',
      name: 'a leader waits until another one is known to lead',
    },
  },
  {
    name: 'submitted requests refused',
    file: REQUESTS,
    replace: 'const refused = this.#queue.splice(this.#submitted);',
    by: 'const refused = this.#queue.splice(0);\n    this.#submitted = 0;',
    why: 'a client is told that nothing happened, and then it happens',
  },
  {
    name: 'expiry by the local clock',
    file: APPLIER,
    replace: 'context.nowMs = this.#stampMs;',
    by: 'context.nowMs = Date.now();',
    why: 'replicas that compute deadlines from their own clocks differ from one another',
  },
  {
    name: 'chance of each replica in the state machine',
    file: 'src/kv/store.ts',
    replace: 'if (record === undefined || record.expiresAtMs > stampMs) break;',
    by: 'if (record === undefined || record.expiresAtMs > stampMs || Math.random() < 0.1) break;',
    why: 'the same entry must have the same effect everywhere',
  },
  {
    name: 'expiry outside the log',
    file: REPLICA,
    replace: 'const context = { nowMs: Math.floor',
    by: 'store.expireDue(Math.floor(this.#options.clock.clockMs()), 1_000);\n    const context = { nowMs: Math.floor',
    why: 'a replica whose clock runs ahead deletes what the others still have',
  },
  {
    name: 'quota does not look into transactions',
    file: 'src/kv/store.ts',
    replace: 'refusal !== undefined && growsData(knownCommand(code), args) ? refusal : undefined',
    by: 'refusal !== undefined && knownCommand(code).grows ? refusal : undefined',
    why: 'a transaction grows the data beyond the quota, and where it was refused at a door it is not',
  },
  {
    name: 'quota never agreed on',
    file: 'src/replica/growth-proposals.ts',
    replace: 'isDue(applied: Slot, present: GrowthBounds, diskFull: boolean): boolean {',
    by: 'isDue(applied: Slot, present: GrowthBounds, diskFull: boolean): boolean {\n    return false;',
    why: 'nobody agrees on a quota: what is refused depends on who leads, or nothing is',
  },
  {
    name: 'WATCH not compared at apply',
    file: 'src/kv/commands/internal.ts',
    replace: 'if (!watchesHold(store, transaction)) return null;',
    by: '',
    why: 'a transaction overwrites what was changed since it was watched',
  },
  {
    name: 'deletion since WATCH not seen',
    file: 'src/kv/commands/internal.ts',
    replace: 'if (record === undefined && store.mayHaveBeenDeletedSince(key, storeRevision)) return false;',
    by: '',
    why: 'a key that was made and deleted since it was watched as absent has changed',
  },
  {
    name: 'read before its index is applied',
    file: READ_QUEUE,
    replace: 'if (batch.index > applied) waiting.push(batch);',
    by: 'if (batch.index > applied + 1_000_000) waiting.push(batch);',
    why: 'a follower answers with a state before writes that were acknowledged',
  },
  {
    name: 'slots served as chosen that are not',
    file: REPLICA,
    replace: 'this.#catchUpServer.serve(peer, message.from, this.#chosenDurable);',
    by: 'this.#catchUpServer.serve(peer, message.from, this.#core.acceptor.durable);',
    why: 'a replica that is behind learns a value that may lose',
  },
  {
    name: 'wiped disk keeps its id',
    file: 'simulation/machine.ts',
    replace: 'drawReplicaId: () => random.integer(1, REPLICA_ID_MAX),',
    by: 'drawReplicaId: () => ((this as unknown as { kept?: number }).kept ??= random.integer(1, REPLICA_ID_MAX)),',
    why: 'an identity votes after it has forgotten',
  },
  {
    // No run looks at what is refused while disks are full, and all of them end with room.
    name: 'leader looks at its own disk only',
    file: 'src/replica/space-watch.ts',
    replace: 'return !rulings.isQuorumFrom(chosen + 1, new Set(roomy.map(({ id }) => id)));',
    by: 'return roomy.length < 0;',
    why: 'writes use up the last segments of the others, and no delete can be chosen any more',
    seenBy: {
      file: 'src/replica/space-watch.test.ts',
      name: 'growth waits when those that have space are no quorum, for as long as they say so',
    },
  },
];
