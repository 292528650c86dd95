/** What is to be done now, and what is to be said of it. Whoever carries it out decides nothing. */
import type { ConditionType } from '../resource/status/conditions.ts';
import type {
  BootstrapLatch,
  ConditionStatus,
  ObjectIdentity,
  Orders,
  RecordedStatus,
  RecoveryLatch,
  RefusedRecovery,
} from './observed.ts';

export type Action =
  /** Into the status, before anything follows from it: nothing else is done in this turn. */
  | { readonly kind: 'recordBootstrap'; readonly latch: BootstrapLatch }
  | { readonly kind: 'recordRecovery'; readonly latch: RecoveryLatch }
  /** Tells a fresh replica to found the cluster with these, all of them fresh. Repeating it does no harm. */
  | {
      readonly kind: 'bootstrap';
      readonly pod: string;
      readonly clusterId: string;
      readonly seed: string;
      readonly founders: readonly { readonly id: string; readonly pod: string }[];
    }
  /** The leader is asked, at `leaderPod`, about the replica `id`. */
  | { readonly kind: 'addLearner'; readonly leaderPod: string; readonly id: string; readonly pod: string }
  | { readonly kind: 'promote'; readonly leaderPod: string; readonly id: string }
  | { readonly kind: 'removeMember'; readonly leaderPod: string; readonly id: string }
  | { readonly kind: 'transfer'; readonly leaderPod: string; readonly to: string }
  /** Undefined: the annotation goes. */
  | {
      readonly kind: 'annotateVolume';
      readonly volume: ObjectIdentity & { readonly resourceVersion: string };
      readonly clusterId: string | undefined;
      readonly replicaId: string | undefined;
      readonly removedReplicaId: string | undefined;
    }
  | {
      readonly kind: 'deletePod';
      readonly pod: ObjectIdentity;
      readonly why: DeletionReason;
      /** It serves: it goes when the disruption budgets let it, so that a drain at the same time takes no second one. */
      readonly evicts: boolean;
    }
  | { readonly kind: 'labelLeader'; readonly pod: ObjectIdentity; readonly leads: boolean };

export type DeletionReason = 'Broken' | 'Outdated' | 'RemovedReplica' | 'RetiredCluster' | 'Recovery';

/** As Kubernetes has them. The same words stand in the condition, the event and the test. */
export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface Condition {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  /** In camel case, for programs. */
  readonly reason: string;
  /** A sentence for people. */
  readonly message: string;
}

export interface Decision {
  /** How many pods the stateful set is to have now; undefined: the owned objects are left as they are. */
  readonly podCount: number | undefined;
  /** What the pods' file of orders is to say. */
  readonly orders: Orders;
  /** The service of the leader selects the pod that is labelled so; false: every pod. */
  readonly leaderKnown: boolean;
  /** In this order. */
  readonly actions: readonly Action[];
  /** To be written when it differs from what was read. */
  readonly status: RecordedStatus;
  readonly events: readonly PlannedEvent[];
  /** When to look again, though nothing is reported. */
  readonly requeueAfterMs: number;
}

/** What a rule wants. Without actions it waits, and says for what. */
export interface Step {
  readonly reason: string;
  readonly message: string;
  readonly actions: readonly Action[];
  readonly event?: PlannedEvent;
  /** It waits for something that does not happen by itself. */
  readonly needsPerson?: boolean;
  /** Goes into the status, so that the same order has no effect later. */
  readonly refusal?: RefusedRecovery;
}

/** What changes who runs, who votes or who leads: a stale cache must not be its reason. */
export function deservesSecondLook({ kind }: Action): boolean {
  return kind !== 'annotateVolume' && kind !== 'labelLeader';
}
