/** Mutants of changing members, of leases, and of who is who. */
import type { Mutant } from './mutant.ts';

const ACCEPTOR = 'src/paxos/acceptor.ts';
const CANDIDATE = 'src/paxos/candidate.ts';
const CONFIGURATION = 'src/paxos/configuration.ts';
const LEADER = 'src/paxos/leader.ts';
const LEASE = 'src/paxos/lease.ts';
const LOYALTY = 'src/paxos/loyalty.ts';
const MEMBERSHIP = 'src/replica/membership.ts';
const PEER_MEMORY = 'src/paxos/peer-memory.ts';
const REPLICA = 'src/replica/replica.ts';
const RULINGS = 'src/paxos/rulings.ts';

export const MEMBERSHIP_MUTANTS: readonly Mutant[] = [
  {
    name: 'alpha ignored',
    file: RULINGS,
    replace: 'const from = slot + this.alpha;',
    by: 'const from = slot + 1;',
    why: 'slots that are in flight already get another quorum than the one they were proposed to',
  },
  {
    name: 'phase 1 in one configuration only',
    file: RULINGS,
    replace: 'this.known && this.#rulings.slice(first).every((ruling)',
    by: 'this.known && this.#rulings.slice(first, first + 1).every((ruling)',
    why: 'a new leader does not hear of what the next configuration has chosen',
  },
  {
    name: 'phase 1 not extended to a configuration that it finds',
    file: CANDIDATE,
    replace: 'return rulings.withValues(chosen, recoveredValues(preparing, chosen));',
    by: 'return rulings;',
    why: 'a new leader does not hear of what a configuration has chosen that it did not know of',
  },
  {
    name: 'old members choose beyond their last slot',
    file: RULINGS,
    replace: 'return next === undefined ? Number.POSITIVE_INFINITY : next.from - 1;',
    by: 'return next === undefined ? Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;',
    why: 'who was removed still counts, and who was added does not',
  },
  {
    name: 'learner counts as voter',
    file: CONFIGURATION,
    replace: 'const marks = configuration.members.filter((member) => member.voter).map(',
    by: 'const marks = configuration.members.map(',
    why: 'a value is chosen by those who vote on nothing',
  },
  {
    name: 'removed replica may be added again',
    file: MEMBERSHIP,
    replace: 'const name = replicaText(id);\n  if (configuration.removed.includes(id)) {',
    by: 'const name = replicaText(id);\n  if (configuration.removed.length < 0) {',
    why: 'an identity whose disk nobody looks after any more votes again',
  },
  {
    name: 'removal not remembered',
    file: MEMBERSHIP,
    replace: 'const removed = [...configuration.removed, id].slice(-REMOVED_MAX);',
    by: 'const removed = configuration.removed.slice(-REMOVED_MAX);',
    why: 'who was removed never hears of it, and may come back',
  },
  {
    // The no-ops behind a change fill the window at once, so that the next change nearly always has a slot that the
    // first one rules; which quorums must meet then shows only if the leader is lost between the two.
    name: 'two changes at a time',
    file: LEADER,
    replace: 'return this.#fillThrough > this.#acceptor.chosen;',
    by: 'return this.#fillThrough < 0;',
    why: 'the quorums of two changes need not meet',
    seenBy: {
      file: 'src/paxos/membership.test.ts',
      name: 'one change at a time: the next one waits until the first needs its predecessor no more',
    },
  },
  {
    name: 'old members leave when the new ones rule',
    file: ACCEPTOR,
    replace: 'return Math.max(0, this.#chosen - this.rulings.alpha);',
    by: 'return Math.max(0, this.#chosen - 1);',
    why: 'the new members hold all that was chosen, but nobody among them is sure to know: they need the old ones still',
  },
  {
    name: 'no-ops end where the new members rule',
    file: LEADER,
    replace: 'this.#fillThrough = slot + 2 * alpha - 1;',
    by: 'this.#fillThrough = slot + alpha - 1;',
    why: 'the change is said to be done while the old members are still needed',
  },
  {
    name: 'lease without a margin',
    file: LEASE,
    replace: 'this.#usableMs = durationMs * (1 - LEASE_DRIFT_SHARE);',
    by: 'this.#usableMs = durationMs;',
    why: 'a leader with a slow clock believes in its lease when the others have forgotten it',
  },
  {
    name: 'lease counted from its answer',
    file: LEASE,
    replace: 'if (sentAtMs > progress.leaseSentAtMs) progress.leaseSentAtMs = sentAtMs;',
    by: 'progress.leaseSentAtMs = Math.max(sentAtMs, progress.heardAtMs);',
    why: 'the acceptor began to count when it heard the heartbeat, which may be long ago when its answer comes',
  },
  {
    // The candidate must have been granted its canvass before the acceptors granted the lease: a round trip earlier, when
    // they heard no leader. Of thousands of elections hardly one meets that.
    name: 'lease granted and not kept',
    file: LOYALTY,
    replace: 'return this.#lease.holds(nowMs) && !sameBallot(handedOver, promised);',
    by: 'return this.#lease.holds(nowMs) && nowMs < 0 && !sameBallot(handedOver, promised);',
    why: 'a candidate that was granted its canvass before leads beside a leader with a lease',
    seenBy: {
      file: 'src/paxos/lease.test.ts',
      name: 'who has granted a lease promises nobody anything, however often it is asked, until it is over',
    },
  },
  {
    name: 'lease forgotten by canvass and prepare',
    file: LOYALTY,
    replace: 'return this.#lease.grant(leaseMs, nowMs);',
    by: 'this.#lease.grant(leaseMs, nowMs);\n    this.#lease.end();\n    return leaseMs > 0;',
    why: 'a leader reads by a lease that binds nobody',
  },
  {
    name: 'restarted acceptor forgets its lease',
    file: LOYALTY,
    replace: 'if (promised.round > 0) this.#lease.waitOnce(nowMs);',
    by: 'if (promised.round < 0) this.#lease.waitOnce(nowMs);',
    why: 'it helps another leader to come to be while the old one still counts on it',
  },
  {
    name: 'lease judged by the time of the last tick',
    file: REPLICA,
    replace: "if (this.#inbox.length > 0) this.#step({ kind: 'time', nowMs: this.#options.clock.nowMs() });",
    by: '',
    why: 'a process that stood still since its last tick grants a lease that is over already',
  },
  {
    // A late word of an old leader must meet a new one who has a lease already.
    name: 'handed over by anybody',
    file: LOYALTY,
    replace: '!sameBallot(handedOver, promised)',
    by: '!(handedOver.round > 0 || sameBallot(handedOver, promised))',
    why: 'whom an earlier leader told to campaign breaks the lease of a later one',
    seenBy: {
      file: 'src/paxos/lease.test.ts',
      name: 'whom the leader of that lease told to campaign is promised at once, whom an earlier one told is not',
    },
  },
  {
    // It costs clients time and nothing else: phase 1 finds what the successor lacks.
    name: 'lead handed over without waiting',
    file: LEADER,
    replace: 'if (transfer.told || mark < this.#last || this.#acceptor.chosen < this.#last) return;',
    by: 'if (transfer.told) return;',
    why: 'the successor must first fetch what it lacks, while nobody leads',
    seenBy: {
      file: 'src/paxos/transfer.test.ts',
      name: 'a leader that hands over proposes nothing, and tells its successor as soon as that is level',
    },
  },
  {
    name: 'disk that went back in time not noticed',
    file: PEER_MEMORY,
    replace: 'if (compareBallots(standing.promised, known.promised) < 0) {',
    by: 'if (known.held >= 0) return undefined;\n  if (compareBallots(standing.promised, known.promised) < 0) {',
    why: 'an acceptor that has forgotten what it told votes again',
  },
  {
    // Only a cluster that shrinks to one replica shows it: elsewhere the next heartbeat's replies help.
    name: 'read waits for a replica that was removed',
    file: LEADER,
    replace:
      '    this.#finishReads(nowMs, out);\n    this.startReadRound(nowMs, out);\n  }\n\n  readonly #markOf',
    by: '    this.startReadRound(nowMs, out);\n  }\n\n  readonly #markOf',
    why: 'the round never ends, and no other begins: a cluster of one answers no read',
    seenBy: {
      file: 'simulation/scenario.test.ts',
      name: 'the story of read outlives a member goes as it was told',
    },
  },
];
