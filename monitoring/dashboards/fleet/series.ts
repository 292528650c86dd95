/** What the operator says of all clusters, with their names under the label that their own series have. */
import { max } from '../vocabulary/expression.ts';
import { CLUSTER_LABEL, ofStatuses, PER_CLUSTER } from '../vocabulary/selection.ts';

/** A metric of `paxoskv_operator_cluster_*`; one series for each cluster, also while one operator takes over from another. */
export function perCluster(metric: string, matcher?: string): string {
  const renamed = `label_replace(${ofStatuses(metric, matcher)}, "${CLUSTER_LABEL}", "$1", "name", "(.+)")`;
  return max(renamed, PER_CLUSTER);
}

export function condition(type: string): string {
  return perCluster('condition', `type="${type}"`);
}
