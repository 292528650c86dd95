/** By which labels everything is found. None of them ever changes: a StatefulSet's selector can't. */

export const CLUSTER_LABEL = 'paxoskv.dev/cluster';
export const ROLE_LABEL = 'paxoskv.dev/role';
export const LEADER_ROLE = 'leader';

/** Of every object of a cluster. */
export function objectLabels(cluster: string): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'paxoskv',
    'app.kubernetes.io/instance': cluster,
    'app.kubernetes.io/component': 'replica',
    'app.kubernetes.io/part-of': 'paxoskv',
    'app.kubernetes.io/managed-by': 'paxoskv-operator',
    [CLUSTER_LABEL]: cluster,
  };
}

/** Of the pods alone: what Services, budgets and policies select by. */
export function podSelector(cluster: string): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'paxoskv',
    'app.kubernetes.io/component': 'replica',
    [CLUSTER_LABEL]: cluster,
  };
}

/** The same as one text, for the scale subresource and for queries. */
export function podSelectorText(cluster: string): string {
  return Object.entries(podSelector(cluster))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
