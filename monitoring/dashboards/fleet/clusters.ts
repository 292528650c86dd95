/** All clusters in a table, worst questions first. */
import type { Group } from '../vocabulary/board.ts';
import { growth, max, min, perSecond, quantile, SHOWN, sum } from '../vocabulary/expression.ts';
import { CLUSTER_UID } from '../cluster/cluster.ts';
import { LAG_BY_LEADER } from '../cluster/lag.ts';
import { spareVoters } from '../cluster/spare-voters.ts';
import { ACT, anyIsBad, fallsBelow, FINE, LOOK, PLAIN, risesTo } from '../vocabulary/level.ts';
import { CLUSTER_LABEL, ofClusters, PER_CLUSTER } from '../vocabulary/selection.ts';
import { table } from '../vocabulary/table.ts';
import { units } from '../vocabulary/unit.ts';
import { mustHold, mustNotHold } from './condition-words.ts';
import { condition, perCluster } from './series.ts';

const LINK =
  `/d/${CLUSTER_UID}?var-datasource=\${datasource}&var-namespace=\${__data.fields.Namespace}` +
  '&var-cluster=${__data.fields.Cluster}&${__url_time_range}';

export const clusters: Group = {
  title: 'All of them',
  panels: [
    table({
      title: 'Every cluster',
      shows:
        'A row for each cluster. On the left what the operator says of it, on the right what its replicas say. A click on its name leads to it.',
      normal: 'Green. As many ready as wanted; with three replicas or more, at least one voter to spare.',
      otherwise:
        'Red first: not available, no quorum. An empty right half: Prometheus does not read the replicas (`spec.monitoring.monitor`, network policies), or none answers. An empty left half: the operator is not read, or does not lead.',
      keys: [
        { label: 'namespace', title: 'Namespace' },
        { label: CLUSTER_LABEL, title: 'Cluster' },
      ],
      columns: [
        { title: 'Available', expression: condition('Available'), unit: units.count, means: mustHold(ACT) },
        {
          title: 'Quorum',
          expression: condition('QuorumAvailable'),
          unit: units.count,
          means: mustHold(ACT),
        },
        { title: 'Degraded', expression: condition('Degraded'), unit: units.count, means: mustNotHold(LOOK) },
        {
          title: 'In change',
          expression: condition('Progressing'),
          unit: units.count,
          means: mustNotHold(PLAIN),
        },
        {
          title: 'Leader known',
          expression: perCluster('has_leader'),
          unit: units.count,
          means: [
            { value: 0, word: 'no', color: ACT },
            { value: 1, word: 'yes', color: FINE },
          ],
        },
        { title: 'Ready', expression: perCluster('replicas_ready'), unit: units.count },
        { title: 'Wanted', expression: perCluster('replicas_wanted'), unit: units.count },
        {
          title: 'Voters to spare',
          expression: spareVoters(),
          unit: units.count,
          levels: fallsBelow(0, 1),
        },
        {
          title: 'Changes of leader',
          expression: max(growth(ofClusters('paxoskv_leader_changes_total'), SHOWN), PER_CLUSTER),
          unit: units.count,
          levels: anyIsBad(),
        },
        {
          title: 'Commands',
          expression: sum(perSecond(ofClusters('paxoskv_commands_total')), PER_CLUSTER),
          unit: units.perSecond,
        },
        {
          title: '99 % within',
          expression: quantile(0.99, ofClusters, 'paxoskv_command_duration_seconds', PER_CLUSTER),
          unit: units.seconds,
          levels: risesTo(0.1, 1),
        },
        {
          title: 'Furthest behind',
          expression: max(LAG_BY_LEADER, PER_CLUSTER),
          unit: units.count,
          levels: risesTo(1_000, 10_000),
        },
        {
          title: 'Disk free',
          expression: min(
            `${ofClusters('paxoskv_disk_free_bytes')} / ${ofClusters('paxoskv_disk_size_bytes')}`,
            PER_CLUSTER,
          ),
          unit: units.share,
          levels: fallsBelow(0.1, 0.25),
        },
      ],
      link: { title: 'Look at this cluster', url: LINK },
      width: 24,
      height: 12,
    }),
  ],
};
