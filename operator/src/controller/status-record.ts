/** The status subresource as the plan speaks of it, and back. What goes out and comes in again is the same, or it would be written for ever. */
import { podSelectorText } from '../desired/labels.ts';
import { authSecretName } from '../desired/auth-secret.ts';
import type { RecordedStatus, RecoveryLatch } from '../plan/observed.ts';
import type { PaxosCluster } from '../resource/paxos-cluster.ts';
import type { PaxosClusterStatus } from '../resource/status/status.ts';

/** Times in objects have whole seconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function readStatus(status: PaxosClusterStatus): RecordedStatus {
  const { recovery } = status;
  return {
    observedGeneration: status.observedGeneration,
    clusterId: status.clusterId,
    bootstrap: status.bootstrap,
    recovery: recovery === undefined ? undefined : readRecovery(recovery),
    refusedRecovery: status.refusedRecovery,
    leader: status.leader,
    members: (status.members ?? []).map(({ id, pod, role, ready, lag, version }) => ({
      id,
      pod,
      role,
      ready,
      lag,
      version,
    })),
    replicas: status.replicas ?? 0,
    readyReplicas: status.readyReplicas ?? 0,
    updatedReplicas: status.updatedReplicas ?? 0,
    conditions: (status.conditions ?? []).map((condition) => ({
      type: condition.type,
      status: condition.status,
      reason: condition.reason,
      message: condition.message,
      observedGeneration: condition.observedGeneration ?? 0,
      sinceMs: Date.parse(condition.lastTransitionTime),
    })),
  };
}

type RecoveryStatus = NonNullable<PaxosClusterStatus['recovery']>;

/** Fields that are not known were left out when the resource was parsed. */
function readRecovery({ startedAt, ...latch }: RecoveryStatus): RecoveryLatch {
  return { ...latch, startedMs: Date.parse(startedAt) };
}

function writtenRecovery({ startedMs, ...latch }: RecoveryLatch): RecoveryStatus {
  return { ...latch, startedAt: timeText(startedMs) };
}

/** With everything that follows from it, such as the texts that `kubectl get` shows. Fields that are not known are left out. */
export function writtenStatus(
  status: RecordedStatus,
  { metadata, spec }: Pick<PaxosCluster, 'metadata' | 'spec'>,
): PaxosClusterStatus {
  const secretName = spec.auth.secretName === undefined ? authSecretName({ metadata, spec }) : undefined;
  const { recovery } = status;
  return present({
    observedGeneration: status.observedGeneration,
    clusterId: status.clusterId,
    bootstrap: status.bootstrap,
    recovery: recovery === undefined ? undefined : writtenRecovery(recovery),
    refusedRecovery: status.refusedRecovery,
    leader: status.leader,
    members: status.members.map((member) => present(member)),
    replicas: status.replicas,
    readyReplicas: status.readyReplicas,
    updatedReplicas: status.updatedReplicas,
    ready: `${status.readyReplicas}/${spec.replicas}`,
    selector: podSelectorText(metadata.name),
    binding: secretName === undefined ? undefined : { name: secretName },
    conditions: status.conditions.map(({ sinceMs, ...condition }) => ({
      ...condition,
      lastTransitionTime: timeText(sinceMs),
    })),
  });
}

/** Without the fields that are undefined: JSON has none. */
function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
