/** The kinds that every API server has and that an operator of a stateful set may need. */
import type { Kind } from './kind.ts';

const CORE = { apiVersion: 'v1', namespaced: true } as const;

export const POD: Kind = { ...CORE, kind: 'Pod', plural: 'pods' };
export const SERVICE: Kind = { ...CORE, kind: 'Service', plural: 'services' };
export const SECRET: Kind = { ...CORE, kind: 'Secret', plural: 'secrets' };
export const CONFIG_MAP: Kind = { ...CORE, kind: 'ConfigMap', plural: 'configmaps' };
export const SERVICE_ACCOUNT: Kind = { ...CORE, kind: 'ServiceAccount', plural: 'serviceaccounts' };
export const PERSISTENT_VOLUME_CLAIM: Kind = {
  ...CORE,
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
};
export const NAMESPACE: Kind = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
export const STATEFUL_SET: Kind = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
};
export const POD_DISRUPTION_BUDGET: Kind = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
};
export const NETWORK_POLICY: Kind = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
};
export const LEASE: Kind = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};
export const EVENT: Kind = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
export const CUSTOM_RESOURCE_DEFINITION: Kind = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
