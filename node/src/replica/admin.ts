/**
 * What operators may ask of a replica: other members, another leader, a cluster to be founded. Every request may be
 * repeated: what is so already is said to be done. A change of the members is answered when it is complete: it
 * rules, a quorum of the new members holds and knows everything before it, and who was removed is needed no more.
 */
import { type ReplicaId, replicaText, type Slot } from '../paxos/ballot.ts';
import type { Addresses, Configuration, Member } from '../paxos/configuration.ts';
import type { Leader } from '../paxos/leader.ts';
import type { Event } from '../paxos/message.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Timing } from '../paxos/timing.ts';
import { SINCE, VERSION, VERSION_OLDEST } from '../paxos/version.ts';
import { TRANSFER_MS_MAX } from '../paxos/transfer.ts';
import type { AdminAnswer, AdminDone, AdminRefusal, Founding, ReplicaAdmin } from './admin-door.ts';
import type { Fellowship } from './fellowship.ts';
import { ADMIN_DEADLINE_MS, ADMIN_REQUESTS_MAX, ALPHA, LEVEL_SLOTS_MAX } from './limits.ts';
import { type Change, decide } from './membership.ts';
import type { Clock } from './replica-options.ts';
import { OLDER_RELEASE, type VersionRaise } from './version-raise.ts';

export interface AdministrationOptions {
  readonly self: ReplicaId;
  readonly addresses: Addresses;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly version: VersionRaise;
  readonly step: (event: Event) => void;
  /** Founds a cluster; only while `isFresh`. */
  readonly bootstrap: (cluster: string, configuration: Configuration) => void;
  readonly fellowship: Fellowship;
  /** A turn shall come soon. */
  readonly wake: () => void;
}

type Done = (answer: AdminAnswer) => void;

/** A request that waits: `review` answers with what has come of it, or undefined while it has to wait on. */
interface Waiting {
  readonly untilMs: number;
  readonly done: Done;
  review(): AdminAnswer | undefined;
}

export class Administration implements ReplicaAdmin {
  readonly #options: AdministrationOptions;
  readonly #core: Paxos;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(core: Paxos, options: AdministrationOptions) {
    this.#core = core;
    this.#options = options;
  }

  addLearner(id: ReplicaId, addresses: Addresses, done: Done): void {
    this.#change({ kind: 'addLearner', id, addresses }, done);
  }

  promote(id: ReplicaId, done: Done): void {
    this.#change({ kind: 'promote', id }, done);
  }

  remove(id: ReplicaId, done: Done): void {
    this.#change({ kind: 'remove', id }, done);
  }

  transfer(to: ReplicaId | undefined, done: Done): void {
    let begun: Leader | undefined;
    this.#wait(done, ADMIN_DEADLINE_MS, () => {
      if (begun !== undefined) return this.#reviewTransfer(begun, to);
      const answer = this.#beginTransfer(to);
      if (answer !== 'begun') return answer;
      begun = this.#core.leadership;
      return undefined;
    });
  }

  bootstrap(founding: Founding, done: Done): void {
    const { cluster } = founding;
    const refused = this.#refusalToFound(founding);
    if (refused !== undefined) return done(refused);
    if (this.#options.fellowship.isFresh) {
      const own: Member = { id: this.#options.self, voter: true, addresses: this.#options.addresses };
      const others = founding.members.filter((member) => member.id !== own.id);
      const members = [own, ...others.map((member) => ({ ...member, voter: true }))];
      // What the programs of the others know is not known here: the leader raises it soon.
      const version = others.length > 0 ? VERSION_OLDEST : VERSION;
      this.#options.bootstrap(cluster, { version, alpha: ALPHA, members, removed: [] });
      this.#wait(done, ADMIN_DEADLINE_MS, () =>
        this.#options.fellowship.cluster === cluster ? finished(`founded cluster ${cluster}`) : undefined,
      );
      return;
    }
    this.#wait(done, ADMIN_DEADLINE_MS, () =>
      this.#options.fellowship.cluster === cluster && this.#core.acceptor.rulings.known
        ? finished(`it belongs to cluster ${cluster} already`, true)
        : undefined,
    );
  }

  /** To be called in every turn: answers what can be answered. */
  review(): void {
    if (this.#waiting.length === 0) return;
    const nowMs = this.#options.clock.nowMs();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      const late = nowMs >= each.untilMs;
      const answer = each.review() ?? (late ? refusal('unknown-outcome', LATE) : undefined);
      if (answer === undefined) this.#waiting.push(each);
      else each.done(answer);
    }
  }

  close(reason: string): void {
    this.#closed = true;
    for (const { done } of this.#waiting.splice(0)) done(refusal('unknown-outcome', reason));
  }

  #wait(done: Done, patienceMs: number, review: () => AdminAnswer | undefined): void {
    if (this.#closed) return done(refusal('not-done', 'this replica is shutting down'));
    if (this.#waiting.length >= ADMIN_REQUESTS_MAX) {
      return done(refusal('not-done', `${ADMIN_REQUESTS_MAX} requests wait already, which is the limit`));
    }
    this.#waiting.push({ untilMs: this.#options.clock.nowMs() + patienceMs, done, review });
    this.#options.wake();
  }

  // --- Members ----------------------------------------------------------------------------------

  #change(change: Change, done: Done): void {
    let leadership: Leader | undefined;
    let settledBy: Slot = 0;
    let text = '';
    this.#wait(done, ADMIN_DEADLINE_MS, () => {
      if (leadership !== undefined && this.#core.leadership !== leadership) {
        return refusal('unknown-outcome', LOST);
      }
      if (settledBy > 0) return this.#core.chosen >= settledBy ? finished(text) : undefined;
      const decided = this.#decide(change);
      if (typeof decided !== 'object' || !('settledBy' in decided)) return decided;
      leadership = this.#core.leadership;
      ({ settledBy, text } = decided);
      return undefined;
    });
  }

  /** Proposes the change, if it is allowed; undefined when it must wait for room. */
  #decide(change: Change): AdminAnswer | { readonly settledBy: Slot; readonly text: string } | undefined {
    const { acceptor, leadership } = this.#core;
    if (leadership === undefined) return this.#notLeader();
    const configuration = acceptor.rulings.latest;
    // A new leader does not know yet what its predecessor has changed.
    if (configuration === undefined || !leadership.barrierChosen) return undefined;
    const { changeUnderWay } = leadership;
    const { supports } = this.#options.version;
    const view = { configuration, changeUnderWay, level: this.#level(leadership), supports };
    const decision = decide(change, view);
    if (decision.kind === 'refuse') return refusal(decision.code, decision.reason);
    if (decision.kind === 'already') {
      // It may be under way still.
      return leadership.changeUnderWay ? undefined : finished(decision.reason, true);
    }
    if (!leadership.mayConfigure) return undefined;
    this.#options.step({ kind: 'configure', configuration: decision.configuration });
    return { settledBy: leadership.settledBy, text: doneTo(change) };
  }

  /** Who has what the leader has, but for what is in flight, and was heard of lately. */
  #level(leadership: Leader): ReadonlySet<ReplicaId> {
    const level = new Set([this.#options.self]);
    const heardMs = this.#options.clock.nowMs() - this.#options.timing.electionMaxMs;
    for (const { id } of this.#core.acceptor.rulings.latest?.members ?? []) {
      const progress = leadership.progressOf(id);
      if (progress === undefined || !progress.streaming || progress.heardAtMs < heardMs) continue;
      if (leadership.last - progress.mark <= LEVEL_SLOTS_MAX) level.add(id);
    }
    return level;
  }

  #notLeader(): AdminRefusal {
    const { leader, acceptor } = this.#core;
    const member = acceptor.rulings.latest?.members.find(({ id }) => id === leader);
    if (member === undefined) return refusal('not-done', 'no leader is known, nothing was done: try again');
    return { ...refusal('not-leader', `${replicaText(member.id)} leads: ask there`), leader: member };
  }

  // --- The lead ---------------------------------------------------------------------------------

  /** Undefined when it has to wait until this leader has chosen something. */
  #beginTransfer(to: ReplicaId | undefined): AdminAnswer | 'begun' | undefined {
    const { leadership, acceptor } = this.#core;
    if (leadership === undefined) return this.#notLeader();
    if (to === this.#options.self) return finished(`${replicaText(to)} leads already`, true);
    if (acceptor.rulings.version < SINCE.transfers) return refusal('older-release', OLDER_RELEASE);
    if (leadership.successor !== undefined) {
      return refusal(
        'transfer-under-way',
        `the lead is being handed to ${replicaText(leadership.successor)}`,
      );
    }
    if (leadership.changeUnderWay) {
      return refusal('change-under-way', 'the members are being changed: the lead stays until that is done');
    }
    const voters = acceptor.rulings.at(acceptor.chosen + 1).members.filter((member) => member.voter);
    const level = this.#level(leadership);
    const candidates = voters.map(({ id }) => id).filter((id) => id !== this.#options.self && level.has(id));
    const markOf = (id: ReplicaId): Slot => leadership.progressOf(id)?.mark ?? 0;
    const [mostLevel] = candidates.toSorted((one, other) => markOf(other) - markOf(one));
    const successor = to ?? mostLevel;
    if (successor === undefined) return refusal('not-caught-up', 'no other voter has caught up');
    if (!voters.some(({ id }) => id === successor)) {
      return refusal('unknown-id', `${replicaText(successor)} is no voter of this cluster`);
    }
    if (!candidates.includes(successor)) {
      return refusal('not-caught-up', `${replicaText(successor)} is not connected or has not caught up`);
    }
    if (!leadership.mayTransfer) return undefined;
    this.#options.step({ kind: 'transfer', to: successor });
    return 'begun';
  }

  #reviewTransfer(begun: Leader, to: ReplicaId | undefined): AdminAnswer | undefined {
    const { leadership, leader } = this.#core;
    if (leadership === begun) {
      if (begun.successor !== undefined) return undefined;
      return refusal('not-done', `the other voter did not take the lead within ${TRANSFER_MS_MAX} ms`);
    }
    if (leader === undefined) return undefined;
    if (to !== undefined && leader !== to) return refusal('not-done', `${replicaText(leader)} leads instead`);
    return finished(`${replicaText(leader)} leads`);
  }

  // --- Founding ---------------------------------------------------------------------------------

  #refusalToFound({ cluster, replica, members }: Founding): AdminRefusal | undefined {
    const { self } = this.#options;
    if (replica !== undefined && replica !== self) {
      return refusal('other-replica', `this is ${replicaText(self)}, not ${replicaText(replica)}`);
    }
    const own = this.#options.fellowship.cluster;
    if (own !== undefined && own !== cluster) {
      return refusal('other-cluster', `this replica belongs to cluster ${own}, and founds no other`);
    }
    if (own === undefined && !this.#options.fellowship.isFresh) {
      return refusal('other-cluster', 'this replica is being taken into a cluster, and founds none');
    }
    if (members.length > 0 && !members.some(({ id }) => id === self)) {
      return refusal('other-replica', `the members must include this replica, ${replicaText(self)}`);
    }
    return undefined;
  }
}

const LATE = 'it was not known to be done in time: ask again, which does no harm';
const LOST =
  'the leadership ended before the change was known to rule: ask the new leader, which does no harm';

function refusal(code: AdminRefusal['code'], reason: string): AdminRefusal {
  return { kind: 'refused', code, reason };
}

function finished(text: string, already = false): AdminDone {
  return { kind: 'done', already, text };
}

function doneTo({ kind, id }: Change): string {
  const name = replicaText(id);
  if (kind === 'remove') return `${name} is removed`;
  return kind === 'promote' ? `${name} is a voter` : `${name} is a learner`;
}
