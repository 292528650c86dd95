/** Objects of the API server → what the plan speaks of. Fields that are absent mean what Kubernetes means by it. */
import { LEADER_ROLE, ROLE_LABEL } from '../desired/labels.ts';
import { DATA_VOLUME } from '../desired/names.ts';
import { ORDERS_KEY } from '../desired/orders.ts';
import {
  type Observed,
  type ObservedPod,
  type ObservedVolume,
  ordinalOf,
  type Orders,
} from '../plan/observed.ts';
import { parseQuantity } from '../resource/quantity.ts';
import type { ClusterObjects, LooseObject } from './cluster-objects.ts';

export const CLUSTER_ID_ANNOTATION = 'paxoskv.dev/cluster-id';
export const REPLICA_ID_ANNOTATION = 'paxoskv.dev/replica-id';
export const REMOVED_REPLICA_ID_ANNOTATION = 'paxoskv.dev/removed-replica-id';
const REVISION_LABEL = 'controller-revision-hash';
/** The container of the replica. */
const CONTAINER = 'node';

interface PodStatus {
  readonly podIP?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly running?: object;
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
}

/** Undefined for a pod that bears the labels and is none of the stateful set's. */
function readPod(cluster: string, pod: LooseObject): ObservedPod | undefined {
  const { metadata } = pod;
  const ordinal = ordinalOf(cluster, metadata.name);
  if (ordinal === undefined) return undefined;
  const status = statusOf(pod);
  const container = status.containerStatuses?.find(({ name }) => name === CONTAINER);
  const held = status.initContainerStatuses?.find(({ state }) => state?.waiting !== undefined);
  const ended = container?.state?.terminated ?? container?.lastState?.terminated;
  const running = container?.state?.running !== undefined;
  return {
    name: metadata.name,
    uid: metadata.uid,
    ordinal,
    revision: metadata.labels?.[REVISION_LABEL] ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    ready: isReady(pod),
    running,
    waitingReason: running
      ? undefined
      : (held?.state?.waiting?.reason ??
        container?.state?.waiting?.reason ??
        container?.state?.terminated?.reason ??
        'Pending'),
    exitCode: ended?.exitCode,
    createdMs: Date.parse(metadata.creationTimestamp ?? ''),
    labelledLeader: metadata.labels?.[ROLE_LABEL] === LEADER_ROLE,
  };
}

/** The pods and volumes of a cluster. */
export function readPlaces(
  cluster: string,
  { pods, claims }: Pick<ClusterObjects, 'pods' | 'claims'>,
  wantedSize: string,
): Pick<Observed, 'pods' | 'volumes'> {
  return {
    pods: pods.map((pod) => readPod(cluster, pod)).filter((pod) => pod !== undefined),
    volumes: claims
      .map((claim) => readVolume(cluster, claim, wantedSize))
      .filter((volume) => volume !== undefined),
  };
}

/** Where it can be dialled; undefined before it has an address. */
export function podAddress(pod: LooseObject): string | undefined {
  return statusOf(pod).podIP;
}

export function isReady(pod: LooseObject): boolean {
  return statusOf(pod).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function statusOf(pod: LooseObject): PodStatus {
  return pod['status'] ?? {};
}

interface ClaimFields {
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

/** `wantedSize`: of the spec. Undefined for a claim that bears the labels and is none of a pod's. */
function readVolume(cluster: string, claim: LooseObject, wantedSize: string): ObservedVolume | undefined {
  const { metadata } = claim;
  const prefix = `${DATA_VOLUME}-`;
  const ordinal = metadata.name.startsWith(prefix)
    ? ordinalOf(cluster, metadata.name.slice(prefix.length))
    : undefined;
  if (ordinal === undefined) return undefined;
  const { status } = claim as ClaimFields;
  const annotations = metadata.annotations ?? {};
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    ordinal,
    deleting: metadata.deletionTimestamp !== undefined,
    bound: status?.phase === 'Bound',
    tooSmall: shortfall(claim, wantedSize),
    clusterId: annotations[CLUSTER_ID_ANNOTATION],
    replicaId: annotations[REPLICA_ID_ANNOTATION],
    removedReplicaId: annotations[REMOVED_REPLICA_ID_ANNOTATION],
  };
}

function shortfall(claim: LooseObject, wantedSize: string): ObservedVolume['tooSmall'] {
  const { spec, status } = claim as ClaimFields;
  const requested = spec?.resources?.requests?.storage;
  const capacity = status?.capacity?.storage;
  if (requested !== undefined && isSmaller(requested, wantedSize))
    return { grows: false, message: `its claim asks for ${requested}, not for ${wantedSize}` };
  if (capacity !== undefined && isSmaller(capacity, wantedSize))
    return { grows: true, message: `it has ${capacity} of ${wantedSize}` };
  return undefined;
}

/** What a claim asks for is less than the spec does. */
export function mustGrow(claim: LooseObject, wantedSize: string): boolean {
  const requested = (claim as ClaimFields).spec?.resources?.requests?.storage;
  return (
    requested !== undefined &&
    claim.metadata.deletionTimestamp === undefined &&
    isSmaller(requested, wantedSize)
  );
}

function isSmaller(left: string, right: string): boolean {
  const [one, other] = [parseQuantity(left), parseQuantity(right)];
  return one !== undefined && other !== undefined && one < other;
}

/** As this operator wrote them; undefined when there are none. */
export function readOrders(configMap: LooseObject | undefined): Orders | undefined {
  const text = (configMap?.['data'] as Record<string, string> | undefined)?.[ORDERS_KEY];
  if (text === undefined) return undefined;
  let orders: unknown;
  try {
    orders = JSON.parse(text);
  } catch {
    // Somebody has written it: it is written anew.
    return undefined;
  }
  const { removedReplicas, retiredClusters, recovery } = (orders ?? {}) as Partial<Orders>;
  if (!Array.isArray(removedReplicas) || !Array.isArray(retiredClusters)) return undefined;
  return { removedReplicas, retiredClusters, recovery };
}

/** The size in the claim template of a stateful set. */
export function templateSize(statefulSet: LooseObject | undefined): string | undefined {
  const { volumeClaimTemplates } = (statefulSet?.['spec'] ?? {}) as {
    volumeClaimTemplates?: readonly ClaimFields[];
  };
  return volumeClaimTemplates?.[0]?.spec?.resources?.requests?.storage;
}

interface PodFields {
  readonly volumes?: readonly { readonly secret?: { readonly secretName?: string } }[];
}

/** A pod has the Secret in its file system; or the template that its next ones are made of, as the stateful set's controller knows it, may have. */
export function isMounted(
  secretName: string,
  { statefulSet, pods }: Pick<ClusterObjects, 'statefulSet' | 'pods'>,
): boolean {
  const mounts = (spec: unknown): boolean =>
    ((spec ?? {}) as PodFields).volumes?.some(({ secret }) => secret?.secretName === secretName) ?? false;
  if (pods.some((pod) => mounts(pod['spec']))) return true;
  if (statefulSet === undefined) return false;
  const { template } = (statefulSet['spec'] ?? {}) as { template?: { spec?: unknown } };
  const { observedGeneration = 0 } = (statefulSet['status'] ?? {}) as { observedGeneration?: number };
  return mounts(template?.spec) || observedGeneration < (statefulSet.metadata.generation ?? 0);
}

/**
 * Pods above that number are there still, and all volumes above are marked as those of replicas that were removed for good. Not before the
 * shrink, and not after the last of them has gone: only in between may Kubernetes delete a volume because of the number of pods.
 */
export function surplusVolumesGo(
  podCount: number,
  { pods, volumes }: Pick<Observed, 'pods' | 'volumes'>,
): boolean {
  const leaving = pods.filter(({ ordinal }) => ordinal >= podCount);
  const above = volumes.filter(({ ordinal }) => ordinal >= podCount);
  return (
    leaving.length > 0 &&
    leaving.every((pod) => above.some(({ ordinal }) => ordinal === pod.ordinal)) &&
    above.every(
      ({ replicaId, removedReplicaId }) => replicaId === undefined && removedReplicaId !== undefined,
    )
  );
}
