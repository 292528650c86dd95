/**
 * Whether a change of the members is allowed, and what it makes of the configuration. A function of what the leader
 * knows: one change at a time, a voter enters only when it has caught up, and no change leaves fewer voters that
 * have caught up than a quorum.
 */
import { type ReplicaId, replicaText } from '../paxos/ballot.ts';
import {
  type Addresses,
  type Configuration,
  isQuorum,
  type Member,
  MEMBERS_MAX,
  REMOVED_MAX,
} from '../paxos/configuration.ts';
import { SINCE } from '../paxos/version.ts';
import { OLDER_RELEASE } from './version-raise.ts';

export type Change =
  | { readonly kind: 'addLearner'; readonly id: ReplicaId; readonly addresses: Addresses }
  | { readonly kind: 'promote'; readonly id: ReplicaId }
  | { readonly kind: 'remove'; readonly id: ReplicaId };

/** What the leader knows. */
export interface MembershipView {
  /** The newest that is chosen. */
  readonly configuration: Configuration;
  /** Another change is proposed, or chosen and does not rule yet. */
  readonly changeUnderWay: boolean;
  /** Level with the leader and heard of lately; the leader itself always is. */
  readonly level: ReadonlySet<ReplicaId>;
  /** The newest version that a replica's program knows, as far as it was heard: see `paxos/version.ts`. */
  readonly supports: (id: ReplicaId) => number;
}

export type RefusalCode =
  | 'address-differs'
  | 'change-under-way'
  | 'members-max'
  | 'not-caught-up'
  | 'older-release'
  | 'quorum-at-risk'
  | 'removed-before'
  | 'unknown-id';

export type Decision =
  | { readonly kind: 'propose'; readonly configuration: Configuration }
  /** What was asked for is so. */
  | { readonly kind: 'already'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly code: RefusalCode; readonly reason: string };

export function decide(change: Change, view: MembershipView): Decision {
  const already = alreadySo(change, view.configuration);
  if (already !== undefined) return { kind: 'already', reason: already };
  if (view.changeUnderWay) {
    return refuse('change-under-way', 'another change of the members is under way: one at a time');
  }
  if (view.configuration.version < SINCE.changes && change.kind !== 'remove') {
    return refuse('older-release', OLDER_RELEASE);
  }
  switch (change.kind) {
    case 'addLearner':
      return addLearner(change.id, change.addresses, view);
    case 'promote':
      return promote(change.id, view);
    case 'remove':
      return remove(change.id, view);
  }
}

/** Whoever asks twice, because no answer came the first time, hears that it is done. */
function alreadySo(change: Change, configuration: Configuration): string | undefined {
  const name = replicaText(change.id);
  const member = memberOf(configuration, change.id);
  switch (change.kind) {
    case 'addLearner':
      if (member === undefined || !sameAddresses(member.addresses, change.addresses)) return undefined;
      return `${name} is a ${member.voter ? 'voter' : 'learner'} already`;
    case 'promote':
      return member?.voter === true ? `${name} is a voter already` : undefined;
    case 'remove':
      return configuration.removed.includes(change.id) ? `${name} was removed already` : undefined;
  }
}

function addLearner(id: ReplicaId, addresses: Addresses, { configuration }: MembershipView): Decision {
  const name = replicaText(id);
  if (configuration.removed.includes(id)) {
    return refuse(
      'removed-before',
      `${name} was removed once and never comes back: its directory must be formatted anew, which gives it another id`,
    );
  }
  const member = memberOf(configuration, id);
  if (member !== undefined) {
    const { host, peerPort } = member.addresses;
    return refuse('address-differs', `${name} is a member already, at other addresses: ${host}:${peerPort}`);
  }
  if (configuration.members.length >= MEMBERS_MAX) {
    return refuse('members-max', `a cluster has at most ${MEMBERS_MAX} members`);
  }
  return propose(configuration, [...configuration.members, { id, voter: false, addresses }]);
}

function promote(id: ReplicaId, view: MembershipView): Decision {
  const { configuration, level, supports } = view;
  if (memberOf(configuration, id) === undefined) return unknown(id, configuration);
  if (!level.has(id)) {
    return refuse(
      'not-caught-up',
      `${replicaText(id)} has not caught up with the leader yet: it would only be a vote less`,
    );
  }
  if (supports(id) < configuration.version) return refuse('older-release', tooOld(id, view));
  const members = configuration.members.map((member) =>
    member.id === id ? { ...member, voter: true } : member,
  );
  return proposeIfSafe(propose(configuration, members), view);
}

function remove(id: ReplicaId, view: MembershipView): Decision {
  const { configuration } = view;
  const member = memberOf(configuration, id);
  if (member === undefined) return unknown(id, configuration);
  const members = configuration.members.filter((each) => each !== member);
  // Whoever is lost for good can't be upgraded, and must not keep the others from it: the removal raises the version too.
  const version = Math.max(configuration.version, SINCE.changes);
  const isRaise = version > configuration.version;
  if (isRaise && !members.every((each) => view.supports(each.id) >= version)) {
    return refuse('older-release', OLDER_RELEASE);
  }
  const removed = [...configuration.removed, id].slice(-REMOVED_MAX);
  const change = propose({ ...configuration, version, removed }, members);
  return member.voter ? proposeIfSafe(change, view) : change;
}

/** Who is not level votes late or never: the others must be a quorum without it (rule 8 of the design). */
function proposeIfSafe(
  change: { readonly kind: 'propose'; readonly configuration: Configuration },
  { level }: MembershipView,
): Decision {
  const { configuration } = change;
  if (isQuorum(configuration, level)) return change;
  const voters = configuration.members.filter((member) => member.voter);
  const ready = voters.filter((member) => level.has(member.id)).length;
  return refuse(
    'quorum-at-risk',
    `of the ${voters.length} voters that there would be, only ${ready} are connected and have caught up, which is no quorum`,
  );
}

function propose(
  configuration: Configuration,
  members: readonly Member[],
): { readonly kind: 'propose'; readonly configuration: Configuration } {
  return { kind: 'propose', configuration: { ...configuration, members } };
}

function tooOld(id: ReplicaId, { configuration, supports }: MembershipView): string {
  return (
    `the cluster has agreed on version ${configuration.version}, and the program of ${replicaText(id)} knows ` +
    `versions up to ${supports(id)}: it must run a later release first`
  );
}

function refuse(code: RefusalCode, reason: string): Decision {
  return { kind: 'refuse', code, reason };
}

function unknown(id: ReplicaId, configuration: Configuration): Decision {
  const name = replicaText(id);
  return configuration.removed.includes(id)
    ? refuse('removed-before', `${name} was removed, and never comes back`)
    : refuse('unknown-id', `${name} is no member of this cluster`);
}

function memberOf(configuration: Configuration, id: ReplicaId): Member | undefined {
  return configuration.members.find((member) => member.id === id);
}

function sameAddresses(one: Addresses, other: Addresses): boolean {
  return (
    one.host === other.host &&
    one.peerPort === other.peerPort &&
    one.redisPort === other.redisPort &&
    one.clusterPort === other.clusterPort &&
    one.httpPort === other.httpPort &&
    one.adminPort === other.adminPort
  );
}
