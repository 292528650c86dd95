/**
 * What the operator asks of the API server, kind by kind: the rules of its Roles are made of this and nothing else. A test runs it
 * through a life and finds none of these unused and none missing.
 */
import {
  CONFIG_MAP,
  EVENT,
  LEASE,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
} from '../kube/builtin-kinds.ts';
import type { Kind } from '../kube/kind.ts';
import { CERTIFICATE, PAXOS_CLUSTER, POD_MONITOR, SERVICE_MONITOR } from './cluster-objects.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface Permission {
  readonly kind: Kind;
  readonly subresource?: 'status' | 'eviction';
  readonly verbs: readonly Verb[];
}

/** An informer's. No rule can speak of labels: the operator asks for those objects alone that it has made. */
const WATCHED = ['list', 'watch'] as const;
/** Server-side apply is a patch that may create. */
const APPLIED = ['create', 'patch'] as const;

/** In each namespace that is looked after. */
export const CLUSTER_PERMISSIONS: readonly Permission[] = [
  // Read again before anything is taken away. The spec is the user's: only the status is written.
  { kind: PAXOS_CLUSTER, verbs: ['get', ...WATCHED] },
  { kind: PAXOS_CLUSTER, subresource: 'status', verbs: ['patch'] },
  // Pods come from the stateful set: they are labelled, and deleted for another try or another template.
  { kind: POD, verbs: [...WATCHED, 'patch', 'delete'] },
  // A pod that serves goes when the disruption budgets let it.
  { kind: POD, subresource: 'eviction', verbs: ['create'] },
  // Volumes come and go with the stateful set, too: they are annotated, and enlarged.
  { kind: PERSISTENT_VOLUME_CLAIM, verbs: [...WATCHED, 'patch'] },
  { kind: STATEFUL_SET, verbs: ['get', ...WATCHED, ...APPLIED] },
  // Before the first apply: whether the name is somebody else's.
  { kind: SERVICE, verbs: ['get', ...WATCHED, ...APPLIED] },
  { kind: SERVICE_ACCOUNT, verbs: ['get', ...WATCHED, ...APPLIED] },
  { kind: CONFIG_MAP, verbs: ['get', ...WATCHED, ...APPLIED] },
  // Those that a spec names are read one by one.
  { kind: SECRET, verbs: ['get', ...WATCHED, ...APPLIED, 'delete'] },
  { kind: NETWORK_POLICY, verbs: ['get', ...WATCHED, ...APPLIED, 'delete'] },
  { kind: POD_DISRUPTION_BUDGET, verbs: ['get', ...WATCHED, ...APPLIED, 'delete'] },
  // Where others have brought these kinds.
  { kind: CERTIFICATE, verbs: ['get', ...WATCHED, ...APPLIED, 'delete'] },
  { kind: SERVICE_MONITOR, verbs: ['get', ...WATCHED, ...APPLIED, 'delete'] },
  { kind: POD_MONITOR, verbs: ['get', ...WATCHED, ...APPLIED, 'delete'] },
  { kind: EVENT, verbs: ['create', 'patch'] },
];

/** In the namespace where the lease lives, of which there is one. */
export const LEASE_PERMISSIONS: readonly Permission[] = [{ kind: LEASE, verbs: ['get', 'create', 'update'] }];
