/**
 * What a look at the world found, as plain values: the objects of the API server, and what each replica said of itself
 * when it was asked just now. Absence is a finding of its own: a replica that did not answer has no report, and nothing
 * may be concluded from that but that it did not answer.
 */
import type { Condition as ResourceCondition, ConditionType } from '../resource/status/conditions.ts';

/** What the plan needs of a `PaxosCluster`'s spec. */
export interface PlannedSpec {
  readonly replicas: number;
  readonly paused: boolean;
  /** False: pods become new when somebody deletes them. */
  readonly rolls: boolean;
}

/** An object of the API server, as a precondition of what is done to it. */
export interface ObjectIdentity {
  readonly name: string;
  readonly uid: string;
}

export interface ObservedPod extends ObjectIdentity {
  readonly ordinal: number;
  /** Its label `controller-revision-hash`. */
  readonly revision: string;
  /** It has a deletion timestamp. */
  readonly deleting: boolean;
  /** As the kubelet says. */
  readonly ready: boolean;
  /** Its container runs. */
  readonly running: boolean;
  /** Why its container waits, such as `ImagePullBackOff`; undefined when it runs, or nobody knows. */
  readonly waitingReason: string | undefined;
  /** With which code its container ended last; undefined while it never did. */
  readonly exitCode: number | undefined;
  readonly createdMs: number;
  /** It carries the label of the pod that leads. */
  readonly labelledLeader: boolean;
}

/** A claim of a pod's volume. */
export interface ObservedVolume extends ObjectIdentity {
  readonly ordinal: number;
  /** So that an annotation is never written over one that this look did not see. */
  readonly resourceVersion: string;
  readonly deleting: boolean;
  readonly bound: boolean;
  /** How it is too small; undefined when it is as large as asked for. */
  readonly tooSmall:
    | {
        /** Its claim asks for what the spec asks for: its storage is at it. */
        readonly grows: boolean;
        /** Such as `it has 10Gi of 20Gi`. */
        readonly message: string;
      }
    | undefined;
  /** As annotated when a replica on it joined. */
  readonly clusterId: string | undefined;
  readonly replicaId: string | undefined;
  /** As annotated when that replica was removed for good; `replicaId` is gone then. */
  readonly removedReplicaId: string | undefined;
}

export interface ObservedStatefulSet extends ObjectIdentity {
  readonly replicas: number;
  readonly updateRevision: string;
  /** It is made of this very spec, and its controller has seen that: `updateRevision` is the one that is wanted. */
  readonly current: boolean;
}

/** As a replica names a member of its cluster. */
export interface ReportedMember {
  /** Twelve hexadecimal digits. */
  readonly id: string;
  readonly voter: boolean;
  readonly host: string;
  readonly connected: boolean;
  /** Slots behind; known at the leader only. */
  readonly lagSlots: number | undefined;
}

/** What a replica said of itself at `/v1/status`. */
export interface ReplicaReport {
  readonly id: string;
  /** Undefined while it belongs to none. */
  readonly cluster: string | undefined;
  readonly role: 'stranger' | 'follower' | 'candidate' | 'leader';
  readonly leader: string | undefined;
  /** In which it leads or follows; `round.replica`. */
  readonly ballot: string;
  /** The highest that it has promised. */
  readonly promised: string;
  /** The newest configuration that it knows. */
  readonly members: readonly ReportedMember[];
  /** Ids that were removed for good; of the newest configuration that it knows. */
  readonly removed: readonly string[];
  /** The members of before are needed still; known at the leader only, and not told by older releases. */
  readonly changeUnderWay: boolean | undefined;
  readonly chosen: number;
  readonly ready: boolean;
  readonly unreadyReasons: readonly string[];
  readonly version: string;
}

export type ConditionStatus = ResourceCondition['status'];

/** The last word on a condition. */
export interface RecordedCondition {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** When `status` became what it is. */
  readonly sinceMs: number;
}

/** The intent to found a cluster: written before anybody is told, and never taken back. */
export interface BootstrapLatch {
  readonly clusterId: string;
  /** The id of the replica that is told to found it. */
  readonly seed: string;
}

/** The intent to go on with what is left of a cluster whose quorum is lost. */
export interface RecoveryLatch {
  /** The annotation's text, so that one annotation is obeyed once. */
  readonly request: string;
  readonly fromCluster: string;
  readonly toCluster: string;
  /** The survivor whose directory becomes the first of the new cluster. */
  readonly seedPod: string;
  /** Names of pods, the seed's among them. */
  readonly survivors: readonly string[];
  /** The seed has answered as a member of the new cluster. */
  readonly done: boolean;
  /** When it was decided: pods that are older have not read the order. */
  readonly startedMs: number;
}

/** An order to recover that was refused: the same words have no effect later, when they may mean something else. */
export interface RefusedRecovery {
  /** The annotation's text, or as much of it as is kept: see `rememberedText`. */
  readonly request: string;
  /** Why, for people. */
  readonly message: string;
}

export interface RecordedMember {
  readonly id: string;
  /** Undefined: it is at none of this cluster's pods. */
  readonly pod: string | undefined;
  readonly role: 'Leader' | 'Voter' | 'Learner';
  readonly ready: boolean;
  readonly lag: number | undefined;
  readonly version: string | undefined;
}

/** The status subresource, as it was read. Everything is absent when it was never written. */
export interface RecordedStatus {
  readonly observedGeneration: number | undefined;
  /** Of the cluster that answered once. */
  readonly clusterId: string | undefined;
  readonly bootstrap: BootstrapLatch | undefined;
  readonly recovery: RecoveryLatch | undefined;
  readonly refusedRecovery: RefusedRecovery | undefined;
  readonly leader: string | undefined;
  readonly members: readonly RecordedMember[];
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly updatedReplicas: number;
  readonly conditions: readonly RecordedCondition[];
}

export interface Observed {
  readonly name: string;
  /** Of the `PaxosCluster` that was read: what follows from this look is written to no other version. */
  readonly resourceVersion: string;
  readonly generation: number;
  /** The `PaxosCluster` has a deletion timestamp. */
  readonly deleting: boolean;
  /** Why the spec can't be obeyed; empty when it can. */
  readonly faults: readonly string[];
  readonly spec: PlannedSpec;
  /** The annotation `paxoskv.dev/recover`. */
  readonly recover: string | undefined;
  /** The annotation `paxoskv.dev/await-restore`: no cluster is founded, somebody brings one in a backup. */
  readonly awaitRestore: string | undefined;
  readonly status: RecordedStatus;
  readonly statefulSet: ObservedStatefulSet | undefined;
  readonly pods: readonly ObservedPod[];
  readonly volumes: readonly ObservedVolume[];
  /** By the pod's name; those that answered. */
  readonly reports: ReadonlyMap<string, ReplicaReport>;
  /** What the pods are told in their file of orders, as it was applied last. */
  readonly orders: Orders | undefined;
  /** What the spec names and the API server doesn't have, a sentence for each. */
  readonly missingSecrets: readonly string[];
  readonly missingMonitoring: string | undefined;
  /** Where the pages of `docs/` are read, without a slash at the end. */
  readonly documentation: string;
  /** How often in a row a transfer of the lead failed, as far as this process knows. */
  readonly transferFailures: number;
  readonly nowMs: number;
  /** 32 hexadecimal digits, drawn for this look: the id of a cluster, should one be founded now. */
  readonly drawnClusterId: string;
}

/** What the pods of a cluster find in their file of orders when they start: see `orders.ts`. */
export interface Orders {
  /** A directory of one of these replicas is set aside, and another formatted. */
  readonly removedReplicas: readonly string[];
  /** A directory of one of these clusters is set aside likewise. */
  readonly retiredClusters: readonly string[];
  readonly recovery:
    | {
        readonly fromCluster: string;
        readonly toCluster: string;
        readonly seedPod: string;
        readonly survivors: readonly string[];
      }
    | undefined;
}

/** `name-3` is the pod of ordinal 3; undefined when that is no pod of this cluster. */
export function ordinalOf(cluster: string, pod: string): number | undefined {
  const digits = pod.startsWith(`${cluster}-`) ? pod.slice(cluster.length + 1) : '';
  return /^(?:0|[1-9]\d{0,3})$/.test(digits) ? Number(digits) : undefined;
}

export function podName(cluster: string, ordinal: number): string {
  return `${cluster}-${ordinal}`;
}
