/** What a look finds at a healthy cluster of three, changed as a test likes. */
import type {
  Observed,
  ObservedPod,
  ObservedVolume,
  RecoveryLatch,
  ReplicaReport,
  ReportedMember,
} from '../src/plan/observed.ts';
import assert from 'node:assert/strict';
import type { Action } from '../src/plan/decision.ts';
import { type ClusterView, viewOf } from '../src/plan/view.ts';
import { NO_STATUS } from './world.ts';

export const CLUSTER = 'c'.repeat(32);
export const OTHER_CLUSTER = 'd'.repeat(32);
export const NOW_MS = 1_000_000_000;

/** The id of the replica that lives in the pod of that ordinal. */
export const idOf = (ordinal: number): string => `${ordinal}`.repeat(12);
export const STRANGER_ID = 'f'.repeat(12);

export function podExample(ordinal: number, changes: Partial<ObservedPod> = {}): ObservedPod {
  return {
    name: `demo-${ordinal}`,
    uid: `pod-${ordinal}`,
    ordinal,
    revision: 'new',
    deleting: false,
    ready: true,
    running: true,
    waitingReason: undefined,
    exitCode: undefined,
    createdMs: NOW_MS - 3_600_000,
    labelledLeader: ordinal === 0,
    ...changes,
  };
}

export function volumeExample(ordinal: number, changes: Partial<ObservedVolume> = {}): ObservedVolume {
  return {
    name: `data-demo-${ordinal}`,
    uid: `volume-${ordinal}`,
    resourceVersion: '1',
    ordinal,
    deleting: false,
    bound: true,
    tooSmall: undefined,
    clusterId: CLUSTER,
    replicaId: idOf(ordinal),
    removedReplicaId: undefined,
    ...changes,
  };
}

export function memberExample(ordinal: number, changes: Partial<ReportedMember> = {}): ReportedMember {
  return {
    id: idOf(ordinal),
    voter: true,
    host: `demo-${ordinal}.demo-peers.shop.svc`,
    connected: true,
    lagSlots: 0,
    ...changes,
  };
}

/** Replica 0 leads, the others follow; `members` as the leader tells them. */
export function reportExample(
  ordinal: number,
  members: readonly ReportedMember[],
  changes: Partial<ReplicaReport> = {},
): ReplicaReport {
  return {
    id: idOf(ordinal),
    cluster: CLUSTER,
    role: ordinal === 0 ? 'leader' : 'follower',
    leader: idOf(0),
    ballot: `7.${idOf(0)}`,
    promised: `7.${idOf(0)}`,
    members: ordinal === 0 ? members : members.map((member) => ({ ...member, lagSlots: undefined })),
    removed: [],
    changeUnderWay: ordinal === 0 ? false : undefined,
    chosen: 100,
    ready: true,
    unreadyReasons: [],
    version: '0.1.0',
    ...changes,
  };
}

export const FRESH: Partial<ReplicaReport> = {
  cluster: undefined,
  role: 'stranger',
  leader: undefined,
  ballot: '0.000000000000',
  promised: '0.000000000000',
  members: [],
  changeUnderWay: undefined,
  chosen: 0,
  ready: false,
};

/** `count` pods, volumes and replicas, all members and level. */
export function healthy(count = 3, changes: Partial<Observed> = {}): Observed {
  const ordinals = Array.from({ length: count }, (_, ordinal) => ordinal);
  const members = ordinals.map((ordinal) => memberExample(ordinal));
  return {
    name: 'demo',
    resourceVersion: '1',
    generation: 1,
    deleting: false,
    faults: [],
    spec: { replicas: count, paused: false, rolls: true },
    recover: undefined,
    awaitRestore: undefined,
    status: { ...NO_STATUS, clusterId: CLUSTER, bootstrap: { clusterId: CLUSTER, seed: idOf(0) } },
    statefulSet: { name: 'demo', uid: 'set', replicas: count, updateRevision: 'new', current: true },
    pods: ordinals.map((ordinal) => podExample(ordinal)),
    volumes: ordinals.map((ordinal) => volumeExample(ordinal)),
    reports: new Map(ordinals.map((ordinal) => [`demo-${ordinal}`, reportExample(ordinal, members)])),
    orders: undefined,
    missingSecrets: [],
    missingMonitoring: undefined,
    documentation: 'docs',
    transferFailures: 0,
    nowMs: NOW_MS,
    drawnClusterId: OTHER_CLUSTER,
    ...changes,
  };
}

/** Somebody ordered a recovery with the first pod alone a minute ago, and the new cluster has not answered yet. */
export function latchExample(changes: Partial<RecoveryLatch> = {}): RecoveryLatch {
  return {
    request: 'demo=demo-0',
    fromCluster: CLUSTER,
    toCluster: OTHER_CLUSTER,
    seedPod: 'demo-0',
    survivors: ['demo-0'],
    done: false,
    startedMs: NOW_MS - 60_000,
    ...changes,
  };
}

/** Nobody was founded: all answer, and are fresh. */
export function newborn(count = 3, changes: Partial<Observed> = {}): Observed {
  const fresh = healthy(count);
  return {
    ...fresh,
    status: NO_STATUS,
    volumes: fresh.volumes.map((volume) => ({ ...volume, clusterId: undefined, replicaId: undefined })),
    reports: new Map([...fresh.reports].map(([name, report]) => [name, { ...report, ...FRESH }])),
    ...changes,
  };
}

/** The same look, with other answers; undefined: that pod does not answer. */
export function answering(
  observed: Observed,
  answers: Readonly<Record<number, Partial<ReplicaReport> | undefined>>,
): Observed {
  const reports = new Map(observed.reports);
  for (const [ordinal, changes] of Object.entries(answers)) {
    const name = `demo-${ordinal}`;
    const report = reports.get(name) ?? reportExample(Number(ordinal), []);
    if (changes === undefined) reports.delete(name);
    else reports.set(name, { ...report, ...changes });
  }
  return { ...observed, reports };
}

/** The same look, with other members as the leader and the rest tell them. */
export function withMembers(observed: Observed, members: readonly ReportedMember[]): Observed {
  return {
    ...observed,
    reports: new Map(
      [...observed.reports].map(([name, report]) => [
        name,
        report.cluster === undefined ? report : { ...report, members },
      ]),
    ),
  };
}

/** The same look, with other pods. */
export function withPods(
  observed: Observed,
  changes: Readonly<Record<number, Partial<ObservedPod>>>,
): Observed {
  return { ...observed, pods: observed.pods.map((pod) => ({ ...pod, ...changes[pod.ordinal] })) };
}

/** The same look, when the quorum has been said to be lost for so long. */
export function saidLost(observed: Observed, ageMs = 10_000): Observed {
  const conditions = [
    {
      type: 'QuorumAvailable',
      status: 'False',
      reason: 'QuorumLost',
      message: '',
      observedGeneration: 1,
      sinceMs: NOW_MS - ageMs,
    },
  ] as const;
  return { ...observed, status: { ...observed.status, conditions } };
}

/** The same look, with another size asked for. */
export function asked(replicas: number, observed: Observed): Observed {
  return { ...observed, spec: { ...observed.spec, replicas } };
}

/** The same look, with the replica of that ordinal as the leader. */
export function ledBy(leader: number, observed: Observed): Observed {
  const ballot = `8.${idOf(leader)}`;
  const members = observed.reports.get('demo-0')?.members ?? [];
  const reports = [...observed.reports].map(([name], ordinal) => {
    const role = ordinal === leader ? ('leader' as const) : ('follower' as const);
    const changes = {
      role,
      leader: idOf(leader),
      ballot,
      promised: ballot,
      members,
      changeUnderWay: ordinal === leader ? false : undefined,
    };
    return [name, reportExample(ordinal, members, changes)] as const;
  });
  return { ...observed, reports: new Map(reports) };
}

/** What a leader says in this look, who must be confirmed. */
export function viewExample(observed: Observed): ClusterView {
  const view = viewOf(observed, CLUSTER);
  assert.ok(view, 'a leader is confirmed');
  return view;
}

/** What is to be done, by kind. */
export function kindsOf(actions: readonly Action[] | undefined): string[] {
  return (actions ?? []).map(({ kind }) => kind);
}
