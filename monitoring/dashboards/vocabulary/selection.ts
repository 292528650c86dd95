/**
 * Which series a query is about: those that the variables of the dashboard choose. The labels are those that the operator's monitors
 * put on every series of a replica.
 */

/** The name of the cluster; not `cluster`, which many a Prometheus says which Kubernetes it watches with. */
export const CLUSTER_LABEL = 'paxoskv_dev_cluster';
/** What tells one cluster from another. */
export const PER_CLUSTER = `namespace, ${CLUSTER_LABEL}`;
export const PER_POD = 'namespace, pod';

const CLUSTER = `namespace=~"$namespace", ${CLUSTER_LABEL}=~"$cluster"`;

/** Names a metric, with one more matcher, such as `role="voter"`; answers with a selector. */
export type Select = (metric: string, matcher?: string) => string;

/** Of all replicas of the chosen clusters, whichever pods are chosen: for what only a leader counts, and for what is said of a cluster as a whole. */
export const ofClusters: Select = (metric, matcher) => selector(metric, CLUSTER, matcher);

/** Of the chosen pods. */
export const ofPods: Select = (metric, matcher) => selector(metric, `${CLUSTER}, pod=~"$pod"`, matcher);

/** Of the chosen pods of the operator. */
export const ofOperator: Select = (metric, matcher) =>
  selector(metric, 'namespace=~"$namespace", pod=~"$pod"', matcher);

/** What the operator says of the chosen clusters; it calls a cluster's name `name`. */
export const ofStatuses: Select = (metric, matcher) =>
  selector(`paxoskv_operator_cluster_${metric}`, 'namespace=~"$namespace", name=~"$cluster"', matcher);

function selector(metric: string, chosen: string, matcher: string | undefined): string {
  return `${metric}{${matcher === undefined ? chosen : `${chosen}, ${matcher}`}}`;
}
