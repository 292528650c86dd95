/** All clusters at once, and the way to each. */
import type { Board } from '../vocabulary/board.ts';
import { choice, dataSource } from '../vocabulary/variable.ts';
import { clusters } from './clusters.ts';
import { comparison } from './comparison.ts';
import { overview } from './overview.ts';

/** The operator knows of every cluster, also of those whose metrics nobody reads. */
const ANY_STATUS = 'paxoskv_operator_cluster_replicas_ready';

export const fleet: Board = {
  uid: 'paxoskv-fleet',
  title: 'PaxosKV / Fleet',
  description:
    'All clusters of PaxosKV: which of them need somebody. A click on a name leads to the cluster.',
  variables: [
    dataSource(),
    choice({
      name: 'namespace',
      label: 'Namespace',
      values: `label_values(${ANY_STATUS}, namespace)`,
      all: 'anything',
    }),
    choice({
      name: 'cluster',
      label: 'Cluster',
      values: `label_values(${ANY_STATUS}{namespace=~"$namespace"}, name)`,
      all: 'anything',
    }),
  ],
  groups: [overview, clusters, comparison],
};
