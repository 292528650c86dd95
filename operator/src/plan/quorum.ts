/**
 * Whether the cluster has a quorum, as far as anybody here can tell. "Lost" needs evidence against so many voters that those
 * which are left can't be a quorum; a voter that merely does not answer the operator may be serving clients.
 */
import type { Observed, RecordedMember } from './observed.ts';
import { ordinalOf } from './observed.ts';
import { type ClusterView, quorumOf, reportsOf } from './view.ts';

export type QuorumFinding =
  | { readonly kind: 'notFounded' }
  /** A leader leads, and a quorum of voters follows it. */
  | { readonly kind: 'held' }
  /** `gone`: a reason for each voter that is. */
  | { readonly kind: 'lost'; readonly voters: number; readonly gone: readonly string[] }
  /** A quorum answers, and nobody leads. */
  | { readonly kind: 'leaderless' }
  | { readonly kind: 'unknown'; readonly silent: readonly string[] };

export function findQuorum(
  observed: Observed,
  clusterId: string | undefined,
  view: ClusterView | undefined,
): QuorumFinding {
  if (view !== undefined) return { kind: 'held' };
  if (clusterId === undefined) return { kind: 'notFounded' };
  const voters = lastKnownVoters(observed, clusterId);
  if (voters.length === 0) return { kind: 'unknown', silent: [] };
  const gone: string[] = [];
  const silent: string[] = [];
  const leaders = new Map<string, number>();
  for (const voter of voters) {
    const fate = fateOf(voter, observed, clusterId);
    if (fate.kind === 'gone') gone.push(fate.why);
    else if (fate.kind === 'silent') silent.push(fate.place);
    else if (fate.leader !== undefined) leaders.set(fate.leader, (leaders.get(fate.leader) ?? 0) + 1);
  }
  const quorum = quorumOf(voters.length);
  const followers = Math.max(0, ...leaders.values());
  if (followers >= quorum) return { kind: 'held' };
  if (voters.length - gone.length < quorum) return { kind: 'lost', voters: voters.length, gone };
  // With those that can't be asked, a leader that is followed may have its quorum.
  const mayBeLed = followers > 0 && followers + silent.length >= quorum;
  if (!mayBeLed && voters.length - gone.length - silent.length >= quorum) return { kind: 'leaderless' };
  return { kind: 'unknown', silent };
}

interface Voter {
  readonly id: string;
  readonly pod: string | undefined;
}

/** Of the newest configuration that anybody who answers knows; else what was recorded. */
function lastKnownVoters(observed: Observed, clusterId: string): Voter[] {
  const [newest] = reportsOf(observed, clusterId)
    .map(([, report]) => report)
    .filter(({ members }) => members.length > 0)
    .toSorted((left, right) => right.chosen - left.chosen);
  if (newest !== undefined) {
    return newest.members
      .filter(({ voter }) => voter)
      .map(({ id, host }) => ({ id, pod: placeOf(host, observed) }));
  }
  const recorded = observed.status.members.filter(({ role }: RecordedMember) => role !== 'Learner');
  if (recorded.length > 0) return recorded.map(({ id, pod }) => ({ id, pod }));
  return observed.volumes
    .filter((volume) => volume.clusterId === clusterId)
    .flatMap(({ replicaId, ordinal }) =>
      replicaId === undefined ? [] : [{ id: replicaId, pod: `${observed.name}-${ordinal}` }],
    );
}

function placeOf(host: string, observed: Observed): string | undefined {
  const name = host.split('.')[0] ?? '';
  return ordinalOf(observed.name, name) === undefined ? undefined : name;
}

type Fate =
  | { readonly kind: 'answers'; readonly leader: string | undefined }
  | { readonly kind: 'gone'; readonly why: string }
  | { readonly kind: 'silent'; readonly place: string };

function fateOf({ id, pod: name }: Voter, observed: Observed, clusterId: string): Fate {
  // No pod of this cluster: nobody here can ask it.
  if (name === undefined) return { kind: 'silent', place: `replica ${id}` };
  const report = observed.reports.get(name);
  if (report !== undefined) {
    // A founder that has not heard of it yet belongs to none.
    const isOurs = report.cluster === clusterId || report.cluster === undefined;
    if (report.id === id && isOurs) return { kind: 'answers', leader: report.leader };
    return { kind: 'gone', why: `${name} has lost its volume` };
  }
  const pod = observed.pods.find((each) => each.name === name);
  if (pod === undefined) return { kind: 'gone', why: `${name} does not exist` };
  if (pod.running) return { kind: 'silent', place: name };
  return {
    kind: 'gone',
    why: `${name} does not run${pod.waitingReason === undefined ? '' : ` (${pod.waitingReason})`}`,
  };
}
