/**
 * What is wrong with a cluster, and what to do about it: one sentence each, the worst first. A pure function of what was gathered, so
 * that each sentence can be tried.
 */
import type { ClusterView, ReplicaView } from './cluster-view.ts';
import type { Finding, Level, Rule } from './finding.ts';
import {
  deafMembers,
  lostQuorum,
  nobodyLeads,
  refusingMembers,
  silentMembers,
  standStill,
} from './quorum-findings.ts';
import { LAG_SLOTS_NOTABLE } from './waits-for.ts';
import { count, namesOf } from './wording.ts';

export type { Finding, Level };

/** So much of the quota is left that somebody has time to act. */
const QUOTA_SHARE_NOTABLE = 0.9;
/** A disk that takes so long for a batch delays everybody's writes. */
const FSYNC_MS_NOTABLE = 250;
/** Longer than any disk takes that is only busy. */
const WRITE_MS_HANGS = 5_000;
/** More than a busy cluster has in flight, and as much as makes a replica unready after a while. */
const LAG_SLOTS_ALARMING = 1_000;

/** In the order of what to look at first, within each level. */
const RULES: readonly Rule[] = [
  notOfACluster,
  disagreement,
  lostQuorum,
  nobodyLeads,
  standStill,
  diskFull,
  quotaReached,
  lostDisks,
  silentMembers,
  deafMembers,
  refusingMembers,
  cutLinks,
  laggingMembers,
  unreadyMembers,
  hangingDisks,
  slowDisks,
  learners,
  changeUnderWay,
  differentReleases,
];

const LEVELS: readonly Level[] = ['critical', 'warning', 'notice', 'healthy'];

/** At least one; exactly one, which says so, when nothing is wrong. */
export function findingsOf(view: ClusterView): readonly Finding[] {
  const found = RULES.flatMap((rule) => rule(view));
  if (found.every(({ level }) => level === 'notice')) found.push(healthy(view));
  return found.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)).toSorted(healthyFirst);
}

/** A notice is no reason not to say that all is well. */
function healthyFirst(a: Finding, b: Finding): number {
  return Number(b.level === 'healthy') - Number(a.level === 'healthy');
}

function healthy({ leader, voters, votersAnswering, quorum }: ClusterView): Finding {
  const spare = votersAnswering - quorum;
  const loss =
    spare === 0
      ? voters === 1
        ? 'It is a cluster of one: it stops when this replica does.'
        : 'No more voter can be spared.'
      : `It goes on when any ${spare === 1 ? 'one' : spare} of them ${spare === 1 ? 'is' : 'are'} lost.`;
  return {
    code: 'healthy',
    level: 'healthy',
    sentence: `Healthy: ${leader?.name ?? 'somebody'} leads, and ${voters === 1 ? 'the only voter answers' : `all ${count(voters, 'voter')} answer`}.`,
    advice: `Nothing has to be done. ${loss}`,
    document: undefined,
  };
}

function notOfACluster({ here }: ClusterView): Finding[] {
  if (here.role !== 'stranger') return [];
  return [
    {
      code: 'stranger',
      level: 'critical',
      sentence: 'This replica belongs to no cluster: it serves nobody.',
      advice: `Take it into a cluster (paxosctl member add ${here.id} HOST:PEERPORT --promote), or have it found one (paxosctl bootstrap).`,
      document: 'operations.md#replacing-a-replica',
    },
  ];
}

function disagreement({ replicas }: ClusterView): Finding[] {
  const answering = replicas.filter(({ report }) => report !== undefined);
  for (const [index, one] of answering.entries()) {
    const other = answering.slice(index + 1).find((each) => differ(one, each));
    if (other === undefined) continue;
    return [
      {
        code: 'digests-differ',
        level: 'critical',
        sentence: `${one.name} and ${other.name} disagree about the data at slot ${one.report?.digest.slot}.`,
        advice:
          'Take a backup of each and keep the directories; paxosctl verify says which one differs from the others. Replace that one.',
        document: 'operations.md#something-looks-wrong',
      },
    ];
  }
  return [];
}

function differ({ report: one }: ReplicaView, { report: other }: ReplicaView): boolean {
  if (one === undefined || other === undefined) return false;
  return (
    one.digest.slot === other.digest.slot && one.digest.slot > 0 && one.digest.value !== other.digest.value
  );
}

function diskFull({ leader }: ClusterView): Finding[] {
  if (leader?.report?.data?.diskFull !== true) return [];
  return [
    {
      code: 'disk-full',
      level: 'critical',
      sentence: `The disk of the leader, ${leader.name}, is full: what makes the data larger is refused. Reads and deletes go on.`,
      advice: 'Delete keys, or make the volume larger. Writing resumes by itself.',
      document: 'limits.md',
    },
  ];
}

function quotaReached({ here, leader }: ClusterView): Finding[] {
  const { bytes, quotaBytes } = leader?.report?.data ?? here.data ?? { bytes: 0, quotaBytes: 0 };
  if (quotaBytes === 0 || bytes < quotaBytes * QUOTA_SHARE_NOTABLE) return [];
  const isUsedUp = bytes >= quotaBytes;
  const share = `${Math.floor((bytes / quotaBytes) * 100)} %`;
  return [
    {
      code: isUsedUp ? 'quota-used-up' : 'quota-nearly-used-up',
      level: isUsedUp ? 'critical' : 'warning',
      sentence: isUsedUp
        ? `The data quota is used up (${share}): what makes the data larger is refused. Reads and deletes go on.`
        : `The data quota is used up to ${share}.`,
      advice: 'Delete keys, or give the replicas a larger --data-quota.',
      document: 'limits.md',
    },
  ];
}

function lostDisks({ replicas }: ClusterView): Finding[] {
  return replicas
    .filter(({ state }) => state === 'lost')
    .map(({ id, name, why, isElsewhere }) => ({
      code: 'disk-lost',
      level: 'warning',
      subject: id,
      sentence: isElsewhere
        ? `${name} is not where it should be: ${why}.`
        : `The disk of ${name} is lost: ${why}.`,
      advice: isElsewhere
        ? `See whether it runs on, at another address: then nothing is lost. Else replace it: add another replica (paxosctl member add …), when that is level paxosctl member remove ${id}, then promote the new one.`
        : `On Kubernetes the operator replaces it. Elsewhere: add the replica that answers there (paxosctl member add …), when that is level paxosctl member remove ${id}, then promote the new one.`,
      document: 'operations.md#replacing-a-replica',
    }));
}

function cutLinks({ replicas, leader }: ClusterView): Finding[] {
  const cut = replicas.filter(({ state, linked }) => state === 'answers' && linked === false);
  if (cut.length === 0 || leader === undefined) return [];
  return [
    {
      code: 'link-down',
      level: 'warning',
      sentence: `${namesOf(cut)} ${cut.length === 1 ? 'runs and has' : 'run and have'} no link to the leader, ${leader.name}.`,
      advice: 'See whether their peer ports can reach each other, and what the events below say of it.',
      document: 'operations.md#something-looks-wrong',
    },
  ];
}

function laggingMembers({ replicas }: ClusterView): Finding[] {
  return replicas
    .filter(({ voter, lagSlots = 0 }) => voter && lagSlots > LAG_SLOTS_ALARMING)
    .map(({ id, name, lagSlots = 0 }) => ({
      code: 'lagging',
      level: 'warning',
      subject: id,
      sentence: `${name} is ${count(lagSlots, 'slot')} behind the leader.`,
      advice:
        'If the number shrinks, wait: it catches up. If it grows: its disk, its processor or its network is too slow.',
      document: 'operations.md#reading-status',
    }));
}

/** Those of whom nothing worse was said. */
function unreadyMembers({ replicas, leader }: ClusterView): Finding[] {
  return replicas
    .filter(({ report, lagSlots = 0, voter, linked }) => {
      const isTold = lagSlots > LAG_SLOTS_ALARMING || !voter || leader === undefined || linked === false;
      return report?.ready === false && report.role !== 'stranger' && !isTold;
    })
    .map(({ id, name, report }) => ({
      code: 'not-ready',
      level: 'warning',
      subject: id,
      sentence: `${name} is not ready: ${report?.unreadyReasons.join(', ') || 'it does not say why'}.`,
      advice: 'As a rule it will be within seconds. It gets no clients through load balancers meanwhile.',
      document: 'operations.md#reading-status',
    }));
}

function hangingDisks({ replicas }: ClusterView): Finding[] {
  return replicas
    .filter(({ report }) => (report?.writeUnderWayMs ?? 0) > WRITE_MS_HANGS)
    .map(({ id, name, report }) => ({
      code: 'disk-hangs',
      level: 'warning',
      subject: id,
      sentence: `The disk of ${name} hangs: the same write has been under way for ${Math.round((report?.writeUnderWayMs ?? 0) / 1_000)} s.`,
      advice:
        "See its volume, and what the kernel of its machine logs of it. Until it answers this replica accepts nothing; then it catches up by itself. If it won't, replace the replica.",
      document: 'runbooks/PaxosKVDiskHangs.md',
    }));
}

function slowDisks({ replicas }: ClusterView): Finding[] {
  return replicas
    .filter(({ report }) => (report?.latencies?.fsync.meanMs ?? 0) > FSYNC_MS_NOTABLE)
    .map(({ id, name, report }) => ({
      code: 'disk-slow',
      level: 'warning',
      subject: id,
      sentence: `The disk of ${name} is slow: a batch takes ${Math.round(report?.latencies?.fsync.meanMs ?? 0)} ms to be on it.`,
      advice:
        'See what else uses that disk. If this replica leads, paxosctl transfer hands the lead to another one.',
      document: 'metrics.md',
    }));
}

/** Without a leader nobody knows how far there is to go. */
function learners({ replicas }: ClusterView): Finding[] {
  return replicas
    .filter(({ voter, state }) => !voter && state === 'answers')
    .flatMap(({ id, name, lagSlots }) => (lagSlots === undefined ? [] : [learner(id, name, lagSlots)]));
}

function learner(id: string, name: string, lagSlots: number): Finding {
  const isBehind = lagSlots > LAG_SLOTS_NOTABLE;
  return {
    code: isBehind ? 'learner-behind' : 'learner-level',
    level: 'notice',
    subject: id,
    sentence: isBehind
      ? `${name} is a learner and catches up: ${count(lagSlots, 'slot')} to go.`
      : `${name} is a learner, and has caught up.`,
    advice: isBehind
      ? 'Nothing has to be done: it gets a vote when it has caught up.'
      : `If nobody gives it a vote by itself: paxosctl member promote ${id}.`,
    document: 'operations.md#replacing-a-replica',
  };
}

function changeUnderWay({ leader }: ClusterView): Finding[] {
  if (leader?.report?.changeUnderWay !== true) return [];
  return [
    {
      code: 'members-changing',
      level: 'notice',
      sentence: 'A change of the members is under way.',
      advice: 'It is done within a second, as a rule. No other change is taken meanwhile.',
      document: undefined,
    },
  ];
}

function differentReleases({ replicas }: ClusterView): Finding[] {
  const releases = new Set(replicas.flatMap(({ report }) => (report === undefined ? [] : [report.release])));
  if (releases.size < 2) return [];
  return [
    {
      code: 'releases-differ',
      level: 'notice',
      sentence: `The replicas run different releases: ${[...releases].toSorted().join(', ')}.`,
      advice:
        'That is as it should be during an upgrade. Bring it to its end: what is new waits for the last replica.',
      document: 'operations.md#reading-status',
    },
  ];
}
