/** What is kept. */
import type { Group } from '../vocabulary/board.ts';
import { growth, max, orZero, slope } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { risesTo } from '../vocabulary/level.ts';
import { CLUSTER_LABEL, ofClusters, ofPods, PER_CLUSTER } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';

export const data: Group = {
  title: 'Data',
  panels: [
    graph({
      title: 'Keys',
      shows: 'Keys in the store of each chosen pod.',
      normal: 'The same everywhere.',
      otherwise: 'Different for long: compare "Lag". Different at equal slots: `paxosctl verify`.',
      queries: [{ expression: ofPods('paxoskv_keys'), legend: '{{pod}}' }],
      unit: units.count,
      width: 6,
    }),
    graph({
      title: 'Size',
      shows:
        'What each cluster’s data comes to, as its quota counts it, and that quota if it has one. All of it is in memory.',
      normal: 'Well below the quota.',
      otherwise:
        'At the quota clients get OOM or 507 for what makes it larger. Delete keys, let them expire, or raise the quota and the memory with it.',
      queries: [
        { expression: max(ofClusters('paxoskv_data_bytes'), PER_CLUSTER), legend: `{{${CLUSTER_LABEL}}}` },
        {
          expression: orZero(`${max(ofClusters('paxoskv_data_quota_bytes'), PER_CLUSTER)} > 0`),
          legend: `quota {{${CLUSTER_LABEL}}}`,
        },
      ],
      unit: units.bytes,
      width: 6,
    }),
    graph({
      title: 'Share of the quota',
      shows: 'How much of its quota each cluster has used; 0 without one.',
      normal: 'Below 80 %.',
      otherwise: 'See "Size".',
      queries: [
        {
          expression: orZero(
            max(
              `${ofClusters('paxoskv_data_bytes')} / (${ofClusters('paxoskv_data_quota_bytes')} > 0)`,
              PER_CLUSTER,
            ),
          ),
          legend: `{{${CLUSTER_LABEL}}}`,
        },
      ],
      unit: units.share,
      levels: risesTo(0.8, 0.95),
      width: 6,
    }),
    graph({
      title: 'Changes',
      shows: 'Revisions per second, and sessions that are open or were evicted.',
      normal: 'One revision for each write that changes something.',
      otherwise:
        'Evicted sessions: more clients with sessions than fit; a retry of one of them is answered with an error instead of its old answer.',
      queries: [
        {
          expression: max(slope(ofClusters('paxoskv_revision')), PER_CLUSTER),
          legend: `revisions {{${CLUSTER_LABEL}}}`,
        },
        { expression: max(ofPods('paxoskv_sessions')), legend: 'sessions' },
        { expression: max(growth(ofPods('paxoskv_sessions_evicted_total'))), legend: 'sessions evicted' },
      ],
      unit: units.count,
      width: 6,
    }),
    graph({
      title: 'History for watches',
      shows: 'Bytes of the changes that a watch can still begin at, at each chosen pod.',
      normal: 'It fills up to its limit and stays there.',
      otherwise:
        'Watches end as compacted more often when changes are large: the history holds fewer of them.',
      queries: [{ expression: ofPods('paxoskv_watch_history_bytes'), legend: '{{pod}}' }],
      unit: units.bytes,
      width: 12,
    }),
    graph({
      title: 'Members',
      shows: 'Members of each cluster, by role, as its replicas know them.',
      normal: 'As many voters as `spec.replicas`, no learners.',
      otherwise:
        'A learner is a new replica that gets everything before it may vote. One that stays: see its lag. The operator says what it waits for: `kubectl describe pxc`.',
      queries: [
        {
          expression: max(ofClusters('paxoskv_members'), `${PER_CLUSTER}, role`),
          legend: `{{${CLUSTER_LABEL}}} {{role}}`,
        },
      ],
      unit: units.count,
      width: 12,
    }),
  ],
};
