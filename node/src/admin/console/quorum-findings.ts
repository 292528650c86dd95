/**
 * Who is there, who leads, and whether a quorum takes what is proposed. All of it is as the replica sees it that serves the page: it
 * may be the one that is cut off.
 */
import type { ClusterView, ReplicaView } from './cluster-view.ts';
import type { Finding } from './finding.ts';
import { count, namesOf } from './wording.ts';

/** An election takes half of it, with some luck less. */
const ELECTION_MS_MAX = 5_000;

export function lostQuorum({ here, voters, votersAlive, quorum, replicas }: ClusterView): Finding[] {
  if (here.role === 'stranger' || votersAlive >= quorum || voters === 0) return [];
  const away = replicas.filter(({ voter, alive }) => voter && !alive);
  const consoles = away.map(({ address }) => address).join(', ');
  return [
    {
      code: 'no-quorum',
      level: 'critical',
      sentence: `No quorum, as this replica sees it: ${votersAlive} of ${count(voters, 'voter')} ${votersAlive === 1 ? 'answers' : 'answer'}, and ${quorum} must. Here nothing can be written, and only stale reads are answered.`,
      advice: `Look at another replica's console first (${consoles}): if it says otherwise, only this one is cut off. Else get ${namesOf(away)} to run again, each on its own disk; nothing is lost by waiting for them. Only when a majority is gone for good: recover by force.`,
      document: 'operations.md#recovering-from-a-lost-quorum',
    },
  ];
}

export function nobodyLeads({
  here,
  leader,
  leaderlessMs,
  votersAlive,
  quorum,
  voters,
}: ClusterView): Finding[] {
  if (here.role === 'stranger' || leader !== undefined || votersAlive < quorum || voters === 0) return [];
  if (leaderlessMs < ELECTION_MS_MAX) {
    return [
      {
        code: 'electing',
        level: 'warning',
        sentence: 'The leader is changing: nobody leads at this moment.',
        advice: 'Wait: an election takes a second or two, and requests wait for it meanwhile.',
        document: undefined,
      },
    ];
  }
  const lapsed = `${Math.round(leaderlessMs / 1000)} s`;
  return [
    {
      code: 'no-leader',
      level: 'critical',
      sentence:
        voters === 1
          ? `Nobody has led for ${lapsed}, though the only voter answers.`
          : `Nobody has led for ${lapsed}, though a quorum answers.`,
      advice:
        voters === 1
          ? 'To lead it writes to its disk first: see whether that disk stands still, and what the log lines of its process say.'
          : "See whether the replicas reach each other's peer ports, and whether their disks stand still, since a vote is on disk before it counts: the events below and their log lines say who refuses whom.",
      document: 'operations.md#something-looks-wrong',
    },
  ];
}

export function standStill(view: ClusterView): Finding[] {
  const { leader, stillMs, voters } = view;
  if (leader === undefined || stillMs < ELECTION_MS_MAX) return [];
  const lapsed = `${Math.round(stillMs / 1000)} s`;
  return [
    {
      code: 'writes-stand-still',
      level: 'critical',
      sentence:
        voters === 1
          ? `No write has got through for ${lapsed}: ${leader.name}, the only voter, does not accept what it proposes.`
          : `No write has got through for ${lapsed}: ${leader.name} leads, and no quorum accepts what it proposes.`,
      advice: `${stillReason(view, leader)} Writes go on by themselves when that ends.`,
      document: 'runbooks/PaxosKVWritesStandStill.md',
    },
  ];
}

function stillReason({ voters, replicas }: ClusterView, leader: ReplicaView): string {
  if (voters === 1) return 'See its disk, its fsync below, and the log lines of its process.';
  const others = replicas.filter(({ voter, id }) => voter && id !== leader.id);
  const silent = others.filter(({ state }) => state !== 'answers');
  const who =
    silent.length === 0
      ? 'The others answer, so it is their disks that stand still'
      : silent.length === others.length
        ? 'None of the others answers: get them to run again, unless it is their disks that stand still'
        : `${namesOf(silent)} ${silent.length === 1 ? 'does' : 'do'} not answer, and of the others the disks stand still`;
  return `${who}, or the network for what is large. See each replica's fsync below, and its disk.`;
}

export function silentMembers(view: ClusterView): Finding[] {
  const { replicas, votersAlive, quorum } = view;
  const silent = replicas.filter(({ state, alive }) => state === 'silent' && !alive);
  if (silent.length === 0 || votersAlive < quorum) return [];
  const spare = votersAlive - quorum;
  const rest =
    spare === 0
      ? 'The cluster serves on, but one more loss stops it.'
      : `The cluster serves on, and goes on when ${spare} more ${spare === 1 ? 'is' : 'are'} lost.`;
  return [
    {
      code: 'replica-down',
      level: 'warning',
      sentence: `${namesOf(silent)} ${silent.length === 1 ? 'does' : 'do'} not answer. ${rest}`,
      advice: `Start ${silent.length === 1 ? 'it' : 'them'} again on ${silent.length === 1 ? 'its own disk' : 'their own disks'}: what was missed is fetched by itself.`,
      document: 'operations.md#a-replica-is-down',
    },
  ];
}

/** Those that take part, and can't be asked. */
export function deafMembers({ replicas }: ClusterView): Finding[] {
  return replicas
    .filter(({ state, alive }) => state === 'silent' && alive)
    .map(({ id, name, why }) => ({
      code: 'admin-port-silent',
      level: 'warning',
      subject: id,
      sentence: `${name} is linked to this replica, but its admin port does not answer: ${why}.`,
      advice:
        "It takes part in the cluster. See whether its admin port can be reached from here; its console and its metrics can't be, either.",
      document: 'operations.md#something-looks-wrong',
    }));
}

export function refusingMembers({ replicas }: ClusterView): Finding[] {
  return replicas
    .filter(({ state }) => state === 'refuses')
    .map(({ id, name, why }) => ({
      code: 'secret-refused',
      level: 'warning',
      subject: id,
      sentence: `${name} does not accept the cluster secret of this replica: ${why}.`,
      advice: 'Give all replicas the same cluster secret file.',
      document: 'security.md#replacing-things-step-by-step',
    }));
}
